package org.nesteddune.syscalls.process;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.ProcessSettings;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Futex;
import org.nesteddune.linux.Time;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/**
 * Futexes, and what else orders the memory accesses of threads. The words lie in memory that the host knows, so the host
 * kernel's own futexes serve guests: private ones by host address, shared ones by the file behind the mapping.
 */
final class FutexCalls {

    /** Bytes in {@code struct robust_list_head}. */
    private static final long ROBUST_LIST_SIZE = 24;

    /** Bytes in {@code struct futex_waitv}. */
    private static final int WAITV_SIZE = 24;

    /** Commands of membarrier(2), {@code linux/membarrier.h}. */
    private static final int MEMBARRIER_QUERY = 0;
    private static final int MEMBARRIER_GLOBAL = 1;
    private static final int MEMBARRIER_GLOBAL_EXPEDITED = 1 << 1;
    private static final int MEMBARRIER_REGISTER_GLOBAL_EXPEDITED = 1 << 2;
    private static final int MEMBARRIER_PRIVATE_EXPEDITED = 1 << 3;
    private static final int MEMBARRIER_REGISTER_PRIVATE_EXPEDITED = 1 << 4;
    private static final int MEMBARRIER_GET_REGISTRATIONS = 1 << 9;
    private static final int MEMBARRIERS = MEMBARRIER_GLOBAL
            | MEMBARRIER_GLOBAL_EXPEDITED
            | MEMBARRIER_REGISTER_GLOBAL_EXPEDITED
            | MEMBARRIER_PRIVATE_EXPEDITED
            | MEMBARRIER_REGISTER_PRIVATE_EXPEDITED
            | MEMBARRIER_GET_REGISTRATIONS;

    private FutexCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.partial(
                        "futex",
                        "in:uint uaddr, flags:futex_op op, uint val, hex timeout, addr uaddr2, uint val3",
                        "no priority inheritance (ENOSYS), as a kernel without CONFIG_FUTEX_PI",
                        FutexCalls::futex)
                .full(
                        "futex_waitv",
                        "in:futex_waitv[nr_futexes] waiters, uint nr_futexes, uint flags, in:timespec? timeout, "
                                + "clock clockid",
                        FutexCalls::waitv)
                .partial(
                        "set_robust_list",
                        "addr head, size len",
                        "the list is kept; threads that could die with a lock come with thread creation",
                        FutexCalls::setRobustList)
                .full("get_robust_list", "pid pid, out:addr head_ptr, out:size len_ptr", FutexCalls::getRobustList)
                .partial(
                        "membarrier",
                        "enum:membarrier cmd, uint flags, int cpu_id",
                        "no SYNC_CORE and no RSEQ commands; MEMBARRIER_CMD_QUERY says so",
                        FutexCalls::membarrier)
                .errno("rseq", "addr rseq, uint len, int flags, uint sig", Errno.ENOSYS,
                        "a vCPU cannot tell that it was preempted");
    }

    private static long futex(Task task, SyscallArguments a) {
        int operation = a.getInt(1);
        int command = operation & Futex.FUTEX_CMD_MASK;
        if ((operation & Futex.FUTEX_CLOCK_REALTIME) != 0 && command != Futex.FUTEX_WAIT_BITSET) {
            return -Errno.ENOSYS;
        }
        return switch (command) {
            case Futex.FUTEX_WAIT, Futex.FUTEX_WAIT_BITSET -> await(task, a, operation, command);
            case Futex.FUTEX_WAKE, Futex.FUTEX_WAKE_BITSET ->
                    Linux.futex(word(task, a, 0), operation, a.getInt(2), 0, 0, a.getInt(5));
            // The fourth argument of these is a count, not a time.
            case Futex.FUTEX_REQUEUE, Futex.FUTEX_CMP_REQUEUE, Futex.FUTEX_WAKE_OP -> Linux.futex(
                    word(task, a, 0), operation, a.getInt(2), a.get(3), word(task, a, 4), a.getInt(5));
            default -> -Errno.ENOSYS;
        };
    }

    private static long word(Task task, SyscallArguments a, int argument) {
        return task.memory().host(a.get(argument), 4);
    }

    /** Both kinds of wait become one with a deadline, so that an interruption that is nobody's does not lengthen it. */
    private static long await(Task task, SyscallArguments a, int operation, int command) {
        boolean absolute = command == Futex.FUTEX_WAIT_BITSET;
        long deadline = Long.MAX_VALUE;
        if (a.get(3) != 0) {
            long time = Timespec.read(task.memory(), a.get(3));
            deadline = absolute ? time : Timespec.deadlineAfter(time);
        }
        int flags = operation & (Futex.FUTEX_PRIVATE_FLAG | Futex.FUTEX_CLOCK_REALTIME);
        int bits = absolute ? a.getInt(5) : Futex.FUTEX_BITSET_MATCH_ANY;
        return await(task, a.get(0), flags, a.getInt(2), a.get(3) != 0, deadline, bits);
    }

    private static long await(
            Task task, long address, int flags, int value, boolean timed, long deadline, int bits) {
        long time = 0;
        if (timed) {
            time = task.scratch();
            Memory.putLong(time, deadline / Timespec.SECOND);
            Memory.putLong(time + 8, deadline % Timespec.SECOND);
        }
        long word = task.memory().host(address, 4);
        long result = task.blockingCall(
                SyscallNumbers.SYS_futex, word, Futex.FUTEX_WAIT_BITSET | flags, value, time, 0, bits);
        if (result == -Errno.ERESTARTSYS && timed) {
            task.settings().restartBlock((t, a) -> await(t, address, flags, value, true, deadline, bits));
            return -Errno.ERESTART_RESTARTBLOCK;
        }
        return result;
    }

    private static long waitv(Task task, SyscallArguments a) {
        GuestMemory memory = task.memory();
        int count = a.getInt(1);
        int clock = a.getInt(4);
        if (a.getInt(2) != 0 || count <= 0 || count > Futex.FUTEX_WAITV_MAX || a.get(0) == 0) {
            return -Errno.EINVAL;
        }
        long vector = task.scratch();
        long time = 0;
        if (a.get(3) != 0) {
            if (clock != Time.CLOCK_MONOTONIC && clock != Time.CLOCK_REALTIME) {
                return -Errno.EINVAL;
            }
            long deadline = Timespec.read(memory, a.get(3));
            time = vector + (long) WAITV_SIZE * Futex.FUTEX_WAITV_MAX;
            Memory.putLong(time, deadline / Timespec.SECOND);
            Memory.putLong(time + 8, deadline % Timespec.SECOND);
        }
        memory.readTo(a.get(0), vector, (long) WAITV_SIZE * count);
        for (int i = 0; i < count; i++) {
            long address = vector + (long) WAITV_SIZE * i + 8;
            Memory.putLong(address, memory.host(Memory.getLong(address), 4));
        }
        return task.blockingCall(SyscallNumbers.SYS_futex_waitv, vector, count, 0, time, clock, 0);
    }

    private static long setRobustList(Task task, SyscallArguments a) {
        if (a.get(1) != ROBUST_LIST_SIZE) {
            return -Errno.EINVAL;
        }
        task.settings().robustListHead(a.get(0));
        return 0;
    }

    private static long getRobustList(Task task, SyscallArguments a) {
        int tid = a.getInt(0);
        Task other = tid == 0 ? task : task.process().table().task(tid);
        if (other == null) {
            return -Errno.ESRCH;
        }
        if (other.process().credentials().uid() != task.process().credentials().effectiveUid()) {
            return -Errno.EPERM;
        }
        task.memory().writeLong(a.get(2), ROBUST_LIST_SIZE);
        task.memory().writeLong(a.get(1), other.settings().robustListHead());
        return 0;
    }

    /** Guest threads are threads of this host process, so the host's barriers are the guest's. */
    private static long membarrier(Task task, SyscallArguments a) {
        int command = a.getInt(0);
        if (a.getInt(1) != 0) {
            return -Errno.EINVAL;
        }
        ProcessSettings settings = task.process().settings();
        switch (command) {
            case MEMBARRIER_QUERY -> {
                long host = Linux.call(SyscallNumbers.SYS_membarrier, MEMBARRIER_QUERY, 0, 0);
                return host < 0 ? host : host & MEMBARRIERS | MEMBARRIER_GET_REGISTRATIONS;
            }
            case MEMBARRIER_REGISTER_GLOBAL_EXPEDITED, MEMBARRIER_REGISTER_PRIVATE_EXPEDITED -> {
                long result = Linux.call(SyscallNumbers.SYS_membarrier, command, 0, 0);
                if (result == 0) {
                    settings.registerMembarrier(command);
                }
                return result;
            }
            case MEMBARRIER_PRIVATE_EXPEDITED -> {
                return (settings.membarriers() & MEMBARRIER_REGISTER_PRIVATE_EXPEDITED) == 0
                        ? -Errno.EPERM
                        : Linux.call(SyscallNumbers.SYS_membarrier, command, 0, 0);
            }
            case MEMBARRIER_GLOBAL, MEMBARRIER_GLOBAL_EXPEDITED -> {
                return Linux.call(SyscallNumbers.SYS_membarrier, command, 0, 0);
            }
            case MEMBARRIER_GET_REGISTRATIONS -> {
                return settings.membarriers();
            }
            default -> {
                return -Errno.EINVAL;
            }
        }
    }
}
