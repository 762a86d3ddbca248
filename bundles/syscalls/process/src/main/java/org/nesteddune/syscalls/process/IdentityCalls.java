package org.nesteddune.syscalls.process;

import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Process, thread, group and session ids. */
final class IdentityCalls {

    /** The parent of all whose own has ended: the runtime, which leads its own group and session as init does. */
    private static final int RUNTIME = 1;

    private IdentityCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full("getpid", "-> pid", (task, a) -> task.process().pid())
                .full("gettid", "-> pid", (task, a) -> task.tid())
                .full("getppid", "-> pid", (task, a) -> task.process().parentPid())
                .full("getpgrp", "-> pid", (task, a) -> task.process().processGroup())
                .full("getpgid", "pid pid -> pid", (task, a) -> isRuntime(a) ? RUNTIME : find(task, a.getInt(0)).processGroup())
                .full("getsid", "pid pid -> pid", (task, a) -> isRuntime(a) ? RUNTIME : find(task, a.getInt(0)).session())
                .full("setpgid", "pid pid, pid pgid", IdentityCalls::setpgid)
                .full("setsid", "-> pid", IdentityCalls::setsid)
                .full("set_tid_address", "addr tidptr -> pid", IdentityCalls::setTidAddress);
    }

    private static boolean isRuntime(SyscallArguments a) {
        return a.getInt(0) == RUNTIME;
    }

    /** The process with a pid, 0 for the caller's; ESRCH if there is none. */
    static Process find(Task task, int pid) {
        Process own = task.process();
        Process process = pid == 0 || pid == own.pid() ? own : own.table().process(pid);
        if (process == null) {
            throw new ErrnoException(Errno.ESRCH);
        }
        return process;
    }

    private static long setpgid(Task task, SyscallArguments a) {
        task.process().table().jobs().setGroup(task.process(), a.getInt(0), a.getInt(1));
        return 0;
    }

    private static long setsid(Task task, SyscallArguments a) {
        task.process().table().jobs().startSession(task.process());
        return task.process().session();
    }

    private static long setTidAddress(Task task, SyscallArguments a) {
        task.clearChildTid(a.get(0));
        task.settings().clearChildTid(a.get(0));
        return task.tid();
    }
}
