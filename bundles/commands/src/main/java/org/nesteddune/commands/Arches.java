package org.nesteddune.commands;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.engine.ExecutionEngine;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;

/** {@code arches}: the architectures whose programs can be entered. */
final class Arches implements Command {

    private static final Options OPTIONS = Options.of("arches", "", "List the architectures that are installed.")
            .footer("MACHINE is the number in ELF files, CALLS how many of the architecture's system calls are served, "
                    + "ENGINES what can run it here.");

    private final Installed installed;

    Arches(Installed installed) {
        this.installed = installed;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) {
        Set<String> served = served(installed);
        Table table = new Table("NAME", ">MACHINE", ">PAGE", ">CALLS", "BUNDLE", "ENGINES");
        for (Installed.Part<Architecture> part : installed.architectures()) {
            Architecture architecture = part.service();
            table.row(architecture.name(), architecture.elfMachine(), Sizes.print(architecture.pageSize()),
                    calls(architecture, served) + "/" + architecture.syscallNumbers().count(), part.bundle(),
                    engines(architecture));
        }
        call.out().print(table.isEmpty() ? "no architecture is installed\n" : table.print());
        return DONE;
    }

    private String engines(Architecture architecture) {
        List<String> names = new ArrayList<>();
        for (Installed.Part<ExecutionEngine> engine : installed.engines()) {
            if (engine.service().refusal(architecture) == null) {
                names.add(engine.service().name());
            }
        }
        return names.isEmpty() ? "none" : String.join(" ", names);
    }

    /** Names of all calls that a family serves. */
    static Set<String> served(Installed installed) {
        Set<String> names = new HashSet<>();
        for (Installed.Part<SyscallFamily> family : installed.families()) {
            family.service().syscalls().stream().map(Syscall::name).forEach(names::add);
        }
        return names;
    }

    private static long calls(Architecture architecture, Set<String> served) {
        SyscallNumbers numbers = architecture.syscallNumbers();
        long count = 0;
        for (int number = numbers.first(); number < numbers.end(); number++) {
            String name = numbers.name(number);
            count += name != null && served.contains(name) ? 1 : 0;
        }
        return count;
    }
}
