package org.nesteddune.syscalls.ptrace;

import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.Inspection;
import org.nesteddune.kernel.ProcessTable;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** {@code kcmp}: whether two tasks share something (kernel/kcmp.c). */
final class CompareCall {

    // linux/kcmp.h
    private static final int KCMP_FILE = 0;
    private static final int KCMP_VM = 1;
    private static final int KCMP_FILES = 2;
    private static final int KCMP_FS = 3;
    private static final int KCMP_SIGHAND = 4;
    private static final int KCMP_IO = 5;
    private static final int KCMP_SYSVSEM = 6;
    private static final int KCMP_EPOLL_TFD = 7;

    private CompareCall() {}

    static void addTo(Syscall.Table table) {
        table.partial("kcmp", "pid pid1, pid pid2, int type, ulong idx1, ulong idx2",
                "KCMP_EPOLL_TFD gives EOPNOTSUPP", CompareCall::kcmp);
    }

    private static long kcmp(Task task, SyscallArguments a) {
        ProcessTable table = task.process().table();
        Task first = table.task(a.getInt(0));
        Task second = table.task(a.getInt(1));
        if (first == null || second == null) {
            return -Errno.ESRCH;
        }
        if (!Inspection.mayAttach(task, first.process()) || !Inspection.mayAttach(task, second.process())) {
            return -Errno.EPERM;
        }
        return switch (a.getInt(2)) {
            case KCMP_FILE -> files(first, second, a);
            case KCMP_VM -> order(first.memory(), second.memory());
            case KCMP_FILES -> order(first.descriptors(), second.descriptors());
            case KCMP_FS -> order(first.fs(), second.fs());
            case KCMP_SIGHAND -> order(first.process().signalHandlers(), second.process().signalHandlers());
            // As where nobody has an I/O context.
            case KCMP_IO -> 0;
            case KCMP_SYSVSEM -> order(first.settings().undoList(), second.settings().undoList());
            case KCMP_EPOLL_TFD -> -Errno.EOPNOTSUPP;
            default -> -Errno.EINVAL;
        };
    }

    private static long files(Task first, Task second, SyscallArguments a) {
        OpenFile one = file(first, a.get(3));
        if (one == null) {
            return -Errno.EBADF;
        }
        try {
            OpenFile other = file(second, a.get(4));
            if (other == null) {
                return -Errno.EBADF;
            }
            try {
                return order(one, other);
            } finally {
                other.release();
            }
        } finally {
            one.release();
        }
    }

    private static OpenFile file(Task task, long descriptor) {
        return descriptor < 0 || descriptor > Integer.MAX_VALUE ? null : task.descriptors().get((int) descriptor);
    }

    /** 0 for the same; 1 or 2 by some order, which the kernel makes of scrambled addresses; 3 if there is none. */
    private static long order(Object one, Object other) {
        if (one == other) {
            return 0;
        }
        int compared = Integer.compare(System.identityHashCode(one), System.identityHashCode(other));
        return compared < 0 ? 1 : compared > 0 ? 2 : 3;
    }
}
