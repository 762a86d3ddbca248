package org.nesteddune.syscalls.system;

import org.nesteddune.host.Linux;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** I/O priorities. A guest thread does its I/O itself, as a host thread, so its priority is the host thread's. */
final class IoPriorityCalls {

    /** Whom {@code ioprio_set} means, {@code linux/ioprio.h}. */
    private static final int WHO_PROCESS = 1;
    private static final int WHO_USER = 3;

    /** The priority's class lies above these bits; class 1 is real time. */
    private static final int CLASS_SHIFT = 13;
    private static final int CLASS_REAL_TIME = 1;
    private static final int CLASS_MASK = 7;

    private static final String SELF = "only the caller's own priority can be asked for and set";

    private IoPriorityCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.partial("ioprio_get", "enum:ioprio_who which, int who", SELF, IoPriorityCalls::get)
                .partial("ioprio_set", "enum:ioprio_who which, int who, hex ioprio", SELF, IoPriorityCalls::set);
    }

    /** 0 if the caller is meant, otherwise a negated error number. */
    private static long checkSelf(Task task, SyscallArguments a) {
        int which = a.getInt(0);
        int who = a.getInt(1);
        if (which < WHO_PROCESS || which > WHO_USER) {
            return -Errno.EINVAL;
        }
        if (which != WHO_PROCESS || who != 0 && who != task.tid()) {
            return which == WHO_PROCESS && task.process().table().task(who) == null ? -Errno.ESRCH : -Errno.EPERM;
        }
        return 0;
    }

    private static long get(Task task, SyscallArguments a) {
        long refusal = checkSelf(task, a);
        return refusal != 0 ? refusal : Linux.call(SyscallNumbers.SYS_ioprio_get, WHO_PROCESS, 0);
    }

    private static long set(Task task, SyscallArguments a) {
        if ((a.getInt(2) >>> CLASS_SHIFT & CLASS_MASK) == CLASS_REAL_TIME) {
            return -Errno.EPERM;
        }
        long refusal = checkSelf(task, a);
        return refusal != 0 ? refusal : Linux.call(SyscallNumbers.SYS_ioprio_set, WHO_PROCESS, 0, a.getInt(2));
    }
}
