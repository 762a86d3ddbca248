package org.nesteddune.kernel;

import org.nesteddune.linux.Time;

/** A clock that a timer can follow. Thread-safe. */
public interface TimerClock {

    /** The kernel looks at CPU time once a tick; a millisecond is finer than any tick. */
    long CPU_CLOCK_STEP = 1_000_000;

    /** Now, in nanoseconds. */
    long now();

    /** The nanoseconds that pass at least until the clock has gone on by {@code nanos}. */
    default long timeFor(long nanos) {
        return nanos;
    }

    /** The process whose CPU time it is, if it is that of a whole process; otherwise null. */
    default Process process() {
        return null;
    }

    /** A clock of the host that shows time ({@code linux/time.h}). */
    static TimerClock host(int clock) {
        return clock == Time.CLOCK_MONOTONIC ? System::nanoTime : () -> Timespec.now(clock);
    }

    /**
     * The CPU time of all tasks of a process.
     *
     * @param userOnly whether time in the kernel does not count
     */
    static TimerClock cpu(Process process, boolean userOnly) {
        return new TimerClock() {
            @Override
            public long now() {
                Process.CpuTimes times = process.cpuTimes();
                return userOnly ? times.user() : times.user() + times.system();
            }

            @Override
            public long timeFor(long nanos) {
                return Math.max(CPU_CLOCK_STEP, nanos / Math.max(1, process.tasks().size()));
            }

            @Override
            public Process process() {
                return process;
            }
        };
    }

    /**
     * The CPU time of one task.
     *
     * @param userOnly whether time in the kernel does not count
     */
    static TimerClock cpu(Task task, boolean userOnly) {
        return new TimerClock() {
            @Override
            public long now() {
                Process.CpuTimes times = task.cpuTimes();
                return userOnly ? times.user() : times.user() + times.system();
            }

            @Override
            public long timeFor(long nanos) {
                return Math.max(CPU_CLOCK_STEP, nanos);
            }
        };
    }
}
