package org.nesteddune.kernel;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.linux.Signal;

/**
 * Signals that were sent and not yet taken, of a task or of a whole process ({@code struct sigpending}). A standard signal (1
 * to 31) is pending at most once; real-time signals queue. Thread-safe.
 */
public final class PendingSignals {

    /** SIGILL 4, SIGTRAP 5, SIGBUS 7, SIGFPE 8, SIGSEGV 11, SIGSYS 31 (SYNCHRONOUS_MASK of kernel/signal.c). */
    private static final SignalSet SYNCHRONOUS = SignalSet.of(
            Signal.SIGILL, Signal.SIGTRAP, Signal.SIGBUS, Signal.SIGFPE, Signal.SIGSEGV, Signal.SIGSYS);

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
    private volatile SignalSet set = SignalSet.EMPTY;
    private boolean closed;

    /** A queue without limit that nobody watches. */
    public PendingSignals() {
        this(Quota.NONE);
    }

    /** A queue that nobody watches. */
    public PendingSignals(Quota quota) {
        this(quota, new SignalWatchers(() -> SignalSet.EMPTY));
    }

    /** @param watchers are told of each change */
    public PendingSignals(Quota quota, SignalWatchers watchers) {
        this.quota = quota;
        this.watchers = watchers;
    }

    /** The pending signals as a set. One volatile read. */
    public SignalSet set() {
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
        boolean standard = signal < Signal.SIGRTMIN;
        if (closed || standard && set.has(signal)) {
            return true;
        }
        int user = quota.user();
        if (quota.charge(user, standard && info.code() >= 0)) {
            queue.add(new Entry(signal, info, user, null));
        } else if (!standard && info.code() != Signal.SI_USER && info.code() != Signal.SI_KERNEL) {
            return false;
        }
        arrived(signal);
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
        arrived(source.signal());
    }

    private void arrived(int signal) {
        set = set.with(signal);
        watchers.changed(SignalSet.of(signal));
    }

    /** Takes a signal back. */
    public synchronized void remove(Source source) {
        if (queue.removeIf(entry -> entry.source == source)) {
            if (queue.stream().noneMatch(entry -> entry.signal == source.signal())) {
                set = set.without(source.signal());
                watchers.changed(SignalSet.EMPTY);
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
     * @return the signal, or null if none of the set is pending
     */
    public SignalInfo take(SignalSet wanted) {
        SignalInfo taken = null;
        while (taken == null && set.intersects(wanted)) {
            taken = takeOne(wanted);
        }
        return taken;
    }

    private synchronized SignalInfo takeOne(SignalSet wanted) {
        SignalSet candidates = set.and(wanted);
        if (candidates.isEmpty()) {
            return null;
        }
        int signal = (candidates.intersects(SYNCHRONOUS) ? candidates.and(SYNCHRONOUS) : candidates).first();
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
            set = set.without(signal);
            watchers.changed(SignalSet.EMPTY);
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

    /** What waits, in the order in which it came; a timer's signal as the kernel's own. */
    public synchronized List<SignalInfo> list() {
        List<SignalInfo> all = new ArrayList<>();
        SignalSet rest = set;
        for (Entry entry : queue) {
            all.add(entry.source == null ? entry.info : SignalInfo.kernel(entry.signal));
            rest = rest.without(entry.signal);
        }
        for (int signal = rest.first(); signal != 0; signal = rest.first()) {
            all.add(SignalInfo.from(signal, Signal.SI_USER, 0, 0));
            rest = rest.without(signal);
        }
        return all;
    }

    /** Drops all pending instances of the signals in a set. */
    public synchronized void discard(SignalSet unwanted) {
        if (!set.intersects(unwanted)) {
            return;
        }
        for (Iterator<Entry> all = queue.iterator(); all.hasNext(); ) {
            Entry entry = all.next();
            if (unwanted.has(entry.signal)) {
                all.remove();
                if (entry.source == null) {
                    quota.refund(entry.user);
                } else {
                    entry.source.dropped();
                }
            }
        }
        set = set.andNot(unwanted);
        watchers.changed(SignalSet.EMPTY);
    }

    /** Drops everything, and whatever is sent later. */
    public synchronized void close() {
        closed = true;
        discard(SignalSet.ALL);
    }
}
