package org.nesteddune.syscalls.futex;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Futex;
import org.nesteddune.linux.Time;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** {@code futex_waitv} and the calls that do one thing of futex(2) each: they are the host's, if it has them. */
final class Futex2Calls {

    // struct futex_waitv of linux/futex.h: val, uaddr, flags, __reserved
    private static final int WAITV_SIZE = 24;
    private static final int WAITV_ADDRESS = 8;
    private static final int WAITV_FLAGS = 16;

    /** The two words of {@code futex_requeue}. */
    private static final int PAIR = 2;

    private Futex2Calls() {
    }

    static void addTo(Syscall.Table table) {
        table.full(
                        "futex_waitv",
                        "in:futex_waitv[nr_futexes] waiters, uint nr_futexes, uint flags, in:timespec? timeout, "
                                + "clock clockid",
                        Futex2Calls::waitv)
                .full("futex_wake", "in:uint uaddr, hex mask, int nr, hex flags", Futex2Calls::wake)
                .full(
                        "futex_wait",
                        "in:uint uaddr, ulong val, hex mask, hex flags, in:timespec? timeout, clock clockid",
                        Futex2Calls::await)
                .full(
                        "futex_requeue",
                        "in:futex_waitv[2] waiters, uint flags, int nr_wake, int nr_requeue",
                        Futex2Calls::requeue);
    }

    /**
     * Reads an absolute time to host memory.
     *
     * @return where it is; 0 if there is none, −EINVAL for a clock by which nobody can wait
     */
    private static long timeout(Task task, long address, int clock, long copy) {
        if (address == 0) {
            return 0;
        }
        if (clock != Time.CLOCK_MONOTONIC && clock != Time.CLOCK_REALTIME) {
            return -Errno.EINVAL;
        }
        long deadline = Timespec.read(task.memory(), address);
        Memory.putLong(copy, deadline / Timespec.SECOND);
        Memory.putLong(copy + 8, deadline % Timespec.SECOND);
        return copy;
    }

    /** Copies a vector to host memory, with host addresses. */
    private static void copyVector(Task task, long address, long copy, int count) {
        task.memory().readTo(address, copy, (long) WAITV_SIZE * count);
        for (int i = 0; i < count; i++) {
            long entry = copy + (long) WAITV_SIZE * i;
            int flags = Memory.getInt(entry + WAITV_FLAGS);
            long word = Memory.getLong(entry + WAITV_ADDRESS);
            Memory.putLong(entry + WAITV_ADDRESS, Words.host2(task, word, flags));
        }
    }

    private static long waitv(Task task, SyscallArguments a) {
        int count = a.getInt(1);
        if (a.getInt(2) != 0 || count <= 0 || count > Futex.FUTEX_WAITV_MAX || a.get(0) == 0) {
            return -Errno.EINVAL;
        }
        long vector = task.scratch();
        int clock = a.getInt(4);
        long time = timeout(task, a.get(3), clock, vector + (long) WAITV_SIZE * Futex.FUTEX_WAITV_MAX);
        if (time < 0) {
            return time;
        }
        copyVector(task, a.get(0), vector, count);
        return task.blockingCall(SyscallNumbers.SYS_futex_waitv, vector, count, 0, time, clock, 0);
    }

    private static long wake(Task task, SyscallArguments a) {
        int flags = a.getInt(3);
        long refused = Words.check(task, a.get(0), (flags & Futex.FUTEX2_PRIVATE) != 0);
        return refused != 0
                ? refused
                : Linux.call(
                        SyscallNumbers.SYS_futex_wake,
                        Words.host2(task, a.get(0), flags),
                        a.get(1),
                        a.getInt(2),
                        Integer.toUnsignedLong(flags));
    }

    private static long await(Task task, SyscallArguments a) {
        int flags = a.getInt(3);
        int clock = a.getInt(5);
        // Before the time, as the kernel does it.
        int others = Futex.FUTEX2_NUMA | Futex.FUTEX2_MPOL | Futex.FUTEX2_PRIVATE;
        if ((flags & ~others) != Futex.FUTEX2_SIZE_U32 || (a.get(1) | a.get(2)) >>> Integer.SIZE != 0) {
            return -Errno.EINVAL;
        }
        long time = timeout(task, a.get(4), clock, task.scratch());
        if (time < 0) {
            return time;
        }
        return task.blockingCall(
                SyscallNumbers.SYS_futex_wait,
                Words.host2(task, a.get(0), flags),
                a.get(1),
                a.get(2),
                Integer.toUnsignedLong(flags),
                time,
                clock);
    }

    private static long requeue(Task task, SyscallArguments a) {
        GuestMemory memory = task.memory();
        if (a.getInt(1) != 0 || a.get(0) == 0) {
            return -Errno.EINVAL;
        }
        for (int i = 0; i < PAIR; i++) {
            long entry = a.get(0) + (long) WAITV_SIZE * i;
            boolean isPrivate = (memory.readInt(entry + WAITV_FLAGS) & Futex.FUTEX2_PRIVATE) != 0;
            long refused = Words.check(task, memory.readLong(entry + WAITV_ADDRESS), isPrivate);
            if (refused != 0) {
                return refused;
            }
        }
        copyVector(task, a.get(0), task.scratch(), PAIR);
        return Linux.call(SyscallNumbers.SYS_futex_requeue, task.scratch(), 0, a.getInt(2), a.getInt(3));
    }
}
