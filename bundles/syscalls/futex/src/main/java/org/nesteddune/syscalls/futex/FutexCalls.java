package org.nesteddune.syscalls.futex;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Deadline;
import org.nesteddune.kernel.PiFutexes;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Futex;
import org.nesteddune.linux.Time;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/**
 * futex(2). The words lie in memory that the host knows, so the host kernel's own futexes serve guests: private ones by
 * host address, which each guest has for itself, shared ones by the file behind the mapping. Only priority-inheriting
 * locks hold thread ids, which are the guest's: they are carried out by {@link PiFutexes}.
 */
final class FutexCalls {

    private FutexCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full(
                "futex",
                "in:uint uaddr, flags:futex_op op, uint val, hex timeout, addr uaddr2, uint val3",
                FutexCalls::futex);
    }

    private static long futex(Task task, SyscallArguments a) {
        int operation = a.getInt(1);
        int command = operation & Futex.FUTEX_CMD_MASK;
        boolean timed = a.get(3) != 0 && hasTimeout(command);
        long time = timed ? Timespec.read(task.memory(), a.get(3)) : Long.MAX_VALUE;
        boolean byRealTime = (operation & Futex.FUTEX_CLOCK_REALTIME) != 0;
        if (byRealTime
                && command != Futex.FUTEX_WAIT_BITSET
                && command != Futex.FUTEX_WAIT_REQUEUE_PI
                && command != Futex.FUTEX_LOCK_PI2) {
            return -Errno.ENOSYS;
        }
        int value = a.getInt(2);
        boolean isPrivate = (operation & Futex.FUTEX_PRIVATE_FLAG) != 0;
        PiFutexes locks = task.process().table().piFutexes();
        switch (command) {
            case Futex.FUTEX_WAIT -> {
                long deadline = timed ? Timespec.deadlineAfter(time) : 0;
                return await(task, a.get(0), operation, value, timed, deadline, Futex.FUTEX_BITSET_MATCH_ANY);
            }
            case Futex.FUTEX_WAIT_BITSET -> {
                return await(task, a.get(0), operation, value, timed, time, a.getInt(5));
            }
            case Futex.FUTEX_WAKE, Futex.FUTEX_WAKE_BITSET -> {
                long refused = Words.check(task, a.get(0), isPrivate);
                return refused != 0
                        ? refused
                        : Linux.futex(Words.host(task, a.get(0)), operation, value, 0, 0, a.getInt(5));
            }
            case Futex.FUTEX_REQUEUE, Futex.FUTEX_CMP_REQUEUE, Futex.FUTEX_WAKE_OP -> {
                return withTwo(task, a, isPrivate);
            }
            case Futex.FUTEX_LOCK_PI -> {
                return locks.lock(task, a.get(0), isPrivate, deadline(Time.CLOCK_REALTIME, timed, time), false);
            }
            case Futex.FUTEX_LOCK_PI2 -> {
                return locks.lock(task, a.get(0), isPrivate, deadline(clock(byRealTime), timed, time), false);
            }
            case Futex.FUTEX_TRYLOCK_PI -> {
                return locks.lock(task, a.get(0), isPrivate, Deadline.NEVER, true);
            }
            case Futex.FUTEX_UNLOCK_PI -> {
                return locks.unlock(task, a.get(0), isPrivate);
            }
            case Futex.FUTEX_WAIT_REQUEUE_PI -> {
                Deadline end = deadline(clock(byRealTime), timed, time);
                return locks.awaitRequeue(task, a.get(0), isPrivate, value, end, a.get(4));
            }
            case Futex.FUTEX_CMP_REQUEUE_PI -> {
                return locks.requeue(task, a.get(0), isPrivate, value, a.getInt(3), a.get(4), a.getInt(5));
            }
            default -> {
                return -Errno.ENOSYS;
            }
        }
    }

    private static boolean hasTimeout(int command) {
        return switch (command) {
            case Futex.FUTEX_WAIT, Futex.FUTEX_WAIT_BITSET, Futex.FUTEX_LOCK_PI, Futex.FUTEX_LOCK_PI2,
                    Futex.FUTEX_WAIT_REQUEUE_PI -> true;
            default -> false;
        };
    }

    private static int clock(boolean byRealTime) {
        return byRealTime ? Time.CLOCK_REALTIME : Time.CLOCK_MONOTONIC;
    }

    private static Deadline deadline(int clock, boolean timed, long time) {
        return timed ? new Deadline(clock, time) : Deadline.NEVER;
    }

    /** The fourth argument of these is a count, not a time. */
    private static long withTwo(Task task, SyscallArguments a, boolean isPrivate) {
        long refused = Words.check(task, a.get(0), isPrivate);
        if (refused == 0 && a.getInt(1) == Futex.FUTEX_WAKE_OP) {
            refused = Words.check(task, a.get(4), isPrivate);
        }
        return refused != 0
                ? refused
                : Linux.futex(
                        Words.host(task, a.get(0)),
                        a.getInt(1),
                        a.getInt(2),
                        a.getInt(3),
                        Words.host(task, a.get(4)),
                        a.getInt(5));
    }

    /** Both kinds of wait have a deadline, so that an interruption that is nobody's does not lengthen them. */
    private static long await(
            Task task, long address, int operation, int value, boolean timed, long deadline, int bits) {
        long time = 0;
        if (timed) {
            time = task.scratch();
            Memory.putLong(time, deadline / Timespec.SECOND);
            Memory.putLong(time + 8, deadline % Timespec.SECOND);
        }
        int flags = operation & (Futex.FUTEX_PRIVATE_FLAG | Futex.FUTEX_CLOCK_REALTIME);
        long result = task.blockingCall(
                SyscallNumbers.SYS_futex,
                Words.host(task, address),
                Futex.FUTEX_WAIT_BITSET | flags,
                value,
                time,
                0,
                bits);
        if (result == -Errno.ERESTARTSYS && timed) {
            task.settings().restartBlock((t, a) -> await(t, address, operation, value, true, deadline, bits), deadline);
            return -Errno.ERESTART_RESTARTBLOCK;
        }
        return result;
    }
}
