package org.nesteddune.commands;

import java.util.List;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;

/** {@code families}: who carries out system calls. */
final class Families implements Command {

    private static final Options OPTIONS = Options.of("families", "",
                    "List the system-call families that are installed.")
            .footer("FULL, PARTIAL and ERRNO say how many calls do all that Linux does, do most of it, and always give the "
                    + "same error number; 'syscalls --family NAME' lists them. Where two families have the same call, the "
                    + "higher RANK serves it.");

    private final Installed installed;

    Families(Installed installed) {
        this.installed = installed;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) {
        Table table = new Table("NAME", ">CALLS", ">FULL", ">PARTIAL", ">ERRNO", ">RANK", "BUNDLE");
        for (Installed.Part<SyscallFamily> part : installed.families()) {
            List<Syscall> calls = part.service().syscalls();
            table.row(part.service().name(), calls.size(), count(calls, Syscall.Support.FULL),
                    count(calls, Syscall.Support.PARTIAL), count(calls, Syscall.Support.ERRNO), part.ranking(),
                    part.bundle());
        }
        call.out().print(table.isEmpty() ? "no system-call family is installed: every call gets ENOSYS\n" : table.print());
        return DONE;
    }

    private static long count(List<Syscall> calls, Syscall.Support support) {
        return calls.stream().filter(call -> call.support() == support).count();
    }
}
