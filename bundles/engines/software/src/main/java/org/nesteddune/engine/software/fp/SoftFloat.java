package org.nesteddune.engine.software.fp;

import static org.nesteddune.engine.software.fp.FloatEnvironment.DIVIDE_BY_ZERO;
import static org.nesteddune.engine.software.fp.FloatEnvironment.DOWN;
import static org.nesteddune.engine.software.fp.FloatEnvironment.INEXACT;
import static org.nesteddune.engine.software.fp.FloatEnvironment.INVALID;
import static org.nesteddune.engine.software.fp.FloatEnvironment.NEAREST_AWAY;
import static org.nesteddune.engine.software.fp.FloatEnvironment.NEAREST_EVEN;
import static org.nesteddune.engine.software.fp.FloatEnvironment.OVERFLOW;
import static org.nesteddune.engine.software.fp.FloatEnvironment.UNDERFLOW;
import static org.nesteddune.engine.software.fp.FloatEnvironment.UP;

/**
 * Arithmetic on bit patterns in integers. Stateless.
 *
 * <p>Within, a number is a sign, an exponent, and a significand whose highest bit is bit 62, so that it stands for {@code significand ×
 * 2^(exponent − 62)}. What does not fit below is kept as bit 0 being set ("sticky"): there are at least nine bits more than the result
 * has, so that rounding is exact.
 */
public final class SoftFloat {

    static final int TOP = 62;

    private SoftFloat() {
    }

    /** a + b. */
    public static long add(FloatFormat f, long a, long b, FloatEnvironment e) {
        if (f.isNan(a) || f.isNan(b)) {
            return e.propagate(f, a, b);
        }
        if (f.isInfinite(a)) {
            return f.isInfinite(b) && a != b ? e.invalid(f) : a;
        }
        if (f.isInfinite(b)) {
            return b;
        }
        boolean aSign = (a & f.signBit) != 0;
        boolean bSign = (b & f.signBit) != 0;
        if (f.isZero(a)) {
            if (!f.isZero(b)) {
                return b;
            }
            return aSign == bSign ? a : e.rounding == DOWN ? f.signBit : 0;
        }
        if (f.isZero(b)) {
            return a;
        }
        int aExponent = exponent(f, a);
        int bExponent = exponent(f, b);
        // One bit of room above for the sum.
        long x = significand(f, a) >>> 1;
        long y = significand(f, b) >>> 1;
        int exponent = Math.max(aExponent, bExponent);
        x = shiftRight(x, exponent - aExponent);
        y = shiftRight(y, exponent - bExponent);
        boolean sign = aSign;
        long sum;
        if (aSign == bSign) {
            sum = x + y;
        } else {
            sum = x - y;
            if (sum == 0) {
                return e.rounding == DOWN ? f.signBit : 0;
            }
            if (sum < 0) {
                sum = -sum;
                sign = bSign;
            }
        }
        return normalizeAndRound(f, sign, exponent + 1, sum, e);
    }

    /** a − b. */
    public static long subtract(FloatFormat f, long a, long b, FloatEnvironment e) {
        return add(f, a, f.isNan(b) ? b : b ^ f.signBit, e);
    }

    /** a × b. */
    public static long multiply(FloatFormat f, long a, long b, FloatEnvironment e) {
        if (f.isNan(a) || f.isNan(b)) {
            return e.propagate(f, a, b);
        }
        boolean sign = ((a ^ b) & f.signBit) != 0;
        if (f.isInfinite(a) || f.isInfinite(b)) {
            return f.isZero(a) || f.isZero(b) ? e.invalid(f) : signed(f, sign, f.infinity);
        }
        if (f.isZero(a) || f.isZero(b)) {
            return signed(f, sign, 0);
        }
        long x = significand(f, a);
        long y = significand(f, b);
        // The product's highest bit is 124 or 125; keep 63 bits from bit 63 on.
        long high = Math.multiplyHigh(x, y);
        long low = x * y;
        long product = high << 1 | low >>> 63;
        if (low << 1 != 0) {
            product |= 1;
        }
        return normalizeAndRound(f, sign, exponent(f, a) + exponent(f, b) + 1, product, e);
    }

    /** a ÷ b. */
    public static long divide(FloatFormat f, long a, long b, FloatEnvironment e) {
        if (f.isNan(a) || f.isNan(b)) {
            return e.propagate(f, a, b);
        }
        boolean sign = ((a ^ b) & f.signBit) != 0;
        if (f.isInfinite(a)) {
            return f.isInfinite(b) ? e.invalid(f) : signed(f, sign, f.infinity);
        }
        if (f.isInfinite(b)) {
            return signed(f, sign, 0);
        }
        if (f.isZero(b)) {
            if (f.isZero(a)) {
                return e.invalid(f);
            }
            e.flags |= DIVIDE_BY_ZERO;
            return signed(f, sign, f.infinity);
        }
        if (f.isZero(a)) {
            return signed(f, sign, 0);
        }
        long remainder = significand(f, a);
        long divisor = significand(f, b);
        long quotient = 0;
        // Bit by bit: the quotient lies between 1/2 and 2.
        for (int bit = TOP; bit >= 0; bit--) {
            if (Long.compareUnsigned(remainder, divisor) >= 0) {
                remainder -= divisor;
                quotient |= 1L << bit;
            }
            remainder <<= 1;
        }
        if (remainder != 0) {
            quotient |= 1;
        }
        return normalizeAndRound(f, sign, exponent(f, a) - exponent(f, b), quotient, e);
    }

    /** √a. */
    public static long squareRoot(FloatFormat f, long a, FloatEnvironment e) {
        if (f.isNan(a)) {
            return e.propagate(f, a, a);
        }
        if (f.isZero(a)) {
            return a;
        }
        if ((a & f.signBit) != 0) {
            return e.invalid(f);
        }
        if (f.isInfinite(a)) {
            return a;
        }
        int exponent = exponent(f, a);
        long value = significand(f, a); // 1 ≤ value × 2^−62 < 2
        if ((exponent & 1) != 0) {
            exponent--;
        } else {
            value >>>= 1; // the significands have zero bits below: nothing is lost
        }
        // value × 2^−61 is now between 1 and 4. Digit by digit, two bits of it for one of the root.
        long root = 0;
        long remainder = 0;
        for (int bit = 0; bit < 58; bit++) {
            remainder = remainder << 2 | value >>> 61 & 3;
            value <<= 2;
            long trial = root << 2 | 1;
            root <<= 1;
            if (remainder >= trial) {
                remainder -= trial;
                root |= 1;
            }
        }
        root <<= TOP - 57;
        if (remainder != 0 || value != 0) {
            root |= 1;
        }
        return normalizeAndRound(f, false, exponent >> 1, root, e);
    }

    /** Whether a = b (0), a < b (−1), a > b (1), or they are not ordered (2). Flags are the caller's affair. */
    public static int compare(FloatFormat f, long a, long b) {
        if (f.isNan(a) || f.isNan(b)) {
            return 2;
        }
        long x = (a & f.signBit) != 0 ? -(a & ~f.signBit) : a;
        long y = (b & f.signBit) != 0 ? -(b & ~f.signBit) : b;
        return Long.compare(x, y);
    }

    /** Whether a NaN among two values makes every comparison invalid. */
    public static boolean anySignaling(FloatFormat f, long a, long b, FloatEnvironment e) {
        return e.isSignaling(f, a) || e.isSignaling(f, b);
    }

    /** A value in another format. */
    public static long convert(FloatFormat from, FloatFormat to, long a, FloatEnvironment e) {
        boolean sign = (a & from.signBit) != 0;
        if (from.isNan(a)) {
            long quiet = e.propagate(from, a, a);
            if (e.defaultNanOnly) {
                return e.defaultNan(to);
            }
            int shift = to.fractionBits - from.fractionBits;
            long fraction = quiet & from.fractionMask;
            fraction = shift >= 0 ? fraction << shift : fraction >>> -shift;
            return fraction == 0 ? e.defaultNan(to) : signed(to, (quiet & from.signBit) != 0, to.infinity | fraction);
        }
        if (from.isInfinite(a)) {
            return signed(to, sign, to.infinity);
        }
        if (from.isZero(a)) {
            return signed(to, sign, 0);
        }
        return normalizeAndRound(to, sign, exponent(from, a), significand(from, a), e);
    }

    /** An integer as a floating-point number. */
    public static long fromLong(FloatFormat to, long value, FloatEnvironment e) {
        if (value == 0) {
            return 0;
        }
        boolean sign = value < 0;
        if (value == Long.MIN_VALUE) {
            return normalizeAndRound(to, true, 63, 1L << TOP, e);
        }
        return normalizeAndRound(to, sign, TOP, sign ? -value : value, e);
    }

    /**
     * A number as an integer, rounded as a mode says.
     *
     * @param bits 32 or 64: what the result must fit into, signed
     * @param whenNot what a NaN gives, or null where saturation is wanted; else {@code whenNot[0]} for NaN, [1] above, [2] below
     */
    public static long toLong(FloatFormat f, long a, int bits, int rounding, long[] whenNot, FloatEnvironment e) {
        if (f.isNan(a)) {
            e.flags |= INVALID;
            return whenNot[0];
        }
        boolean sign = (a & f.signBit) != 0;
        if (f.isInfinite(a)) {
            e.flags |= INVALID;
            return whenNot[sign ? 2 : 1];
        }
        if (f.isZero(a)) {
            return 0;
        }
        int exponent = exponent(f, a);
        long significand = significand(f, a);
        long value;
        boolean inexact = false;
        if (exponent > TOP) {
            if (sign && exponent == 63 && significand == 1L << TOP && bits == 64) {
                return Long.MIN_VALUE;
            }
            e.flags |= INVALID;
            return whenNot[sign ? 2 : 1];
        } else {
            int shift = TOP - exponent;
            long whole = shift >= 64 ? 0 : significand >>> shift;
            long rest = shift == 0 ? 0 : shift >= 64 ? significand : significand << 64 - shift;
            // The first bit behind the point, and whether there is more behind it.
            boolean half = shift < 64 && shift > 0 ? rest < 0 : false;
            boolean more = shift >= 64 ? true : (rest & Long.MAX_VALUE) != 0;
            inexact = half || more;
            boolean up = switch (rounding) {
                case NEAREST_EVEN -> half && (more || (whole & 1) != 0);
                case NEAREST_AWAY -> half;
                case UP -> !sign && inexact;
                case DOWN -> sign && inexact;
                default -> false;
            };
            value = whole + (up ? 1 : 0);
        }
        if (sign) {
            value = -value;
        }
        if (bits == 32 && value != (int) value || value != 0 && value < 0 != sign) {
            e.flags |= INVALID;
            return whenNot[sign ? 2 : 1];
        }
        if (inexact) {
            e.flags |= INEXACT;
        }
        return value;
    }

    /** The exponent of a number that is neither 0 nor infinite. */
    static int exponent(FloatFormat f, long a) {
        int exponent = f.exponent(a);
        if (exponent != 0) {
            return exponent - f.bias;
        }
        long fraction = a & f.fractionMask;
        return 1 - f.bias - (Long.numberOfLeadingZeros(fraction) - (63 - f.fractionBits));
    }

    /** Its significand with the highest bit at {@link #TOP}. */
    static long significand(FloatFormat f, long a) {
        long fraction = a & f.fractionMask;
        if (f.exponent(a) != 0) {
            fraction |= 1L << f.fractionBits;
        }
        return fraction << Long.numberOfLeadingZeros(fraction) - 1;
    }

    static long signed(FloatFormat f, boolean sign, long value) {
        return sign ? value | f.signBit : value;
    }

    private static long shiftRight(long value, int count) {
        if (count == 0) {
            return value;
        }
        if (count > TOP) {
            return value != 0 ? 1 : 0;
        }
        long rest = value << 64 - count;
        return value >>> count | (rest != 0 ? 1 : 0);
    }

    /** @param significand above 0, of which bit {@link #TOP} stands for 2^exponent */
    static long normalizeAndRound(FloatFormat f, boolean sign, int exponent, long significand, FloatEnvironment e) {
        int shift = Long.numberOfLeadingZeros(significand) - 1;
        if (shift < 0) {
            return round(f, sign, exponent + 1, significand >>> 1 | significand & 1, e);
        }
        return round(f, sign, exponent - shift, significand << shift, e);
    }

    private static long round(FloatFormat f, boolean sign, int exponent, long significand, FloatEnvironment e) {
        int extra = TOP - f.fractionBits;
        int biased = exponent + f.bias;
        boolean tiny = false;
        if (biased <= 0) {
            // After rounding with unbounded exponent it may be the least normal number, which is not tiny.
            tiny = e.tinyBeforeRounding || biased < 0
                    || rounded(significand, extra, sign, e.rounding) < 1L << f.fractionBits + 1;
            significand = shiftRight(significand, 1 - biased);
            biased = 0;
        }
        long rest = significand & (1L << extra) - 1;
        long result = rounded(significand, extra, sign, e.rounding);
        if (rest != 0) {
            e.flags |= INEXACT;
            if (tiny) {
                e.flags |= UNDERFLOW;
            }
        }
        if (biased == 0) {
            return signed(f, sign, result); // a carry makes it the least normal number by itself
        }
        if (result == 1L << f.fractionBits + 1) {
            result >>>= 1;
            biased++;
        }
        if (biased >= f.maximumExponent) {
            e.flags |= OVERFLOW | INEXACT;
            boolean infinite = e.rounding == NEAREST_EVEN || e.rounding == NEAREST_AWAY || e.rounding == (sign ? DOWN : UP);
            return signed(f, sign, infinite ? f.infinity : f.largest());
        }
        return signed(f, sign, (long) biased << f.fractionBits | result & f.fractionMask);
    }

    private static long rounded(long significand, int extra, boolean sign, int rounding) {
        long rest = significand & (1L << extra) - 1;
        long value = significand >>> extra;
        long half = 1L << extra - 1;
        boolean up = switch (rounding) {
            case NEAREST_EVEN -> rest > half || rest == half && (value & 1) != 0;
            case NEAREST_AWAY -> rest >= half;
            case UP -> !sign && rest != 0;
            case DOWN -> sign && rest != 0;
            default -> false;
        };
        return up ? value + 1 : value;
    }
}
