package org.nesteddune.engine.software.internal;

import org.nesteddune.engine.software.ir.Op;

/**
 * Floating-point operations by the host's arithmetic, each with a test of whether its result is all there is to it. A result that is
 * neither infinite nor a NaN comes of operands that are neither, without an exception but for being inexact; what may have
 * underflowed is left to others. Stateless.
 */
final class Floats {

    private static final long LOW = 0xffff_ffffL;
    private static final long INFINITY_D = 0x7ff0_0000_0000_0000L;
    private static final long INFINITY_S = 0x7f80_0000L;

    private Floats() {
    }

    static long addS(long a, long b) {
        return Float.floatToRawIntBits((Float.intBitsToFloat((int) a) + Float.intBitsToFloat((int) b))) & LOW;
    }

    static long subtractS(long a, long b) {
        return Float.floatToRawIntBits((Float.intBitsToFloat((int) a) - Float.intBitsToFloat((int) b))) & LOW;
    }

    static long multiplyS(long a, long b) {
        return Float.floatToRawIntBits((Float.intBitsToFloat((int) a) * Float.intBitsToFloat((int) b))) & LOW;
    }

    static long divideS(long a, long b) {
        return Float.floatToRawIntBits((Float.intBitsToFloat((int) a) / Float.intBitsToFloat((int) b))) & LOW;
    }

    static long squareRootS(long a, long b) {
        return Float.floatToRawIntBits((float) Math.sqrt(Float.intBitsToFloat((int) a))) & LOW;
    }

    static long compareS(long a, long b) {
        float x = Float.intBitsToFloat((int) a);
        float y = Float.intBitsToFloat((int) b);
        return x < y ? -1 : x == y ? 0 : x > y ? 1 : 2;
    }

    /** Sums are exact when they are small. */
    static boolean isSumS(long a, long b, long result) {
        return (result & INFINITY_S) != INFINITY_S;
    }

    /** Products can be too small for a normal number; 0 is well if an operand is. */
    static boolean isProductS(long a, long b, long result) {
        return isNormalS(a, b, result) || isNormalS(b, a, result);
    }

    /** Quotients and roots, which can be too small too; 0 is well if the first operand is. */
    static boolean isNormalS(long a, long b, long result) {
        long exponent = result & INFINITY_S;
        return exponent != INFINITY_S && (exponent != 0 || Float.intBitsToFloat((int) a) == 0);
    }

    static long addD(long a, long b) {
        return Double.doubleToRawLongBits(Double.longBitsToDouble(a) + Double.longBitsToDouble(b));
    }

    static long subtractD(long a, long b) {
        return Double.doubleToRawLongBits(Double.longBitsToDouble(a) - Double.longBitsToDouble(b));
    }

    static long multiplyD(long a, long b) {
        return Double.doubleToRawLongBits(Double.longBitsToDouble(a) * Double.longBitsToDouble(b));
    }

    static long divideD(long a, long b) {
        return Double.doubleToRawLongBits(Double.longBitsToDouble(a) / Double.longBitsToDouble(b));
    }

    static long squareRootD(long a, long b) {
        return Double.doubleToRawLongBits(Math.sqrt(Double.longBitsToDouble(a)));
    }

    static long compareD(long a, long b) {
        double x = Double.longBitsToDouble(a);
        double y = Double.longBitsToDouble(b);
        return x < y ? -1 : x == y ? 0 : x > y ? 1 : 2;
    }

    /** Sums are exact when they are small. */
    static boolean isSumD(long a, long b, long result) {
        return (result & INFINITY_D) != INFINITY_D;
    }

    /** Products can be too small for a normal number; 0 is well if an operand is. */
    static boolean isProductD(long a, long b, long result) {
        return isNormalD(a, b, result) || isNormalD(b, a, result);
    }

    /** Quotients and roots, which can be too small too; 0 is well if the first operand is. */
    static boolean isNormalD(long a, long b, long result) {
        long exponent = result & INFINITY_D;
        return exponent != INFINITY_D && (exponent != 0 || Double.longBitsToDouble(a) == 0);
    }

    /** {@link #isProductD} of doubles. */
    static boolean isProduct(double a, double b, double result) {
        return isQuotient(a, b, result) || isQuotient(b, a, result);
    }

    /** {@link #isNormalD} of doubles. */
    static boolean isQuotient(double a, double b, double result) {
        return isNormalD(Double.doubleToRawLongBits(a), Double.doubleToRawLongBits(b), Double.doubleToRawLongBits(result));
    }

    /** Whether a fused result is normal: of these even 0 may come of what is too small. */
    static boolean isFused(double a, double b, double result) {
        int exponent = Math.getExponent(result);
        return exponent <= Double.MAX_EXPONENT && exponent >= Double.MIN_EXPONENT;
    }

    static boolean isOrdered(long a, long b, long result) {
        return result != 2;
    }

    static long doubleFromSingle(long a, long b) {
        return Double.doubleToRawLongBits(Float.intBitsToFloat((int) a));
    }

    static long singleFromDouble(long a, long b) {
        return Float.floatToRawIntBits((float) Double.longBitsToDouble(a)) & LOW;
    }

    /** Of a conversion to single: 0 is well if the operand is. */
    static boolean isNarrowed(long a, long b, long result) {
        long exponent = result & INFINITY_S;
        return exponent != INFINITY_S && (exponent != 0 || a << 1 == 0);
    }

    static long doubleFromWord(long a, long b) {
        return Double.doubleToRawLongBits((int) a);
    }

    static long doubleFromLong(long a, long b) {
        return Double.doubleToRawLongBits((double) a);
    }

    static long wordFromDouble(long a, long b) {
        return (int) Double.longBitsToDouble(a) & LOW;
    }

    static long longFromDouble(long a, long b) {
        return (long) Double.longBitsToDouble(a);
    }

    static boolean isInWord(long a, long b, long result) {
        double value = Double.longBitsToDouble(a);
        return value > -2147483649.0 && value < 2147483648.0;
    }

    static boolean isInLong(long a, long b, long result) {
        double value = Double.longBitsToDouble(a);
        return value >= -0x1p63 && value < 0x1p63;
    }

    /** Of a fused operation: whether the product is negated. */
    static boolean negatesProduct(int op) {
        return op >= Op.FMADDD ? op >= Op.FNMADDD : op >= Op.FNMADDS;
    }

    /** Of a fused operation: whether the addend is negated. */
    static boolean negatesAddend(int op) {
        return op == Op.FMSUBS || op == Op.FNMADDS || op == Op.FMSUBD || op == Op.FNMADDD;
    }

    /** A fused operation on singles. */
    static long fusedS(int op, long a, long b, long c) {
        float x = Float.intBitsToFloat((int) a);
        float z = Float.intBitsToFloat((int) c);
        return Float.floatToRawIntBits(Math.fma(
                        negatesProduct(op) ? -x : x, Float.intBitsToFloat((int) b), negatesAddend(op) ? -z : z))
                & LOW;
    }

    /** A fused operation on doubles. */
    static long fusedD(int op, long a, long b, long c) {
        double x = Double.longBitsToDouble(a);
        double z = Double.longBitsToDouble(c);
        return Double.doubleToRawLongBits(Math.fma(
                negatesProduct(op) ? -x : x, Double.longBitsToDouble(b), negatesAddend(op) ? -z : z));
    }

    /** Whether a fused result is normal; even 0 may come of what is too small. */
    static boolean isFusedS(long result) {
        long exponent = result & INFINITY_S;
        return exponent != 0 && exponent != INFINITY_S;
    }

    static boolean isFusedD(long result) {
        long exponent = result & INFINITY_D;
        return exponent != 0 && exponent != INFINITY_D;
    }
}
