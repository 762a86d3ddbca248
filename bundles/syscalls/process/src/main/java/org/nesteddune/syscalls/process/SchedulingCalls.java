package org.nesteddune.syscalls.process;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Clone;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Resource;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/**
 * Scheduling. A guest thread is a host thread, so what a thread asks for itself the host kernel does, with the rights of
 * the runtime. Real-time policies are refused: a guest could keep the runtime from running.
 */
final class SchedulingCalls {

    private static final int SELF = 0;

    /** Longer CPU masks than this are cut; 65,536 CPUs. */
    private static final long LONGEST_MASK = 8192;

    /** Bytes in {@code struct sched_attr}, version 0, and the greatest size that the kernel looks at. */
    private static final int SCHED_ATTR_SIZE = 48;
    private static final int SCHED_ATTR_LIMIT = 4096;

    private static final String SELF_ONLY = "other threads than the caller are refused with EPERM";
    private static final String NO_REAL_TIME = "real-time policies are refused with EPERM; " + SELF_ONLY;

    private SchedulingCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full("sched_yield", "", (task, a) -> Linux.sched_yield())
                .full("getcpu", "out:uint? cpu, out:uint? node, addr tcache", SchedulingCalls::getcpu)
                .full(
                        "sched_getaffinity",
                        "pid pid, size len, outbuf:len mask",
                        SchedulingCalls::getAffinity)
                .partial(
                        "sched_setaffinity",
                        "pid pid, size len, inbuf:len mask",
                        SELF_ONLY,
                        SchedulingCalls::setAffinity)
                .full("sched_getscheduler", "pid pid -> int", SchedulingCalls::getScheduler)
                .partial(
                        "sched_setscheduler",
                        "pid pid, enum:sched_policy policy, in:sched_param param",
                        NO_REAL_TIME,
                        SchedulingCalls::setScheduler)
                .full("sched_getparam", "pid pid, out:sched_param param", SchedulingCalls::getParameter)
                .partial(
                        "sched_setparam",
                        "pid pid, in:sched_param param",
                        SELF_ONLY,
                        SchedulingCalls::setParameter)
                .full(
                        "sched_get_priority_max",
                        "enum:sched_policy policy",
                        (task, a) -> Linux.call(SyscallNumbers.SYS_sched_get_priority_max, a.getInt(0)))
                .full(
                        "sched_get_priority_min",
                        "enum:sched_policy policy",
                        (task, a) -> Linux.call(SyscallNumbers.SYS_sched_get_priority_min, a.getInt(0)))
                .full("sched_rr_get_interval", "pid pid, out:timespec interval", SchedulingCalls::getInterval)
                .full(
                        "sched_getattr",
                        "pid pid, outbuf:size attr, uint size, uint flags",
                        SchedulingCalls::getAttributes)
                .partial(
                        "sched_setattr",
                        "pid pid, in:sched_attr attr, uint flags",
                        NO_REAL_TIME,
                        SchedulingCalls::setAttributes)
                .full("getpriority", "enum:prio which, int who", SchedulingCalls::getPriority)
                .partial(
                        "setpriority",
                        "enum:prio which, int who, int prio",
                        "of other threads than the caller the value is kept and the host not told",
                        SchedulingCalls::setPriority);
    }

    /** Whether a thread id means the calling thread; ESRCH if there is no such guest thread. */
    private static boolean isSelf(Task task, int tid) {
        if (tid < 0) {
            throw new ErrnoException(Errno.EINVAL);
        }
        if (tid == 0 || tid == task.tid()) {
            return true;
        }
        if (task.process().table().task(tid) == null) {
            throw new ErrnoException(Errno.ESRCH);
        }
        return false;
    }

    private static long getcpu(Task task, SyscallArguments a) {
        long cpu = a.get(0) == 0 ? 0 : task.memory().host(a.get(0), 4);
        long node = a.get(1) == 0 ? 0 : task.memory().host(a.get(1), 4);
        return Linux.call(SyscallNumbers.SYS_getcpu, cpu, node, 0);
    }

    private static long maskLength(SyscallArguments a) {
        long length = Integer.toUnsignedLong(a.getInt(1));
        return length > LONGEST_MASK ? LONGEST_MASK | length & 7 : length;
    }

    private static long getAffinity(Task task, SyscallArguments a) {
        if (a.getInt(0) < 0) {
            return -Errno.ESRCH;
        }
        isSelf(task, a.getInt(0));
        long length = maskLength(a);
        return Linux.sched_getaffinity(SELF, length, task.memory().host(a.get(2), length));
    }

    private static long setAffinity(Task task, SyscallArguments a) {
        if (a.getInt(0) < 0) {
            return -Errno.ESRCH;
        }
        long length = maskLength(a);
        long mask = task.memory().host(a.get(2), length);
        return isSelf(task, a.getInt(0))
                ? Linux.call(SyscallNumbers.SYS_sched_setaffinity, SELF, length, mask)
                : -Errno.EPERM;
    }

    private static long getScheduler(Task task, SyscallArguments a) {
        return isSelf(task, a.getInt(0)) ? Linux.call(SyscallNumbers.SYS_sched_getscheduler, SELF) : Clone.SCHED_NORMAL;
    }

    private static long setScheduler(Task task, SyscallArguments a) {
        int pid = a.getInt(0);
        int policy = a.getInt(1);
        if (policy < 0 || pid < 0 || a.get(2) == 0) {
            return -Errno.EINVAL;
        }
        int priority = task.memory().readInt(a.get(2));
        boolean self = isSelf(task, pid);
        int plain = policy & ~Clone.SCHED_RESET_ON_FORK;
        if (isRealTime(plain)) {
            return priority < 1 || priority > 99 ? -Errno.EINVAL : -Errno.EPERM;
        }
        if (!self) {
            return -Errno.EPERM;
        }
        Memory.putInt(task.scratch(), priority);
        return Linux.call(SyscallNumbers.SYS_sched_setscheduler, SELF, policy, task.scratch());
    }

    private static boolean isRealTime(int policy) {
        return policy == Clone.SCHED_FIFO || policy == Clone.SCHED_RR;
    }

    private static long getParameter(Task task, SyscallArguments a) {
        if (a.get(1) == 0) {
            return -Errno.EINVAL;
        }
        isSelf(task, a.getInt(0));
        // All policies but the real-time ones have priority 0.
        task.memory().writeInt(a.get(1), 0);
        return 0;
    }

    private static long setParameter(Task task, SyscallArguments a) {
        if (a.get(1) == 0 || a.getInt(0) < 0) {
            return -Errno.EINVAL;
        }
        int priority = task.memory().readInt(a.get(1));
        if (!isSelf(task, a.getInt(0))) {
            return -Errno.EPERM;
        }
        return priority == 0 ? 0 : -Errno.EINVAL;
    }

    private static long getInterval(Task task, SyscallArguments a) {
        isSelf(task, a.getInt(0));
        return Linux.call(SyscallNumbers.SYS_sched_rr_get_interval, SELF, task.memory().host(a.get(1), 16));
    }

    private static long getAttributes(Task task, SyscallArguments a) {
        int size = a.getInt(2);
        if (a.get(1) == 0 || size < SCHED_ATTR_SIZE || size > SCHED_ATTR_LIMIT || a.getInt(3) != 0) {
            return -Errno.EINVAL;
        }
        isSelf(task, a.getInt(0));
        return Linux.call(SyscallNumbers.SYS_sched_getattr, SELF, task.memory().host(a.get(1), size), size, 0);
    }

    private static long setAttributes(Task task, SyscallArguments a) {
        if (a.get(1) == 0 || a.getInt(0) < 0 || a.getInt(2) != 0) {
            return -Errno.EINVAL;
        }
        int size = task.memory().readInt(a.get(1));
        if (size == 0) {
            size = SCHED_ATTR_SIZE;
        }
        if (size < SCHED_ATTR_SIZE || size > SCHED_ATTR_LIMIT) {
            task.memory().writeInt(a.get(1), SCHED_ATTR_SIZE);
            return -Errno.E2BIG;
        }
        long copy = task.scratch();
        task.memory().readTo(a.get(1), copy, size);
        Memory.putInt(copy, size);
        int policy = Memory.getInt(copy + 4);
        boolean self = isSelf(task, a.getInt(0));
        if (isRealTime(policy) || policy == Clone.SCHED_DEADLINE || !self) {
            return -Errno.EPERM;
        }
        return Linux.call(SyscallNumbers.SYS_sched_setattr, SELF, copy, 0);
    }

    // Nice values

    /** The host's answer is 20 minus the nice value, as the kernel gives it so that it is never negative. */
    private static long getPriority(Task task, SyscallArguments a) {
        Best best = new Best();
        forEach(task, a.getInt(0), a.getInt(1), best);
        return best.found == 0 ? -Errno.ESRCH : best.found;
    }

    private static final class Best implements TaskAction {
        private long found;

        @Override
        public void accept(Task other, boolean self) {
            long value = self
                    ? Linux.call(SyscallNumbers.SYS_getpriority, Resource.PRIO_PROCESS, SELF)
                    : Resource.PRIO_MAX - other.settings().nice();
            found = Math.max(found, value);
        }
    }

    private static long setPriority(Task task, SyscallArguments a) {
        int nice = Math.max(Resource.PRIO_MIN, Math.min(a.getInt(2), Resource.PRIO_MAX - 1));
        long[] result = {-Errno.ESRCH};
        forEach(task, a.getInt(0), a.getInt(1), (other, self) -> {
            long one = 0;
            if (self) {
                one = Linux.call(SyscallNumbers.SYS_setpriority, Resource.PRIO_PROCESS, SELF, nice);
            } else if (other.process().credentials().uid() != task.process().credentials().effectiveUid()
                    && task.process().credentials().effectiveUid() != 0) {
                one = -Errno.EPERM;
            }
            if (one == 0) {
                other.settings().nice(nice);
            }
            if (result[0] == -Errno.ESRCH || one != 0) {
                result[0] = one;
            }
        });
        return result[0];
    }

    /** Does something with a task. */
    private interface TaskAction {
        void accept(Task task, boolean self);
    }

    private static void forEach(Task task, int which, int who, TaskAction action) {
        switch (which) {
            case Resource.PRIO_PROCESS -> {
                Task other = who == 0 ? task : task.process().table().task(who);
                if (other != null) {
                    action.accept(other, other == task);
                }
            }
            case Resource.PRIO_PGRP -> {
                int group = who == 0 ? task.process().processGroup() : who;
                for (Process process : task.process().table().processes()) {
                    if (process.processGroup() == group) {
                        process.tasks().forEach(other -> action.accept(other, other == task));
                    }
                }
            }
            case Resource.PRIO_USER -> {
                int user = who == 0 ? task.process().credentials().uid() : who;
                for (Process process : task.process().table().processes()) {
                    if (process.credentials().uid() == user) {
                        process.tasks().forEach(other -> action.accept(other, other == task));
                    }
                }
            }
            default -> throw new ErrnoException(Errno.EINVAL);
        }
    }
}
