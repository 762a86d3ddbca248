package org.nesteddune.kernel;

import java.util.concurrent.Future;
import java.util.function.LongConsumer;

/**
 * A timer of a guest: it runs an action when a clock has reached a time, once or again and again. Thread-safe; the action
 * runs on the {@link TimerThread} without the timer's lock.
 */
public final class GuestTimer {

    /** The shortest time between two looks at the clock, so that no guest can keep the timer thread busy. */
    private static final long SHORTEST_WAIT = 100_000;

    /** A far-away time is approached in steps, for a clock that may be set meanwhile. */
    private static final long LONGEST_WAIT = 60_000_000_000L;

    private final TimerThread thread;
    private final TimerClock clock;
    private final boolean waits;
    private final LongConsumer action;

    private boolean armed;
    private boolean waiting;
    private long deadline;
    private long interval;
    private long generation;
    private Future<?> next;

    /**
     * Makes a timer that is not armed.
     *
     * @param waits whether a timer that has expired waits for {@link #rearm} before it goes on, as those do whose signal has
     *     to be taken first
     * @param action gets the setting's number for {@link #rearm}
     */
    GuestTimer(TimerThread thread, TimerClock clock, boolean waits, LongConsumer action) {
        this.thread = thread;
        this.clock = clock;
        this.waits = waits;
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
    Setting set(long value, long repeat, boolean absolute) {
        Setting old;
        boolean over;
        synchronized (this) {
            old = get();
            cancel();
            interval = value == 0 ? 0 : repeat;
            armed = value != 0;
            long now = armed ? clock.now() : 0;
            deadline = absolute ? value : Timespec.add(now, value);
            over = armed && deadline <= now;
            if (armed && !over) {
                schedule(now);
            }
        }
        if (over) {
            check(); // at once, as in the kernel: the caller sees the signal when its call returns
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

    /** Disarms the timer; what it has done since counts no more. */
    synchronized void cancel() {
        armed = false;
        waiting = false;
        generation++;
        if (next != null) {
            next.cancel(false);
            next = null;
        }
    }

    /**
     * Lets a timer that has expired go on.
     *
     * @param setting what the action got
     * @return how many further times it has expired meanwhile, or −1 if it has been set anew since
     */
    synchronized long rearm(long setting) {
        if (setting != generation) {
            return -1;
        }
        if (!waiting) {
            return 0;
        }
        waiting = false;
        return advance(clock.now());
    }

    /** Whether a setting is still in force. */
    synchronized boolean isCurrent(long setting) {
        return setting == generation;
    }

    private void schedule(long now) {
        long wait = deadline <= now ? 0 : Math.max(clock.timeFor(deadline - now), SHORTEST_WAIT);
        next = thread.after(Math.min(wait, LONGEST_WAIT), this::check);
    }

    /** Goes on to the first expiry that is still to come; gives how many lie between. */
    private long advance(long now) {
        long missed = Math.max(0, (now - deadline) / interval);
        deadline = Timespec.add(deadline, (missed + 1) * interval);
        long wait = Math.max(clock.timeFor(deadline - now), SHORTEST_WAIT);
        next = thread.after(Math.min(wait, LONGEST_WAIT), this::check);
        return missed;
    }

    private void check() {
        long expired;
        synchronized (this) {
            if (!armed || waiting) {
                return;
            }
            long now = clock.now();
            if (now < deadline) {
                schedule(now);
                return;
            }
            next = null;
            if (interval == 0) {
                armed = false;
            } else if (waits) {
                waiting = true;
            } else {
                advance(now);
            }
            expired = generation;
        }
        action.accept(expired);
    }
}
