package org.nesteddune.kernel;

import java.util.ArrayDeque;
import java.util.Iterator;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.linux.Signal;

/**
 * Signals that were sent and not yet taken, of a task or of a whole process ({@code struct sigpending}). A standard signal (1
 * to 31) is pending at most once; real-time signals queue. Thread-safe.
 */
public final class PendingSignals {

    /** SIGILL 4, SIGTRAP 5, SIGBUS 7, SIGFPE 8, SIGSEGV 11, SIGSYS 31 (SYNCHRONOUS_MASK of kernel/signal.c). */
    private static final long SYNCHRONOUS = Signal.bit(Signal.SIGILL)
            | Signal.bit(Signal.SIGTRAP)
            | Signal.bit(Signal.SIGBUS)
            | Signal.bit(Signal.SIGFPE)
            | Signal.bit(Signal.SIGSEGV)
            | Signal.bit(Signal.SIGSYS);

    /** Counts the signals that wait, for all processes of a user together; see {@link SignalQueues}. */
    public interface Quota {

        /** No limit but that of the memory. */
        Quota NONE = new SignalQueues().quota(() -> 0, () -> Limits.INFINITY);

        /** The user who pays at present. */
        int user();

        /**
         * Takes a place in the user's queues.
         *
         * @param anyhow whether it is given beyond the limit as well
         * @return whether there was one
         */
        boolean charge(int user, boolean anyhow);

        /** Gives a place back. */
        void refund(int user);
    }

    /**
     * A signal whose particulars are settled only when it is taken: a timer's, which counts how often it has expired
     * meanwhile. It is in at most one queue, once, and has its place in the quota by itself.
     */
    public interface Source {

        /** Generic signal number. */
        int signal();

        /** The signal as it is now, or null if it counts no more; called with the queue's lock. */
        SignalInfo take();

        /** It has been dropped because the process ignores it now; called with the queue's lock. */
        default void dropped() {}
    }

    /** Either {@code info} or {@code source} is null. */
    private record Entry(int signal, SignalInfo info, int user, Source source) {}

    private final ArrayDeque<Entry> queue = new ArrayDeque<>();
    private final Quota quota;
    private final SignalWatchers watchers;
    private volatile long set;
    private boolean closed;

    /** A queue without limit that nobody watches. */
    public PendingSignals() {
        this(Quota.NONE);
    }

    /** A queue that nobody watches. */
    public PendingSignals(Quota quota) {
        this(quota, new SignalWatchers(() -> 0));
    }

    /** @param watchers are told of each change */
    public PendingSignals(Quota quota, SignalWatchers watchers) {
        this.quota = quota;
        this.watchers = watchers;
    }

    /** The pending signals as a set: bit n−1 is signal n. One volatile read. */
    public long set() {
        return set;
    }

    /**
     * Adds a signal ({@code __send_signal_locked}). A standard one that is pending already counts once. Where the queue is full, one
     * that the kernel or {@code kill} sends is pending without its particulars; a real-time signal that has more to say
     * is refused.
     *
     * @return false if it was refused
     */
    public synchronized boolean add(SignalInfo info) {
        int signal = info.signal();
        long bit = Signal.bit(signal);
        boolean standard = signal < Signal.SIGRTMIN;
        if (closed || standard && (set & bit) != 0) {
            return true;
        }
        int user = quota.user();
        if (quota.charge(user, standard && info.code() >= 0)) {
            queue.add(new Entry(signal, info, user, null));
        } else if (!standard && info.code() != Signal.SI_USER && info.code() != Signal.SI_KERNEL) {
            return false;
        }
        set |= bit;
        watchers.changed(bit);
        return true;
    }

    /** Adds a signal, unless it waits here already. */
    public synchronized void add(Source source) {
        if (closed) {
            return;
        }
        for (Entry entry : queue) {
            if (entry.source == source) {
                return;
            }
        }
        queue.add(new Entry(source.signal(), null, 0, source));
        set |= Signal.bit(source.signal());
        watchers.changed(Signal.bit(source.signal()));
    }

    /** Takes a signal back. */
    public synchronized void remove(Source source) {
        if (queue.removeIf(entry -> entry.source == source)) {
            long bit = Signal.bit(source.signal());
            if (queue.stream().noneMatch(entry -> entry.signal == source.signal())) {
                set &= ~bit;
                watchers.changed(0);
            }
        }
    }

    /** How many signals wait with their particulars. */
    public synchronized int count() {
        return queue.size();
    }

    /**
     * Takes the next signal of a set, lowest number first as Linux does (with the CPU's own faults before all others).
     *
     * @param wanted bit n−1 is signal n
     * @return the signal, or null if none of the set is pending
     */
    public SignalInfo take(long wanted) {
        SignalInfo taken = null;
        while (taken == null && (set & wanted) != 0) {
            taken = takeOne(wanted);
        }
        return taken;
    }

    private synchronized SignalInfo takeOne(long wanted) {
        long candidates = set & wanted;
        if (candidates == 0) {
            return null;
        }
        long synchronous = candidates & SYNCHRONOUS;
        int signal = Long.numberOfTrailingZeros(synchronous != 0 ? synchronous : candidates) + 1;
        Entry taken = null;
        boolean more = false;
        for (Iterator<Entry> all = queue.iterator(); all.hasNext() && !more; ) {
            Entry entry = all.next();
            if (entry.signal == signal) {
                if (taken != null) {
                    more = true;
                } else {
                    taken = entry;
                    all.remove();
                }
            }
        }
        if (!more) {
            set &= ~Signal.bit(signal);
            watchers.changed(0);
        }
        if (taken == null) {
            // It came when the queue was full: collect_signal of the kernel says as much.
            return SignalInfo.from(signal, Signal.SI_USER, 0, 0);
        }
        if (taken.source != null) {
            return taken.source.take();
        }
        quota.refund(taken.user);
        return taken.info;
    }

    /** Drops all pending instances of the signals in a set. */
    public synchronized void discard(long unwanted) {
        if ((set & unwanted) == 0) {
            return;
        }
        for (Iterator<Entry> all = queue.iterator(); all.hasNext(); ) {
            Entry entry = all.next();
            if ((unwanted & Signal.bit(entry.signal)) != 0) {
                all.remove();
                if (entry.source == null) {
                    quota.refund(entry.user);
                } else {
                    entry.source.dropped();
                }
            }
        }
        set &= ~unwanted;
        watchers.changed(0);
    }

    /** Drops everything, and whatever is sent later. */
    public synchronized void close() {
        closed = true;
        discard(-1L);
    }
}
