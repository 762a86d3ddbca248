package org.nesteddune.syscalls.time;

import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Process.CpuTimes;
import org.nesteddune.kernel.Task;
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

    /** One of the two fixed ids in place of a made one that means the caller itself; others are not changed. */
    static int fixed(Task task, int clock) {
        if (clock >= 0 || (clock & KIND) == KIND_NONE) {
            return clock;
        }
        int id = ~(clock >> 3);
        if ((clock & PER_THREAD) != 0) {
            return id == 0 || id == task.tid() ? Time.CLOCK_THREAD_CPUTIME_ID : clock;
        }
        return id == 0 || id == task.process().pid() ? Time.CLOCK_PROCESS_CPUTIME_ID : clock;
    }

    private static CpuTimes times(Task task, int clock) {
        int id = ~(clock >> 3);
        if ((clock & KIND) != KIND_NONE) {
            if ((clock & PER_THREAD) != 0) {
                Task other = id == 0 ? task : task.process().table().task(id);
                if (other != null && other.process() == task.process()) {
                    return other.cpuTimes();
                }
            } else {
                Process other = id == 0 ? task.process() : task.process().table().process(id);
                if (other != null) {
                    return other.cpuTimes();
                }
            }
        }
        throw new ErrnoException(Errno.EINVAL);
    }

    private static long all(CpuTimes times) {
        return times.user() + times.system();
    }
}
