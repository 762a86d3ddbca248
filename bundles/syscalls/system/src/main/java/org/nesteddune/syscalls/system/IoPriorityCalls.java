package org.nesteddune.syscalls.system;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.host.Linux;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Confinement;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** I/O priorities. A guest thread does its I/O itself, as a host thread, so its priority is the host thread's. */
final class IoPriorityCalls {

    /** Whom {@code ioprio_set} means, {@code linux/ioprio.h}. */
    private static final int WHO_PROCESS = 1;
    private static final int WHO_GROUP = 2;
    private static final int WHO_USER = 3;

    /** The priority's class lies above these bits; class 1 is real time. */
    private static final int CLASS_SHIFT = 13;
    private static final int CLASS_MASK = 7;
    private static final int CLASS_NONE = 0;
    private static final int CLASS_REAL_TIME = 1;

    /** A class of none counts as best effort, and that of the middle (IOPRIO_BE_NORM), when priorities are compared. */
    private static final int DEFAULT = 2 << CLASS_SHIFT | 4;

    private IoPriorityCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full("ioprio_get", "enum:ioprio_who which, int who", IoPriorityCalls::get)
                .partial(
                        "ioprio_set",
                        "enum:ioprio_who which, int who, hex ioprio",
                        "the real-time class is refused with EPERM, as without the privilege",
                        IoPriorityCalls::set);
    }

    /** Whom a call is about; ESRCH if that is nobody. */
    private static List<Task> tasks(Task task, int which, int who) {
        List<Task> tasks = new ArrayList<>();
        switch (which) {
            case WHO_PROCESS -> {
                Task other = who == 0 ? task : task.process().table().task(who);
                if (other != null) {
                    tasks.add(other);
                }
            }
            case WHO_GROUP -> {
                int group = who == 0 ? task.process().processGroup() : who;
                for (Process process : task.process().table().processes()) {
                    if (process.processGroup() == group) {
                        tasks.addAll(process.tasks());
                    }
                }
            }
            case WHO_USER -> {
                int user = who == 0 ? task.credentials().uid() : who;
                for (Process process : task.process().table().processes()) {
                    if (process.credentials().uid() == user) {
                        tasks.addAll(process.tasks());
                    }
                }
            }
            default -> throw new ErrnoException(Errno.EINVAL);
        }
        if (tasks.isEmpty()) {
            throw new ErrnoException(Errno.ESRCH);
        }
        return tasks;
    }

    /** The highest of all; a lower number is a higher priority. */
    private static long get(Task task, SyscallArguments a) {
        long best = -Errno.ESRCH;
        for (Task other : tasks(task, a.getInt(0), a.getInt(1))) {
            long one = other.hostThread()
                    .call(tid -> Linux.call(SyscallNumbers.SYS_ioprio_get, WHO_PROCESS, tid));
            if (best < 0 || one >= 0 && comparable(one) < comparable(best)) {
                best = one;
            }
        }
        return best;
    }

    private static long comparable(long priority) {
        return priority >>> CLASS_SHIFT == CLASS_NONE ? DEFAULT : priority;
    }

    private static long set(Task task, SyscallArguments a) {
        int priority = a.getInt(2);
        if ((priority >>> CLASS_SHIFT & CLASS_MASK) == CLASS_REAL_TIME) {
            return -Errno.EPERM;
        }
        long result = -Errno.ESRCH;
        for (Task other : tasks(task, a.getInt(0), a.getInt(1))) {
            result = may(task.process(), other.process())
                    ? other.hostThread()
                            .change(tid -> Linux.call(SyscallNumbers.SYS_ioprio_set, WHO_PROCESS, tid, priority))
                    : -Errno.EPERM;
            if (result != 0) {
                break;
            }
        }
        return result;
    }

    /** {@code set_task_ioprio} of block/blk-ioc.c. */
    private static boolean may(Process process, Process other) {
        Credentials mine = process.credentials();
        int user = other.credentials().uid();
        return !Confinement.separates(process, other)
                && (user == mine.effectiveUid() || user == mine.uid() || mine.has(Capabilities.CAP_SYS_NICE));
    }
}
