package org.nesteddune.loongarch;

import org.nesteddune.engine.software.fp.FloatEnvironment;

/**
 * Floating-point operations by the host's arithmetic, where rounding is to the nearest and the result is neither small nor infinite nor a
 * NaN: then nothing can have happened but that it is inexact, which the rest tells. Stateless.
 */
final class HostFloat {

    private static final long LOW = 0xffff_ffffL;

    /** Results and dividends whose rests are numbers of the format too. */
    private static final double LEAST = 0x1p-900;

    private static final double GREATEST = 0x1p1000;
    private static final float LEAST_SINGLE = 0x1p-60f;
    private static final float GREATEST_SINGLE = 0x1p120f;

    private HostFloat() {
    }

    /**
     * FADD, FSUB, FMUL or FDIV.
     *
     * @return 0 if it must be done in another way
     */
    static long element(VectorOp op, boolean single, long a, long b, FloatEnvironment e) {
        if (e.rounding != FloatEnvironment.NEAREST_EVEN || op.compareTo(VectorOp.FDIV) > 0) {
            return 0;
        }
        return single
                ? singles(op, Float.intBitsToFloat((int) a), Float.intBitsToFloat((int) b), e)
                : doubles(op, Double.longBitsToDouble(a), Double.longBitsToDouble(b), e);
    }

    private static long doubles(VectorOp op, double a, double b, FloatEnvironment e) {
        double result;
        double rest;
        switch (op) {
            case FADD, FSUB -> {
                double y = op == VectorOp.FADD ? b : -b;
                result = a + y;
                double part = result - a;
                rest = a - (result - part) + (y - part);
            }
            case FMUL -> {
                result = a * b;
                rest = Math.fma(a, b, -result);
            }
            default -> {
                result = a / b;
                rest = Math.abs(a) > LEAST ? Math.fma(-result, b, a) : Double.NaN;
            }
        }
        double magnitude = Math.abs(result);
        if (!(magnitude > LEAST && magnitude < GREATEST) || rest != rest) {
            return 0;
        }
        e.flags |= rest != 0 ? FloatEnvironment.INEXACT : 0;
        return Double.doubleToRawLongBits(result);
    }

    private static long singles(VectorOp op, float a, float b, FloatEnvironment e) {
        float result;
        boolean exact;
        switch (op) {
            case FADD, FSUB -> {
                float y = op == VectorOp.FADD ? b : -b;
                result = a + y;
                float part = result - a;
                exact = a - (result - part) + (y - part) == 0;
            }
            case FMUL -> {
                result = a * b;
                exact = (double) a * b == result;
            }
            default -> {
                result = a / b;
                exact = (double) result * b == a;
            }
        }
        float magnitude = Math.abs(result);
        if (!(magnitude > LEAST_SINGLE && magnitude < GREATEST_SINGLE)) {
            return 0;
        }
        e.flags |= exact ? 0 : FloatEnvironment.INEXACT;
        return Float.floatToRawIntBits(result) & LOW;
    }
}
