package org.nesteddune.kernel;

import java.util.function.Supplier;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.linux.Signal;

/**
 * One timer of {@code timer_create}. While its signal waits to be taken it does not go on; how often it would have expired
 * meanwhile is counted when the signal is taken ({@code kernel/time/posix-timers.c}). Thread-safe.
 */
final class PosixTimer implements PendingSignals.Source {

    private final int id;
    private final int signal;
    private final long value;
    private final Process process;
    private final Task target;
    private final Supplier<Task> preferred;
    private final GuestTimer timer;
    private volatile long sent;
    private volatile boolean dropped;
    private volatile int overrun;

    /**
     * Makes a timer that is not armed.
     *
     * @param signal generic number; 0 for none
     * @param value {@code si_value}
     * @param target the task that gets the signal, or null for the process
     * @param preferred which task of the process gets it if it can
     */
    PosixTimer(
            int id,
            TimerThread thread,
            TimerClock clock,
            int signal,
            long value,
            Process process,
            Task target,
            Supplier<Task> preferred) {
        this.id = id;
        this.signal = signal;
        this.value = value;
        this.process = process;
        this.target = target;
        this.preferred = preferred;
        timer = new GuestTimer(thread, clock, signal != 0, this::expired);
    }

    GuestTimer.Setting set(long time, long interval, boolean absolute) {
        withdraw();
        dropped = false;
        overrun = 0;
        // One that is sent in between counts no more when it is taken.
        return timer.set(time, interval, absolute);
    }

    GuestTimer.Setting get() {
        return timer.get();
    }

    /** How many expiries the last signal stood for beyond the first. */
    int overrun() {
        return overrun;
    }

    /** Disarms it for good, and takes back a signal that waits. */
    void delete() {
        timer.cancel();
        withdraw();
    }

    private void withdraw() {
        if (signal != 0) {
            (target == null ? process.pendingSignals() : target.pendingSignals()).remove(this);
        }
    }

    private void expired(long setting) {
        if (signal == 0) {
            return;
        }
        sent = setting;
        boolean counts = target == null ? process.signal(this, preferred.get()) : target.signal(this);
        dropped = !counts && timer.get().interval() != 0;
    }

    /** The signal is ignored no more: what an ignored signal of a repeating timer has missed comes now. */
    void unignored(int number) {
        if (number == signal && dropped) {
            dropped = false;
            expired(sent);
        }
    }

    @Override
    public int signal() {
        return signal;
    }

    @Override
    public SignalInfo take() {
        long more = timer.rearm(sent);
        if (more < 0) {
            return null;
        }
        overrun = (int) Math.min(more, Integer.MAX_VALUE);
        long both = (long) id << 32 | overrun;
        return new SignalInfo(signal, Signal.SI_TIMER, 0, 0, value, both, 0, 0);
    }

    @Override
    public void dropped() {
        dropped = timer.get().interval() != 0;
    }
}
