package org.nesteddune.engine.software.fp;

import java.math.BigInteger;

/** Operations that only some architectures have, on bit patterns as in {@link SoftFloat}. Stateless. */
public final class MoreSoftFloat {

    private static final int TOP = SoftFloat.TOP;

    private MoreSoftFloat() {
    }

    /** a × b + c with one rounding; none of them is a NaN. */
    public static long multiplyAdd(FloatFormat f, long a, long b, long c, FloatEnvironment e) {
        boolean sign = ((a ^ b) & f.signBit) != 0;
        if (f.isInfinite(a) || f.isInfinite(b)) {
            if (f.isZero(a) || f.isZero(b)) {
                return e.invalid(f);
            }
            long product = SoftFloat.signed(f, sign, f.infinity);
            return f.isInfinite(c) && c != product ? e.invalid(f) : product;
        }
        if (f.isInfinite(c)) {
            return c;
        }
        if (f.isZero(a) || f.isZero(b)) {
            return SoftFloat.add(f, SoftFloat.signed(f, sign, 0), c, e);
        }
        if (f.isZero(c)) {
            return SoftFloat.multiply(f, a, b, e);
        }
        // Exactly, in integers: the least unit of both is 2^unit.
        int productUnit = SoftFloat.exponent(f, a) + SoftFloat.exponent(f, b) - 2 * TOP;
        int addendUnit = SoftFloat.exponent(f, c) - TOP;
        int unit = Math.min(productUnit, addendUnit);
        BigInteger product = BigInteger.valueOf(SoftFloat.significand(f, a))
                .multiply(BigInteger.valueOf(SoftFloat.significand(f, b)))
                .shiftLeft(productUnit - unit);
        BigInteger addend = BigInteger.valueOf(SoftFloat.significand(f, c)).shiftLeft(addendUnit - unit);
        BigInteger sum = (sign ? product.negate() : product).add((c & f.signBit) != 0 ? addend.negate() : addend);
        if (sum.signum() == 0) {
            return e.rounding == FloatEnvironment.DOWN ? f.signBit : 0;
        }
        BigInteger magnitude = sum.abs();
        int length = magnitude.bitLength();
        int excess = length - (TOP + 1);
        long significand;
        if (excess > 0) {
            significand = magnitude.shiftRight(excess).longValue() | (magnitude.getLowestSetBit() < excess ? 1 : 0);
        } else {
            significand = magnitude.longValue() << -excess;
        }
        return SoftFloat.normalizeAndRound(f, sum.signum() < 0, unit + length - 1, significand, e);
    }

    /** a × 2^n. */
    public static long scale(FloatFormat f, long a, int n, FloatEnvironment e) {
        if (f.isNan(a)) {
            return e.propagate(f, a, a);
        }
        if (f.isInfinite(a) || f.isZero(a)) {
            return a;
        }
        return SoftFloat.normalizeAndRound(
                f, (a & f.signBit) != 0, SoftFloat.exponent(f, a) + n, SoftFloat.significand(f, a), e);
    }

    /** The exponent of a as a number of the format: the greatest integer that is not above log₂ a. */
    public static long exponent(FloatFormat f, long a, FloatEnvironment e) {
        if (f.isNan(a)) {
            return e.propagate(f, a, a);
        }
        if (f.isZero(a)) {
            e.flags |= FloatEnvironment.DIVIDE_BY_ZERO;
            return f.signBit | f.infinity;
        }
        if ((a & f.signBit) != 0) {
            return e.invalid(f);
        }
        return f.isInfinite(a) ? a : SoftFloat.fromLong(f, SoftFloat.exponent(f, a), e);
    }

    /** a rounded to an integer of the same format; inexact if it was none. */
    public static long toIntegral(FloatFormat f, long a, int rounding, FloatEnvironment e) {
        if (f.isNan(a)) {
            return e.propagate(f, a, a);
        }
        if (f.isInfinite(a) || f.isZero(a) || SoftFloat.exponent(f, a) >= f.fractionBits) {
            return a;
        }
        long value = SoftFloat.toLong(f, a, 64, rounding, null, e);
        return value == 0 ? a & f.signBit : SoftFloat.fromLong(f, value, e);
    }

    /** An unsigned integer of 64 bits as a number. */
    public static long fromUnsigned(FloatFormat f, long value, FloatEnvironment e) {
        return value >= 0
                ? SoftFloat.fromLong(f, value, e)
                : SoftFloat.normalizeAndRound(f, false, TOP + 1, value >>> 1 | value & 1, e);
    }

    /** A number as an unsigned integer of 32 or 64 bits; what is out of range is invalid and gives the nearest, a NaN 0. */
    public static long toUnsigned(FloatFormat f, long a, int bits, int rounding, FloatEnvironment e) {
        if (f.isNan(a)) {
            e.flags |= FloatEnvironment.INVALID;
            return 0;
        }
        long most = bits == 64 ? -1 : (1L << bits) - 1;
        boolean negative = (a & f.signBit) != 0;
        if (!f.isInfinite(a) && !f.isZero(a) && SoftFloat.exponent(f, a) == TOP + 1 && !negative && bits == 64) {
            return SoftFloat.significand(f, a) << 1; // 2^63 and more: no fraction is left
        }
        int flags = e.flags;
        long value = SoftFloat.toLong(f, a, 64, rounding, new long[] {0, -1, -1}, e);
        boolean out = (e.flags & ~flags & FloatEnvironment.INVALID) != 0;
        if (out || value < 0 || bits < 64 && value > most) {
            e.flags = flags | FloatEnvironment.INVALID;
            return negative ? 0 : most;
        }
        return value;
    }
}
