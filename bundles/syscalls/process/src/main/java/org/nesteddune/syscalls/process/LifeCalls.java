package org.nesteddune.syscalls.process;

import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;
import org.nesteddune.syscall.SyscallHandler;

/** The end of threads and processes, and what concerns other processes. */
final class LifeCalls {

    private LifeCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full("exit", "int status", LifeCalls::exit)
                .full("exit_group", "int status", LifeCalls::exitGroup);
        table.errno("setns", "fd fd, flags:clone nstype", Errno.EPERM, "no namespaces, as in a container")
                .errno("process_madvise",
                        "fd pidfd, addr vec, ulong vlen, int advice, uint flags -> long",
                        Errno.EPERM, "no guest may look into another, as in a container")
                .errno("process_mrelease", "fd pidfd, uint flags", Errno.EPERM,
                        "no guest may look into another, as in a container")
                .errno("seccomp", "uint operation, uint flags, addr args", Errno.EINVAL,
                        "as a kernel without CONFIG_SECCOMP_FILTER");
    }

    private static long exit(Task task, SyscallArguments a) {
        task.exit(a.getInt(0));
        return SyscallHandler.NO_RESULT;
    }

    private static long exitGroup(Task task, SyscallArguments a) {
        task.process().exit(ExitStatus.exited(a.getInt(0)));
        return SyscallHandler.NO_RESULT;
    }
}
