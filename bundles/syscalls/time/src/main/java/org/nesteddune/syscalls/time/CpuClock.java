package org.nesteddune.syscalls.time;

import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Process.CpuTimes;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.TimerClock;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Time;
import org.nesteddune.syscall.ErrnoException;

/**
 * Clock ids that mean CPU time. Besides the two fixed ones there are those that {@code clock_getcpuclockid} makes:
 * {@code ~id << 3}, with bit 2 set for a thread and below it what is counted ({@code linux/posix-timers.h}).
 */
final class CpuClock {

    private static final int KIND = 3;
    private static final int KIND_USER = 1;
    private static final int KIND_NONE = 3;
    private static final int PER_THREAD = 4;

    private CpuClock() {
    }

    /** Whether a clock id means CPU time. */
    static boolean isOne(int clock) {
        return clock < 0 || clock == Time.CLOCK_PROCESS_CPUTIME_ID || clock == Time.CLOCK_THREAD_CPUTIME_ID;
    }

    /**
     * Nanoseconds on a CPU-time clock.
     *
     * @throws ErrnoException EINVAL if there is no such process or thread
     */
    static long now(Task task, int clock) {
        return switch (clock) {
            case Time.CLOCK_PROCESS_CPUTIME_ID -> all(task.process().cpuTimes());
            case Time.CLOCK_THREAD_CPUTIME_ID -> all(task.cpuTimes());
            default -> {
                CpuTimes times = times(task, clock);
                yield (clock & KIND) == KIND_USER ? times.user() : all(times);
            }
        };
    }

    /**
     * A CPU-time clock for a timer.
     *
     * @throws ErrnoException EINVAL if there is no such process or thread
     */
    static TimerClock timerClock(Task task, int clock) {
        return switch (clock) {
            case Time.CLOCK_PROCESS_CPUTIME_ID -> TimerClock.cpu(task.process(), false);
            case Time.CLOCK_THREAD_CPUTIME_ID -> TimerClock.cpu(task, false);
            default -> {
                boolean userOnly = (clock & KIND) == KIND_USER;
                yield (clock & PER_THREAD) != 0
                        ? TimerClock.cpu(thread(task, clock), userOnly)
                        : TimerClock.cpu(process(task, clock), userOnly);
            }
        };
    }

    private static CpuTimes times(Task task, int clock) {
        return (clock & PER_THREAD) != 0 ? thread(task, clock).cpuTimes() : process(task, clock).cpuTimes();
    }

    private static Task thread(Task task, int clock) {
        int id = ~(clock >> 3);
        Task other = id == 0 ? task : task.process().table().task(id);
        if ((clock & KIND) == KIND_NONE || other == null || other.process() != task.process()) {
            throw new ErrnoException(Errno.EINVAL);
        }
        return other;
    }

    private static Process process(Task task, int clock) {
        int id = ~(clock >> 3);
        Process other = id == 0 ? task.process() : task.process().table().process(id);
        if ((clock & KIND) == KIND_NONE || other == null) {
            throw new ErrnoException(Errno.EINVAL);
        }
        return other;
    }

    private static long all(CpuTimes times) {
        return times.user() + times.system();
    }
}
