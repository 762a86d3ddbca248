package org.nesteddune.kernel;

import org.nesteddune.linux.Time;

/**
 * A time by a clock until which something waits in the JVM. Immutable.
 *
 * @param clock {@code CLOCK_MONOTONIC}, or another clock of the host, which may be set meanwhile
 * @param time nanoseconds; {@link Long#MAX_VALUE} for no end
 */
public record Deadline(int clock, long time) {

    /** No end. */
    public static final Deadline NEVER = new Deadline(Time.CLOCK_MONOTONIC, Long.MAX_VALUE);

    /** By a clock that may be set, a far-away time is approached in steps. */
    private static final long LONGEST_WAIT = 10 * Timespec.SECOND;

    /** Whether the time has come. */
    public boolean hasPassed() {
        return time != Long.MAX_VALUE && time <= now();
    }

    /** The CLOCK_MONOTONIC time in nanoseconds at which to look at {@link #hasPassed()} again. */
    public long next() {
        if (time == Long.MAX_VALUE || clock == Time.CLOCK_MONOTONIC) {
            return time;
        }
        return Timespec.deadlineAfter(Math.max(0, Math.min(time - now(), LONGEST_WAIT)));
    }

    private long now() {
        return clock == Time.CLOCK_MONOTONIC ? System.nanoTime() : Timespec.now(clock);
    }
}
