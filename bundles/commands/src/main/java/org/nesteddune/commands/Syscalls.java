package org.nesteddune.commands;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nesteddune.arch.Architecture;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;

/** {@code syscalls}: which system calls are there, from the families' own tables. */
final class Syscalls implements Command {

    private static final Options OPTIONS = Options.of("syscalls", "[NAME...]",
                    "List system calls: number, name, who serves it and how much of it is there.")
            .value("-a,--arch", "ARCH", "numbers of this architecture, and its calls that nobody serves as well")
            .value("-f,--family", "FAMILY", "only those of this family")
            .footer("SUPPORT is full, partial (the note says what is missing), errno (always that error number, as a Linux "
                    + "without the feature gives it), or - for a call that nobody serves: it gets ENOSYS.");

    private final Installed installed;

    Syscalls(Installed installed) {
        this.installed = installed;
    }

    /** A call and the family that serves it; both null for one that nobody serves. */
    private record Row(int number, String name, Syscall call, String family) {}

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) throws CommandException {
        Options.Parsed arguments = call.arguments();
        Architecture architecture = architecture(arguments.value("--arch"));
        String family = arguments.value("--family");
        List<String> names = arguments.operands();
        List<Row> rows = rows(architecture, family, arguments.has("--arch") && family == null || !names.isEmpty());
        if (family != null && rows.isEmpty()) {
            throw new CommandException(FAILED, "there is no family " + Bytes.display(family) + "; 'families' lists them");
        }
        rows.removeIf(row -> !names.isEmpty() && !names.contains(row.name));
        for (String name : names) {
            if (rows.stream().noneMatch(row -> row.name.equals(name))) {
                throw new CommandException(FAILED, "there is no system call " + Bytes.display(name)
                        + (architecture == null ? "" : " on " + architecture.name()));
            }
        }
        Table table = new Table(">NR", "NAME", "FAMILY", "SUPPORT", "NOTE").wrapped();
        for (Row row : rows) {
            table.row(row.number < 0 ? "" : row.number, row.name, row.call == null ? "" : row.family,
                    row.call == null ? "-" : row.call.support().name().toLowerCase(Locale.ROOT),
                    row.call == null ? "" : row.call.note());
        }
        call.out().print(table.print());
        return DONE;
    }

    /** The architecture asked for; without a name the only or first one, or null. */
    private Architecture architecture(String name) throws CommandException {
        List<Installed.Part<Architecture>> all = installed.architectures();
        for (Installed.Part<Architecture> part : all) {
            if (name == null && part.service().unameMachine().equals(host()) || part.service().name().equals(name)) {
                return part.service();
            }
        }
        if (name != null) {
            throw new CommandException(FAILED, "there is no architecture " + Bytes.display(name) + "; 'arches' lists them");
        }
        return all.isEmpty() ? null : all.get(0).service();
    }

    /** The host's architecture as {@code uname -m} prints it. */
    static String host() {
        String arch = System.getProperty("os.arch");
        return arch.equals("amd64") ? "x86_64" : arch;
    }

    private List<Row> rows(Architecture architecture, String family, boolean unserved) {
        Map<String, Row> served = new HashMap<>();
        Map<String, Integer> rankings = new HashMap<>();
        for (Installed.Part<SyscallFamily> part : installed.families()) {
            String name = part.service().name();
            for (Syscall syscall : part.service().syscalls()) {
                int number = architecture == null ? -1 : architecture.syscallNumbers().number(syscall.name());
                Integer ranking = rankings.get(syscall.name());
                if (ranking == null || part.ranking() > ranking) {
                    rankings.put(syscall.name(), part.ranking());
                    served.put(syscall.name(), new Row(number, syscall.name(), syscall, name));
                }
            }
        }
        List<Row> rows = new ArrayList<>();
        served.values().stream().filter(row -> family == null || row.family.equals(family)).forEach(rows::add);
        if (unserved && architecture != null) {
            for (int number = architecture.syscallNumbers().first(); number < architecture.syscallNumbers().end(); number++) {
                String name = architecture.syscallNumbers().name(number);
                if (name != null && !served.containsKey(name)) {
                    rows.add(new Row(number, name, null, null));
                }
            }
        }
        rows.sort(Comparator.comparing((Row row) -> row.number < 0 ? Integer.MAX_VALUE : row.number)
                .thenComparing(Row::name));
        return rows;
    }
}
