package org.nesteddune.syscalls.process;

import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.ProcessTable;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Process, thread, group and session ids. */
final class IdentityCalls {

    private IdentityCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full("getpid", "-> pid", (task, a) -> task.process().pid())
                .full("gettid", "-> pid", (task, a) -> task.tid())
                .full("getppid", "-> pid", (task, a) -> task.process().parentPid())
                .full("getpgrp", "-> pid", (task, a) -> task.process().processGroup())
                .full("getpgid", "pid pid -> pid", (task, a) -> find(task, a.getInt(0)).processGroup())
                .full("getsid", "pid pid -> pid", (task, a) -> find(task, a.getInt(0)).session())
                .full("setpgid", "pid pid, pid pgid", IdentityCalls::setpgid)
                .full("setsid", "-> pid", IdentityCalls::setsid)
                .full("set_tid_address", "addr tidptr -> pid", IdentityCalls::setTidAddress);
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
        Process own = task.process();
        int pid = a.getInt(0) == 0 ? own.pid() : a.getInt(0);
        int group = a.getInt(1) == 0 ? pid : a.getInt(1);
        if (group < 0) {
            return -Errno.EINVAL;
        }
        Process process = find(task, pid);
        if (process != own && process.parentPid() != own.pid()) {
            return -Errno.ESRCH;
        }
        if (process.session() != own.session() || process.session() == process.pid()) {
            return -Errno.EPERM;
        }
        if (group != pid && !hasGroup(own.table(), group, own.session())) {
            return -Errno.EPERM;
        }
        process.processGroup(group);
        return 0;
    }

    private static boolean hasGroup(ProcessTable table, int group, int session) {
        return table.processes().stream()
                .anyMatch(process -> process.processGroup() == group && process.session() == session);
    }

    private static long setsid(Task task, SyscallArguments a) {
        Process own = task.process();
        boolean leads = own.table().processes().stream().anyMatch(process -> process.processGroup() == own.pid());
        if (leads) {
            return -Errno.EPERM;
        }
        own.newSession();
        return own.session();
    }

    private static long setTidAddress(Task task, SyscallArguments a) {
        task.clearChildTid(a.get(0));
        task.settings().clearChildTid(a.get(0));
        return task.tid();
    }
}
