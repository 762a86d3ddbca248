package org.nesteddune.kernel;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.nesteddune.arch.SignalInfo;

/**
 * Signals that were sent and not yet taken, of a task or of a whole process. A standard signal (1 to 31) is pending at
 * most once; real-time signals queue. Thread-safe.
 */
public final class PendingSignals {

    private static final int FIRST_REAL_TIME = 32;

    /**
     * How many signals may wait at most, whatever RLIMIT_SIGPENDING says. Behind it a real-time signal is pending once,
     * like a standard one.
     */
    public static final int GREATEST_COUNT = 32_768;

    private final ArrayDeque<SignalInfo> queue = new ArrayDeque<>();
    private volatile long set;

    /** The pending signals as a set: bit n−1 is signal n. One volatile read. */
    public long set() {
        return set;
    }

    /** Adds a signal; false if it was pending already and counts once. */
    public synchronized boolean add(SignalInfo info) {
        long bit = 1L << (info.signal() - 1);
        boolean once = info.signal() < FIRST_REAL_TIME || queue.size() >= GREATEST_COUNT;
        if (once && (set & bit) != 0) {
            return false;
        }
        queue.add(info);
        set |= bit;
        return true;
    }

    /** How many signals wait. */
    public synchronized int count() {
        return queue.size();
    }

    /**
     * Puts another in the place of the first waiting signal that fits.
     *
     * @return false if none fits
     */
    public synchronized boolean replace(Predicate<SignalInfo> which, UnaryOperator<SignalInfo> change) {
        if (queue.stream().noneMatch(which)) {
            return false;
        }
        ArrayDeque<SignalInfo> all = new ArrayDeque<>(queue);
        queue.clear();
        boolean done = false;
        for (SignalInfo info : all) {
            boolean fits = !done && which.test(info);
            queue.add(fits ? change.apply(info) : info);
            done |= fits;
        }
        return true;
    }

    /**
     * Takes the next signal of a set, lowest number first as Linux does (with the CPU's own faults before all others).
     *
     * @param wanted bit n−1 is signal n
     * @return the signal, or null if none of the set is pending
     */
    public synchronized SignalInfo take(long wanted) {
        long candidates = set & wanted;
        if (candidates == 0) {
            return null;
        }
        long synchronous = candidates & SYNCHRONOUS;
        int signal = Long.numberOfTrailingZeros(synchronous != 0 ? synchronous : candidates) + 1;
        SignalInfo taken = null;
        boolean more = false;
        for (Iterator<SignalInfo> all = queue.iterator(); all.hasNext(); ) {
            SignalInfo info = all.next();
            if (info.signal() == signal) {
                if (taken != null) {
                    more = true;
                    break;
                }
                taken = info;
                all.remove();
            }
        }
        if (!more) {
            set &= ~(1L << (signal - 1));
        }
        return taken;
    }

    /** Drops all pending instances of the signals in a set. */
    public synchronized void discard(long unwanted) {
        queue.removeIf(info -> (unwanted >>> (info.signal() - 1) & 1) != 0);
        set &= ~unwanted;
    }

    /** SIGILL 4, SIGTRAP 5, SIGBUS 7, SIGFPE 8, SIGSEGV 11, SIGSYS 31 (SYNCHRONOUS_MASK of kernel/signal.c). */
    private static final long SYNCHRONOUS = bit(4) | bit(5) | bit(7) | bit(8) | bit(11) | bit(31);

    private static long bit(int signal) {
        return 1L << (signal - 1);
    }
}
