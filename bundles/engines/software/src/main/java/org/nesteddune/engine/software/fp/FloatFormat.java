package org.nesteddune.engine.software.fp;

/** A binary format of IEEE 754. Values are bit patterns in the lower bits of a long, the upper ones 0. */
public enum FloatFormat {
    BINARY16(5, 10),
    BINARY32(8, 23),
    BINARY64(11, 52);

    final int exponentBits;
    final int fractionBits;
    final int bias;
    final int maximumExponent;
    final long fractionMask;
    final long signBit;
    final long infinity;
    final long quietBit;

    FloatFormat(int exponentBits, int fractionBits) {
        this.exponentBits = exponentBits;
        this.fractionBits = fractionBits;
        bias = (1 << exponentBits - 1) - 1;
        maximumExponent = (1 << exponentBits) - 1;
        fractionMask = (1L << fractionBits) - 1;
        signBit = 1L << exponentBits + fractionBits;
        infinity = (long) maximumExponent << fractionBits;
        quietBit = 1L << fractionBits - 1;
    }

    /** The sign bit. */
    public long signBit() {
        return signBit;
    }

    /** Positive infinity. */
    public long infinity() {
        return infinity;
    }

    /** Whether a value is a NaN of either kind. */
    public boolean isNan(long value) {
        return (value & ~signBit) > infinity;
    }

    /** How many bits the fraction has. */
    public int fractionBits() {
        return fractionBits;
    }

    /** The bit of a NaN's fraction that tells quiet ones from signaling ones. */
    public long quietBit() {
        return quietBit;
    }

    /** Whether a value is an infinity. */
    public boolean isInfinite(long value) {
        return (value & ~signBit) == infinity;
    }

    /** Whether a value is a zero. */
    public boolean isZero(long value) {
        return (value & ~signBit) == 0;
    }

    int exponent(long value) {
        return (int) (value >>> fractionBits) & maximumExponent;
    }

    /** The greatest finite value. */
    long largest() {
        return infinity - 1;
    }
}
