package org.nesteddune.kernel;

import java.util.concurrent.Future;
import java.util.function.LongConsumer;

/**
 * A timer of a guest: it runs an action when a clock has reached a time, once or again and again. Thread-safe; the action
 * runs on the {@link TimerThread} without the timer's lock.
 */
public final class GuestTimer {

    /** A clock that a timer can follow. */
    interface Clock {

        /** Now, in nanoseconds. */
        long now();

        /** The nanoseconds that pass at least until the clock has gone on by {@code nanos}. */
        default long timeFor(long nanos) {
            return nanos;
        }
    }

    /** The shortest time between two looks at the clock, so that no guest can keep the timer thread busy. */
    private static final long SHORTEST_WAIT = 100_000;

    /** A far-away time is approached in steps, for a clock that may be set meanwhile. */
    private static final long LONGEST_WAIT = 60_000_000_000L;

    private final TimerThread thread;
    private final Clock clock;
    private final LongConsumer action;

    private boolean armed;
    private long deadline;
    private long interval;
    private Future<?> next;

    /** @param action gets how many times the timer has expired since the last time */
    GuestTimer(TimerThread thread, Clock clock, LongConsumer action) {
        this.thread = thread;
        this.clock = clock;
        this.action = action;
    }

    /**
     * What is left of a timer.
     *
     * @param value nanoseconds until it expires; 0 if it is not armed
     * @param interval nanoseconds between later expiries; 0 for none
     */
    public record Setting(long value, long interval) {
        static final Setting DISARMED = new Setting(0, 0);
    }

    /**
     * Sets the timer.
     *
     * @param value nanoseconds from now, or the clock's time if {@code absolute}; 0 disarms it
     * @param repeat nanoseconds between later expiries; 0 for one expiry
     * @return what it was before
     */
    synchronized Setting set(long value, long repeat, boolean absolute) {
        Setting old = get();
        cancel();
        interval = value == 0 ? 0 : repeat;
        if (value != 0) {
            deadline = absolute ? value : Timespec.add(clock.now(), value);
            armed = true;
            schedule(clock.now());
        }
        return old;
    }

    /** What is left; an armed timer that is about to expire has at least one nanosecond left. */
    synchronized Setting get() {
        if (!armed) {
            return new Setting(0, interval);
        }
        long left = deadline - clock.now();
        if (left <= 0 && interval > 0) {
            left = interval - (-left % interval);
        }
        return new Setting(Math.max(left, 1), interval);
    }

    /** Disarms the timer. */
    synchronized void cancel() {
        armed = false;
        if (next != null) {
            next.cancel(false);
            next = null;
        }
    }

    private void schedule(long now) {
        long wait = deadline <= now ? 0 : Math.max(clock.timeFor(deadline - now), SHORTEST_WAIT);
        next = thread.after(Math.min(wait, LONGEST_WAIT), this::check);
    }

    private void check() {
        long expiries;
        synchronized (this) {
            if (!armed) {
                return;
            }
            long now = clock.now();
            if (now < deadline) {
                schedule(now);
                return;
            }
            if (interval > 0) {
                expiries = (now - deadline) / interval + 1;
                deadline = Timespec.add(deadline, expiries * interval);
                next = thread.after(
                        Math.min(Math.max(clock.timeFor(deadline - now), SHORTEST_WAIT), LONGEST_WAIT), this::check);
            } else {
                expiries = 1;
                armed = false;
                next = null;
            }
        }
        action.accept(expiries);
    }
}
