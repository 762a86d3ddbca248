package org.nesteddune.commands;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.nesteddune.Guest;

/** {@code ps}: lists the guests. */
final class Ps implements Command {

    private static final String STANDARD = "pid,ppid,s,arch,engine,time,rss,command";

    /** When some are held: also why. */
    private static final String WITH_REASON = "pid,ppid,s,arch,engine,time,rss,wchan,command";

    /** Of a tree; a pid in it says which runtimes it is in. */
    private static final String TREE = "pid,s,engine,time,rss,vcpus,command";

    private static final String VCPU = "anon_inode:kvm-vcpu";

    /** Columns by name: the heading and how a cell is made. */
    static final Map<String, Column> COLUMNS = columns();

    /** A column. */
    record Column(String heading, Function<Seen, Object> cell) {}

    /** A guest at one moment. */
    record Seen(Guest guest, Guest.Info info) {}

    private static final Options OPTIONS = Options.of("ps", "[PID...]",
                    "List the programs that run in dune, or those with the pids given.")
            .value("-o,--columns", "LIST", "columns, with commas between: " + String.join(", ", COLUMNS.keySet()))
            .flag("-t,--tree", "descendants below their ancestors, and below a runtime that runs in dune what runs in it, whose pid "
                    + "is 17/2: its number 2, in the guest 17")
            .flag("-w,--wide", "do not cut lines at 80 columns")
            .flag("--no-headings", "only the guests, for scripts")
            .footer("S is the state: R running, S sleeping in a system call, T stopped, H held, Z ended. VCPU counts "
                    + "virtual CPUs that a guest has made by KVM. From the command line it is always a tree, of all runtimes of this user.");

    private final Installed installed;

    Ps(Installed installed) {
        this.installed = installed;
    }

    private static Map<String, Column> columns() {
        Map<String, Column> columns = new LinkedHashMap<>();
        columns.put("pid", of(">PID", Guest.Info::pid));
        columns.put("ppid", of(">PPID", Guest.Info::parentPid));
        columns.put("uid", of(">UID", Guest.Info::uid));
        columns.put("s", of("S", Guest.Info::state));
        columns.put("arch", of("ARCH", Guest.Info::architecture));
        columns.put("engine", of("ENGINE", Guest.Info::engine));
        columns.put("threads", of(">THR", Guest.Info::threads));
        columns.put("time", of(">TIME", info -> Guests.cpuTime(info.userNanos() + info.systemNanos())));
        columns.put("vsz", of(">VSZ", info -> Sizes.print(info.virtualBytes())));
        columns.put("rss", of(">RSS", info -> Sizes.print(info.residentBytes())));
        columns.put("vcpus", new Column(">VCPU", Ps::vcpus));
        columns.put("wchan", of("WCHAN", info -> info.blockedIn() == null || info.blockedIn().isEmpty()
                ? "-" : info.blockedIn()));
        columns.put("exe", of("EXE", Guest.Info::executable));
        columns.put("cwd", of("CWD", Guest.Info::workingDirectory));
        columns.put("command", of("COMMAND", Guests::commandLine));
        return columns;
    }

    private static Column of(String heading, Function<Guest.Info, Object> cell) {
        return new Column(heading, seen -> cell.apply(seen.info()));
    }

    private static Object vcpus(Seen seen) {
        long number = seen.guest().descriptors().stream().filter(descriptor -> descriptor.path().startsWith(VCPU)).count();
        return number == 0 ? "-" : number;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) throws UsageException, CommandException {
        Options.Parsed arguments = call.arguments();
        String list = arguments.value("--columns");
        if (arguments.has("--tree") || !call.isShell()) {
            if (!arguments.operands().isEmpty()) {
                throw new UsageException("a tree is of all guests");
            }
            return tree(call, chosen(list != null ? list : TREE));
        }
        List<Guest> guests = new ArrayList<>();
        for (String pid : arguments.operands()) {
            guests.add(Guests.find(installed, pid));
        }
        if (guests.isEmpty()) {
            guests.addAll(installed.dune().guests());
        }
        List<Seen> all = guests.stream().map(guest -> new Seen(guest, guest.info())).toList();
        boolean held = all.stream().anyMatch(seen -> seen.info().isHeld());
        List<String> wanted = chosen(list != null ? list : held ? WITH_REASON : STANDARD);
        Table table = table(wanted);
        for (Seen seen : all) {
            table.row(wanted.stream().map(name -> COLUMNS.get(name).cell.apply(seen)).toArray());
        }
        return print(call, table);
    }

    private int tree(Call call, List<String> wanted) {
        Table table = table(wanted);
        List<ProcessTree> trees = call.isShell() ? List.of(ProcessTree.of(installed)) : ProcessTree.ofOthers();
        for (ProcessTree tree : trees) {
            for (ProcessTree.Row row : call.isShell() ? tree.rows() : tree.withRuntime()) {
                table.row(wanted.stream().map(name -> name.equals("command")
                        ? "  ".repeat(row.depth()) + row.cells().getOrDefault(name, "-")
                        : row.cells().getOrDefault(name, "-")).toArray());
            }
        }
        return print(call, table);
    }

    private static Table table(List<String> wanted) {
        return new Table(wanted.stream().map(name -> COLUMNS.get(name).heading).toArray(String[]::new));
    }

    private static int print(Call call, Table table) {
        Options.Parsed arguments = call.arguments();
        String text = table.print(arguments.has("--wide") ? Integer.MAX_VALUE : Table.WIDTH);
        call.out().print(arguments.has("--no-headings") ? text.substring(text.indexOf('\n') + 1) : text);
        return DONE;
    }

    private static List<String> chosen(String list) throws UsageException {
        List<String> chosen = new ArrayList<>();
        for (String name : list.split(",")) {
            String column = name.strip().toLowerCase(Locale.ROOT);
            if (!COLUMNS.containsKey(column)) {
                throw new UsageException("there is no column '" + Bytes.display(name) + "'; there are "
                        + String.join(", ", COLUMNS.keySet()));
            }
            chosen.add(column);
        }
        return chosen;
    }
}
