package org.nesteddune.arch;

import org.nesteddune.linux.Signal;

/**
 * A set of signals 1 to 128, as many as the architecture with the most of them has. Immutable.
 *
 * @param low bit n−1 is signal n, up to 64
 * @param high bit n−65 is signal n, from 65 on
 */
public record SignalSet(long low, long high) {

    /** The greatest number that a signal can have. */
    public static final int LAST = Signal.MIPS_NSIG;

    /** No signal. */
    public static final SignalSet EMPTY = new SignalSet(0, 0);

    /** Every signal. */
    public static final SignalSet ALL = new SignalSet(-1, -1);

    /** Signals that can be neither blocked nor caught. */
    public static final SignalSet UNSTOPPABLE = of(Signal.SIGKILL, Signal.SIGSTOP);

    /** The set of these signals. */
    public static SignalSet of(int... signals) {
        SignalSet set = EMPTY;
        for (int signal : signals) {
            set = set.with(signal);
        }
        return set;
    }

    /** The set of one signal. */
    public static SignalSet of(int signal) {
        return signal <= Long.SIZE ? new SignalSet(1L << signal - 1, 0) : new SignalSet(0, 1L << signal - 1);
    }

    /** Whether a signal is in it. */
    public boolean has(int signal) {
        return ((signal <= Long.SIZE ? low : high) >>> signal - 1 & 1) != 0;
    }

    public boolean isEmpty() {
        return (low | high) == 0;
    }

    /** Whether some signal is in both. */
    public boolean intersects(SignalSet other) {
        return (low & other.low | high & other.high) != 0;
    }

    /** Whether some signal in it is not in the other. */
    public boolean exceeds(SignalSet other) {
        return (low & ~other.low | high & ~other.high) != 0;
    }

    /** How many there are. */
    public int count() {
        return Long.bitCount(low) + Long.bitCount(high);
    }

    /** The least number in it; 0 if it is empty. */
    public int first() {
        if (low != 0) {
            return Long.numberOfTrailingZeros(low) + 1;
        }
        return high == 0 ? 0 : Long.numberOfTrailingZeros(high) + Long.SIZE + 1;
    }

    /** This and another signal. */
    public SignalSet with(int signal) {
        return has(signal) ? this : or(of(signal));
    }

    /** This without a signal. */
    public SignalSet without(int signal) {
        return has(signal) ? andNot(of(signal)) : this;
    }

    public SignalSet or(SignalSet other) {
        return new SignalSet(low | other.low, high | other.high);
    }

    public SignalSet and(SignalSet other) {
        return new SignalSet(low & other.low, high & other.high);
    }

    public SignalSet andNot(SignalSet other) {
        return new SignalSet(low & ~other.low, high & ~other.high);
    }

    /** All that are not in it. */
    public SignalSet not() {
        return new SignalSet(~low, ~high);
    }

    /**
     * As {@code /proc} shows a set: hexadecimal digits, the greatest signals first.
     *
     * @param size bytes of the set, 8 or 16
     */
    public String hex(int size) {
        return size > Long.BYTES ? String.format("%016x%016x", high, low) : String.format("%016x", low);
    }
}
