package org.nesteddune.syscalls.time;

import org.nesteddune.kernel.Process;
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

    /** CLOCKFD: in these bits it makes an id one of a file that is a clock. */
    private static final int FILE = 3;

    private static final int FILE_MASK = 7;

    private CpuClock() {
    }

    /** Whether a clock id means CPU time; the clock need not be there. */
    static boolean isOne(int clock) {
        return clock < 0
                ? (clock & FILE_MASK) != FILE
                : clock == Time.CLOCK_PROCESS_CPUTIME_ID || clock == Time.CLOCK_THREAD_CPUTIME_ID;
    }

    /** Whether a clock id means the CPU time of a task itself, by which it cannot wait. */
    static boolean isOwn(Task task, int clock) {
        return clock == Time.CLOCK_THREAD_CPUTIME_ID
                || clock < 0 && (clock & PER_THREAD) != 0 && (id(clock) == 0 || id(clock) == task.tid());
    }

    private static int id(int clock) {
        return ~(clock >> 3);
    }

    /**
     * The clock that an id means ({@code pid_for_clock} of kernel/time/posix-cpu-timers.c).
     *
     * @param task who asks, and may name only threads of its own process
     * @param toRead whether it is only to be read; then the task's own tid does for its process, too
     * @throws ErrnoException EINVAL if there is no such process or thread
     */
    static TimerClock find(Task task, int clock, boolean toRead) {
        Process own = task.process();
        if (clock == Time.CLOCK_PROCESS_CPUTIME_ID) {
            return TimerClock.cpu(own, false);
        }
        if (clock == Time.CLOCK_THREAD_CPUTIME_ID) {
            return TimerClock.cpu(task, false);
        }
        boolean userOnly = (clock & KIND) == KIND_USER;
        int id = id(clock);
        if ((clock & KIND) == KIND_NONE) {
            throw new ErrnoException(Errno.EINVAL);
        }
        if ((clock & PER_THREAD) != 0) {
            Task other = id == 0 ? task : own.table().task(id);
            if (other != null && other.process() == own) {
                return TimerClock.cpu(other, userOnly);
            }
        } else {
            boolean isOwn = id == 0 || toRead && id == task.tid();
            Process other = isOwn ? own : own.table().process(id);
            if (other != null) {
                return TimerClock.cpu(other, userOnly);
            }
        }
        throw new ErrnoException(Errno.EINVAL);
    }
}
