package org.nesteddune.syscalls.process;

import java.util.function.Consumer;
import java.util.function.IntToLongFunction;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Clone;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Resource;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/**
 * Scheduling. A guest thread is a host thread, so the host schedules it as it is asked to, with the rights of the runtime.
 * Real-time policies are refused: a guest could keep the runtime from running.
 */
final class SchedulingCalls {

    /** A thread that is not there, for the host to find its other errors before that one. */
    private static final int NOBODY = Integer.MAX_VALUE;

    /** Longer CPU masks than this are cut; 65,536 CPUs. */
    private static final long LONGEST_MASK = 8192;

    /** Bytes in {@code struct sched_attr}, version 0, and the greatest size that the kernel looks at. */
    private static final int SCHED_ATTR_SIZE = 48;
    private static final int SCHED_ATTR_LIMIT = 4096;

    private static final int SCHED_ATTR_NICE = 16;

    private static final String NO_REAL_TIME = "real-time policies are refused with EPERM, as without the privilege";

    private SchedulingCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full("sched_yield", "", (task, a) -> Linux.sched_yield())
                .full("getcpu", "out:uint? cpu, out:uint? node, addr tcache", SchedulingCalls::getcpu)
                .full(
                        "sched_getaffinity",
                        "pid pid, size len, outbuf:len mask",
                        SchedulingCalls::getAffinity)
                .full(
                        "sched_setaffinity",
                        "pid pid, size len, inbuf:len mask",
                        SchedulingCalls::setAffinity)
                .full("sched_getscheduler", "pid pid -> int", SchedulingCalls::getScheduler)
                .partial(
                        "sched_setscheduler",
                        "pid pid, enum:sched_policy policy, in:sched_param param",
                        NO_REAL_TIME,
                        SchedulingCalls::setScheduler)
                .full("sched_getparam", "pid pid, out:sched_param param", SchedulingCalls::getParameter)
                .full("sched_setparam", "pid pid, in:sched_param param", SchedulingCalls::setParameter)
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
                .full("setpriority", "enum:prio which, int who, int prio", SchedulingCalls::setPriority);
    }

    /** The task with a tid, 0 for the caller; null if there is none. */
    private static Task task(Task caller, int tid) {
        return tid == 0 || tid == caller.tid() ? caller : caller.process().table().task(tid);
    }

    /** The same; ESRCH if there is none, EINVAL for a negative number. */
    private static Task target(Task caller, int tid) {
        if (tid < 0) {
            throw new ErrnoException(Errno.EINVAL);
        }
        Task task = task(caller, tid);
        if (task == null) {
            throw new ErrnoException(Errno.ESRCH);
        }
        return task;
    }

    /**
     * Makes a call of the host about a task, on memory of the host's own: it must be short. About nobody if the task is null,
     * for the other errors.
     */
    private static long call(Task task, IntToLongFunction action) {
        return task == null ? action.applyAsLong(NOBODY) : task.hostThread().call(action);
    }

    /** Whether a task may change how another is scheduled ({@code check_same_owner} of kernel/sched/syscalls.c). */
    private static boolean may(Task caller, Task other) {
        Credentials mine = caller.process().credentials();
        Credentials its = other.process().credentials();
        return mine.effectiveUid() == its.uid()
                || mine.effectiveUid() == its.effectiveUid()
                || mine.has(Capabilities.CAP_SYS_NICE);
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
        long length = maskLength(a);
        long mask = task.scratch();
        Task other = a.getInt(0) < 0 ? null : task(task, a.getInt(0));
        long result = call(other, tid -> Linux.sched_getaffinity(tid, length, mask));
        if (result > 0) {
            task.memory().writeFrom(a.get(2), mask, result);
        }
        return result;
    }

    private static long setAffinity(Task task, SyscallArguments a) {
        long length = maskLength(a);
        long mask = task.scratch();
        task.memory().readTo(a.get(2), mask, length);
        Task other = a.getInt(0) < 0 ? null : task(task, a.getInt(0));
        if (other == null) {
            return -Errno.ESRCH;
        }
        return may(task, other)
                ? call(other, tid -> Linux.call(SyscallNumbers.SYS_sched_setaffinity, tid, length, mask))
                : -Errno.EPERM;
    }

    private static long getScheduler(Task task, SyscallArguments a) {
        return call(
                target(task, a.getInt(0)), tid -> Linux.call(SyscallNumbers.SYS_sched_getscheduler, tid));
    }

    private static long setScheduler(Task task, SyscallArguments a) {
        int pid = a.getInt(0);
        int policy = a.getInt(1);
        if (policy < 0 || pid < 0 || a.get(2) == 0) {
            return -Errno.EINVAL;
        }
        int priority = task.memory().readInt(a.get(2));
        Task other = target(task, pid);
        if (isRealTime(policy & ~Clone.SCHED_RESET_ON_FORK)) {
            return priority < 1 || priority > 99 ? -Errno.EINVAL : -Errno.EPERM;
        }
        if (!may(task, other)) {
            return -Errno.EPERM;
        }
        Memory.putInt(task.scratch(), priority);
        return call(other, tid -> Linux.call(SyscallNumbers.SYS_sched_setscheduler, tid, policy, task.scratch()));
    }

    private static boolean isRealTime(int policy) {
        return policy == Clone.SCHED_FIFO || policy == Clone.SCHED_RR;
    }

    private static long getParameter(Task task, SyscallArguments a) {
        if (a.get(1) == 0) {
            return -Errno.EINVAL;
        }
        target(task, a.getInt(0));
        // All policies but the real-time ones have priority 0.
        task.memory().writeInt(a.get(1), 0);
        return 0;
    }

    private static long setParameter(Task task, SyscallArguments a) {
        if (a.get(1) == 0 || a.getInt(0) < 0) {
            return -Errno.EINVAL;
        }
        int priority = task.memory().readInt(a.get(1));
        Task other = target(task, a.getInt(0));
        if (priority != 0) {
            return -Errno.EINVAL;
        }
        return may(task, other) ? 0 : -Errno.EPERM;
    }

    private static long getInterval(Task task, SyscallArguments a) {
        Task other = target(task, a.getInt(0));
        long interval = task.scratch();
        long result = call(other, tid -> Linux.call(SyscallNumbers.SYS_sched_rr_get_interval, tid, interval));
        if (result == 0) {
            task.memory().writeFrom(a.get(1), interval, Timespec.SIZE);
        }
        return result;
    }

    private static long getAttributes(Task task, SyscallArguments a) {
        int size = a.getInt(2);
        if (a.get(1) == 0 || size < SCHED_ATTR_SIZE || size > SCHED_ATTR_LIMIT || a.getInt(3) != 0) {
            return -Errno.EINVAL;
        }
        Task other = target(task, a.getInt(0));
        long attributes = task.scratch();
        Memory.fill(attributes, size, (byte) 0);
        long result = call(other, tid -> Linux.call(SyscallNumbers.SYS_sched_getattr, tid, attributes, size, 0));
        if (result == 0) {
            task.memory().writeFrom(a.get(1), attributes, Memory.getInt(attributes));
        }
        return result;
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
        Task other = target(task, a.getInt(0));
        if (isRealTime(policy) || policy == Clone.SCHED_DEADLINE || !may(task, other)) {
            return -Errno.EPERM;
        }
        int nice = Memory.getInt(copy + SCHED_ATTR_NICE);
        if (policy != Clone.SCHED_IDLE && !mayLower(task, other, nice)) {
            return -Errno.EPERM;
        }
        return call(other, tid -> Linux.call(SyscallNumbers.SYS_sched_setattr, tid, copy, 0));
    }

    // Nice values

    /** The host's answer is 20 minus the nice value, as the kernel gives it so that it is never negative. */
    private static long nice(Task task) {
        return call(task, tid -> Linux.call(SyscallNumbers.SYS_getpriority, Resource.PRIO_PROCESS, tid));
    }

    /** Whether a task's nice value may be set so: lower than it is only within RLIMIT_NICE ({@code can_nice}). */
    private static boolean mayLower(Task caller, Task other, int nice) {
        long wanted = Resource.PRIO_MAX - nice;
        return wanted <= nice(other)
                || Long.compareUnsigned(wanted, other.process().limits().soft(Resource.RLIMIT_NICE)) <= 0
                || caller.process().credentials().has(Capabilities.CAP_SYS_NICE);
    }

    private static long getPriority(Task task, SyscallArguments a) {
        long[] best = {-Errno.ESRCH};
        forEach(task, a.getInt(0), a.getInt(1), other -> best[0] = Math.max(best[0], nice(other)));
        return best[0];
    }

    private static long setPriority(Task task, SyscallArguments a) {
        int nice = Math.max(Resource.PRIO_MIN, Math.min(a.getInt(2), Resource.PRIO_MAX - 1));
        long[] result = {-Errno.ESRCH};
        forEach(task, a.getInt(0), a.getInt(1), other -> {
            long one = setPriority(task, other, nice);
            if (result[0] == -Errno.ESRCH || one != 0) {
                result[0] = one;
            }
        });
        return result[0];
    }

    private static long setPriority(Task task, Task other, int nice) {
        if (!may(task, other)) {
            return -Errno.EPERM;
        }
        if (!mayLower(task, other, nice)) {
            return -Errno.EACCES;
        }
        long result = call(other, tid ->
                Linux.call(SyscallNumbers.SYS_setpriority, Resource.PRIO_PROCESS, tid, nice));
        if (result == 0) {
            other.settings().nice(nice);
        }
        return result;
    }

    private static void forEach(Task task, int which, int who, Consumer<Task> action) {
        switch (which) {
            case Resource.PRIO_PROCESS -> {
                Task other = task(task, who);
                if (other != null) {
                    action.accept(other);
                }
            }
            case Resource.PRIO_PGRP -> {
                int group = who == 0 ? task.process().processGroup() : who;
                for (Process process : task.process().table().processes()) {
                    if (process.processGroup() == group) {
                        process.tasks().forEach(action);
                    }
                }
            }
            case Resource.PRIO_USER -> {
                int user = who == 0 ? task.process().credentials().uid() : who;
                for (Process process : task.process().table().processes()) {
                    if (process.credentials().uid() == user) {
                        process.tasks().forEach(action);
                    }
                }
            }
            default -> throw new ErrnoException(Errno.EINVAL);
        }
    }
}
