package org.nesteddune.syscalls.futex;

import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** The list of locks that are given up at a thread's end; what is done then is core's. */
final class RobustListCalls {

    /** Bytes in {@code struct robust_list_head}. */
    private static final long SIZE = 24;

    /** The runtime in the role of init, into which no guest may look. */
    private static final int RUNTIME = 1;

    private RobustListCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full("set_robust_list", "addr head, size len", RobustListCalls::set)
                .full("get_robust_list", "pid pid, out:addr head_ptr, out:size len_ptr", RobustListCalls::get);
    }

    private static long set(Task task, SyscallArguments a) {
        if (a.get(1) != SIZE) {
            return -Errno.EINVAL;
        }
        task.settings().robustListHead(a.get(0));
        return 0;
    }

    private static long get(Task task, SyscallArguments a) {
        int tid = a.getInt(0);
        Task other = tid == 0 ? task : task.process().table().task(tid);
        if (other == null) {
            return tid == RUNTIME ? -Errno.EPERM : -Errno.ESRCH;
        }
        if (!mayLookInto(task.process(), other.process())) {
            return -Errno.EPERM;
        }
        task.memory().writeLong(a.get(2), SIZE);
        task.memory().writeLong(a.get(1), other.settings().robustListHead());
        return 0;
    }

    /** {@code ptrace_may_access} with PTRACE_MODE_READ_REALCREDS, ptrace(2). */
    private static boolean mayLookInto(Process process, Process other) {
        if (process == other) {
            return true;
        }
        Credentials mine = process.credentials();
        Credentials its = other.credentials();
        boolean alike = mine.uid() == its.uid()
                && mine.uid() == its.effectiveUid()
                && mine.uid() == its.savedUid()
                && mine.gid() == its.gid()
                && mine.gid() == its.effectiveGid()
                && mine.gid() == its.savedGid();
        return alike && other.settings().dumpable() == 1 || mine.has(Capabilities.CAP_SYS_PTRACE);
    }
}
