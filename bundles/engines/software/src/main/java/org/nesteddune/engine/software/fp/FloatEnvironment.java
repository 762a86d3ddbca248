package org.nesteddune.engine.software.fp;

/**
 * How floating-point instructions work, and what they have come upon. Architectures keep such things in control registers of
 * their own; they set this up before an instruction and look at it afterwards. Not thread-safe.
 */
public final class FloatEnvironment {

    public static final int NEAREST_EVEN = 0;
    public static final int TOWARD_ZERO = 1;
    public static final int UP = 2;
    public static final int DOWN = 3;
    /** To the nearest, ties away from zero. */
    public static final int NEAREST_AWAY = 4;

    public static final int INEXACT = 1;
    public static final int UNDERFLOW = 2;
    public static final int OVERFLOW = 4;
    public static final int DIVIDE_BY_ZERO = 8;
    public static final int INVALID = 16;

    /** The rounding mode. */
    public int rounding;

    /** What has happened; instructions only add to it. */
    public int flags;

    /** Whether every result that is a NaN is the default one. */
    public boolean defaultNanOnly;

    /**
     * Whether the highest bit of a NaN's fraction says that it is signaling, as in MIPS before IEEE 754-2008; otherwise it says that it
     * is quiet.
     */
    public boolean signalingBit;

    /** Whether tininess is looked for before rounding rather than after. */
    public boolean tinyBeforeRounding;

    /** Whether a value is a NaN that makes operations invalid. */
    public boolean isSignaling(FloatFormat format, long value) {
        return format.isNan(value) && (value & format.quietBit) != 0 == signalingBit;
    }

    /** The NaN that an invalid operation gives. */
    public long defaultNan(FloatFormat format) {
        return signalingBit ? format.infinity | format.quietBit - 1 : format.infinity | format.quietBit;
    }

    /** The result of an operation of which at least one operand is a NaN; give a value twice where there is only one. */
    public long propagate(FloatFormat format, long a, long b) {
        boolean aSignals = isSignaling(format, a);
        boolean bSignals = isSignaling(format, b);
        if (aSignals || bSignals) {
            flags |= INVALID;
            return signalingBit || defaultNanOnly ? defaultNan(format) : (aSignals ? a : b) | format.quietBit;
        }
        if (defaultNanOnly) {
            return defaultNan(format);
        }
        return format.isNan(a) ? a : b;
    }

    long invalid(FloatFormat format) {
        flags |= INVALID;
        return defaultNan(format);
    }
}
