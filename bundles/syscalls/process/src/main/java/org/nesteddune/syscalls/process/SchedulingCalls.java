package org.nesteddune.syscalls.process;

import java.util.function.Consumer;
import java.util.function.IntToLongFunction;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Confinement;
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

    /** The runtime in the role of init: to be seen, and not to be touched. */
    private static final int RUNTIME = 1;

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

    /** The task with a tid that is to be changed. */
    private static Task target(Task caller, int tid) {
        Task task = task(caller, tid);
        if (task == null) {
            throw new ErrnoException(tid == RUNTIME ? Errno.EPERM : Errno.ESRCH);
        }
        return task;
    }

    /** Asks the host about a task, on memory of the host's own: it must be short. */
    private static long ask(Task caller, int tid, IntToLongFunction question) {
        Task task = task(caller, tid);
        if (task != null) {
            return task.hostThread().call(question);
        }
        return tid == RUNTIME ? question.applyAsLong((int) Linux.getpid()) : -Errno.ESRCH;
    }

    /** The same of the calls for which a negative number is not valid. */
    private static long askValid(Task caller, int tid, IntToLongFunction question) {
        return tid < 0 ? -Errno.EINVAL : ask(caller, tid, question);
    }

    /** Whether a task may change how another is scheduled ({@code check_same_owner} of kernel/sched/syscalls.c). */
    private static boolean may(Task caller, Task other) {
        Credentials mine = caller.credentials();
        Credentials its = other.credentials();
        return !Confinement.separates(caller.process(), other.process())
                && (mine.effectiveUid() == its.uid()
                        || mine.effectiveUid() == its.effectiveUid()
                        || mine.has(Capabilities.CAP_SYS_NICE));
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
        long result = ask(task, a.getInt(0), tid -> Linux.sched_getaffinity(tid, length, mask));
        if (result == -Errno.ESRCH) {
            // The host looks at the length first.
            return Linux.sched_getaffinity(Integer.MAX_VALUE, length, mask);
        }
        if (result > 0) {
            task.memory().writeFrom(a.get(2), mask, result);
        }
        return result;
    }

    private static long setAffinity(Task task, SyscallArguments a) {
        long length = maskLength(a);
        long mask = task.scratch();
        task.memory().readTo(a.get(2), mask, length);
        Task other = target(task, a.getInt(0));
        return may(task, other)
                ? other.hostThread()
                        .change(tid -> Linux.call(SyscallNumbers.SYS_sched_setaffinity, tid, length, mask))
                : -Errno.EPERM;
    }

    private static long getScheduler(Task task, SyscallArguments a) {
        return askValid(task, a.getInt(0), tid -> Linux.call(SyscallNumbers.SYS_sched_getscheduler, tid));
    }

    private static long setScheduler(Task task, SyscallArguments a) {
        int pid = a.getInt(0);
        int policy = a.getInt(1);
        if (policy < 0 || pid < 0 || a.get(2) == 0) {
            return -Errno.EINVAL;
        }
        int priority = task.memory().readInt(a.get(2));
        if (task(task, pid) == null && pid != RUNTIME) {
            return -Errno.ESRCH;
        }
        int plain = policy & ~Clone.SCHED_RESET_ON_FORK;
        boolean isRealTime = plain == Clone.SCHED_FIFO || plain == Clone.SCHED_RR;
        boolean isOrdinary = plain == Clone.SCHED_NORMAL || plain == Clone.SCHED_BATCH || plain == Clone.SCHED_IDLE;
        if (isRealTime ? priority < 1 || priority > 99 : !isOrdinary || priority != 0) {
            return -Errno.EINVAL;
        }
        Task other = target(task, pid);
        if (isRealTime || !may(task, other)) {
            return -Errno.EPERM;
        }
        Memory.putInt(task.scratch(), priority);
        return other.hostThread()
                .change(tid -> Linux.call(SyscallNumbers.SYS_sched_setscheduler, tid, policy, task.scratch()));
    }

    private static long getParameter(Task task, SyscallArguments a) {
        if (a.get(1) == 0) {
            return -Errno.EINVAL;
        }
        // All policies but the real-time ones have priority 0.
        long result = askValid(task, a.getInt(0), tid -> 0);
        if (result == 0) {
            task.memory().writeInt(a.get(1), 0);
        }
        return result;
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
        long interval = task.scratch();
        long result = askValid(
                task, a.getInt(0), tid -> Linux.call(SyscallNumbers.SYS_sched_rr_get_interval, tid, interval));
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
        long attributes = task.scratch();
        Memory.fill(attributes, size, (byte) 0);
        long result = askValid(
                task, a.getInt(0), tid -> Linux.call(SyscallNumbers.SYS_sched_getattr, tid, attributes, size, 0));
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
        boolean isOrdinary = policy == Clone.SCHED_NORMAL || policy == Clone.SCHED_BATCH || policy == Clone.SCHED_IDLE;
        boolean isReal =
                policy == Clone.SCHED_FIFO || policy == Clone.SCHED_RR || policy == Clone.SCHED_DEADLINE;
        if (isReal || !may(task, other)) {
            return -Errno.EPERM;
        }
        int nice = Memory.getInt(copy + SCHED_ATTR_NICE);
        if (isOrdinary && policy != Clone.SCHED_IDLE && !mayLower(task, other, nice)) {
            return -Errno.EPERM;
        }
        return other.hostThread().change(tid -> Linux.call(SyscallNumbers.SYS_sched_setattr, tid, copy, 0));
    }

    // Nice values

    /** The host's answer is 20 minus the nice value, as the kernel gives it so that it is never negative. */
    private static long nice(int hostTid) {
        return Linux.call(SyscallNumbers.SYS_getpriority, Resource.PRIO_PROCESS, hostTid);
    }

    /** Whether a task's nice value may be set so: lower than it is only within RLIMIT_NICE ({@code can_nice}). */
    private static boolean mayLower(Task caller, Task other, int nice) {
        long wanted = Resource.PRIO_MAX - nice;
        return wanted <= other.hostThread().call(SchedulingCalls::nice)
                || Long.compareUnsigned(wanted, other.process().limits().soft(Resource.RLIMIT_NICE)) <= 0
                || caller.credentials().has(Capabilities.CAP_SYS_NICE);
    }

    private static long getPriority(Task task, SyscallArguments a) {
        long[] best = {-Errno.ESRCH};
        if (a.getInt(0) == Resource.PRIO_PROCESS) {
            return ask(task, a.getInt(1), SchedulingCalls::nice);
        }
        forEach(task, a.getInt(0), a.getInt(1), other ->
                best[0] = Math.max(best[0], other.hostThread().call(SchedulingCalls::nice)));
        return best[0];
    }

    private static long setPriority(Task task, SyscallArguments a) {
        int nice = Math.max(Resource.PRIO_MIN, Math.min(a.getInt(2), Resource.PRIO_MAX - 1));
        long[] result = {-Errno.ESRCH};
        if (a.getInt(0) == Resource.PRIO_PROCESS && a.getInt(1) == RUNTIME) {
            return -Errno.EPERM;
        }
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
        long result = other.hostThread()
                .change(tid -> Linux.call(SyscallNumbers.SYS_setpriority, Resource.PRIO_PROCESS, tid, nice));
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
                int user = who == 0 ? task.credentials().uid() : who;
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
