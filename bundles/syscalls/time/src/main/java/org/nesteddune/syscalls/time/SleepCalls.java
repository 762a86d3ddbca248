package org.nesteddune.syscalls.time;

import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.TimerClock;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Time;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;
import org.nesteddune.syscall.SyscallHandler;

/** Sleeping, and going on with a sleep that a signal interrupted which no handler took. */
final class SleepCalls {

    private SleepCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full("nanosleep", "in:timespec rqtp, out:timespec? rmtp", SleepCalls::nanosleep)
                .partial(
                        "clock_nanosleep",
                        "clock clockid, flags:timer flags, in:timespec rqtp, out:timespec? rmtp",
                        "a step of the clock during an absolute sleep is not seen",
                        SleepCalls::clockNanosleep)
                .full("restart_syscall", "", SleepCalls::restart);
    }

    private static long nanosleep(Task task, SyscallArguments a) {
        long time = Timespec.read(task.memory(), a.get(0));
        return sleep(task, Timespec.deadlineAfter(time), a.get(1));
    }

    private static long clockNanosleep(Task task, SyscallArguments a) {
        int clock = a.getInt(0);
        switch (clock) {
            case Time.CLOCK_REALTIME, Time.CLOCK_MONOTONIC, Time.CLOCK_BOOTTIME, Time.CLOCK_TAI -> { }
            case Time.CLOCK_REALTIME_ALARM, Time.CLOCK_BOOTTIME_ALARM -> TimerCalls.checkAlarm(task, clock);
            case Time.CLOCK_THREAD_CPUTIME_ID, Time.CLOCK_MONOTONIC_RAW, Time.CLOCK_REALTIME_COARSE,
                    Time.CLOCK_MONOTONIC_COARSE -> {
                return -Errno.EOPNOTSUPP;
            }
            default -> {
                if (CpuClock.isOne(clock)) {
                    return sleepByCpuTime(task, a);
                }
                return clock < 0 ? -Errno.EOPNOTSUPP : -Errno.EINVAL;
            }
        }
        long time = Timespec.read(task.memory(), a.get(2));
        if ((a.getInt(1) & Time.TIMER_ABSTIME) == 0) {
            return sleep(task, Timespec.deadlineAfter(time), a.get(3));
        }
        long deadline = clock == Time.CLOCK_MONOTONIC
                ? time
                : Timespec.deadlineAfter(Math.max(0, time - Timespec.now(clock)));
        // The same arguments mean the same time, so the call can simply be made again.
        return task.sleepUntil(deadline) == 0 ? 0 : -Errno.ERESTARTNOHAND;
    }

    private static long sleep(Task task, long deadline, long remaining) {
        if (task.sleepUntil(deadline) == 0) {
            return 0;
        }
        if (remaining != 0) {
            Timespec.write(task.memory(), remaining, Math.max(0, deadline - System.nanoTime()));
        }
        task.settings().restartBlock((t, a) -> sleep(t, deadline, remaining), deadline);
        return -Errno.ERESTART_RESTARTBLOCK;
    }

    /** CPU time passes at most as fast as all threads can make it, so now and again is often enough to look. */
    private static long sleepByCpuTime(Task task, SyscallArguments a) {
        long time = Timespec.read(task.memory(), a.get(2));
        if (CpuClock.isOwn(task, a.getInt(0))) {
            return -Errno.EINVAL;
        }
        TimerClock clock = CpuClock.find(task, a.getInt(0), false);
        if ((a.getInt(1) & Time.TIMER_ABSTIME) != 0) {
            return sleepUntil(task, clock, time) == 0 ? 0 : -Errno.ERESTARTNOHAND;
        }
        return sleep(task, clock, Timespec.add(clock.now(), time), a.get(3));
    }

    private static long sleep(Task task, TimerClock clock, long end, long remaining) {
        if (sleepUntil(task, clock, end) == 0) {
            return 0;
        }
        if (remaining != 0) {
            Timespec.write(task.memory(), remaining, Math.max(0, end - clock.now()));
        }
        task.settings().restartBlock((t, a) -> sleep(t, clock, end, remaining));
        return -Errno.ERESTART_RESTARTBLOCK;
    }

    private static long sleepUntil(Task task, TimerClock clock, long end) {
        for (; ; ) {
            long left = end - clock.now();
            if (left <= 0) {
                return 0;
            }
            long result = task.sleepUntil(Timespec.deadlineAfter(clock.timeFor(left)));
            if (result != 0) {
                return result;
            }
        }
    }

    private static long restart(Task task, SyscallArguments a) {
        SyscallHandler block = task.settings().restartBlock();
        if (block == null) {
            return -Errno.EINTR;
        }
        task.settings().restartBlock(null);
        return block.handle(task, a);
    }
}
