package org.nesteddune.loongarch;

/** Operations whose results have elements of another size than the operands, and those on 128 bits. Stateless. */
final class Widths {

    // How WADD and its like take their operands
    static final int A_ODD = 1;
    static final int B_ODD = 2;
    static final int A_SIGNED = 4;
    static final int B_SIGNED = 8;

    // EXTEND, beside the shift's count
    static final int COUNT = 63;
    static final int SIGNED = 64;
    static final int UPPER = 128;

    // NARROW, beside the shift's count
    static final int NARROW_COUNT = 127;
    static final int ARITHMETIC = 128;
    static final int ROUND = 256;
    static final int SATURATE = 512;
    static final int SATURATE_UNSIGNED = 1024;
    /** The count is the instruction's, and the upper half comes of the third operand. */
    static final int IMMEDIATE = 2048;

    private Widths() {
    }

    static void execute(VectorOp op, int size, int how, Vector a, Vector b, Vector c, long[] result) {
        switch (op) {
            case ADDQ -> add(a, b, result);
            case SUBQ -> subtract(a, b, result);
            case EXTEND -> extend(size, how, a, result);
            case NARROW -> narrow(size, how, a, b, c, result);
            default -> {
                if (size == 3) {
                    quad(op, how, a, b, c, result);
                } else {
                    pairs(op, size, how, a, b, c, result);
                }
            }
        }
    }

    private static void pairs(VectorOp op, int size, int how, Vector a, Vector b, Vector c, long[] result) {
        for (int i = 0; i < 8 >> size; i++) {
            int aIndex = 2 * i + (how & A_ODD);
            int bIndex = 2 * i + (how & B_ODD) / B_ODD;
            long x = (how & A_SIGNED) != 0 ? a.signed(size, aIndex) : a.unsigned(size, aIndex);
            long y = (how & B_SIGNED) != 0 ? b.signed(size, bIndex) : b.unsigned(size, bIndex);
            Vector.set(result, size + 1, i, switch (op) {
                case WADD -> x + y;
                case WSUB -> x - y;
                case WMUL -> x * y;
                default -> c.signed(size + 1, i) + x * y;
            });
        }
    }

    private static void quad(VectorOp op, int how, Vector a, Vector b, Vector c, long[] result) {
        long x = (how & A_ODD) != 0 ? a.high() : a.low();
        long y = (how & B_ODD) != 0 ? b.high() : b.low();
        boolean xSigned = (how & A_SIGNED) != 0;
        boolean ySigned = (how & B_SIGNED) != 0;
        Vector wideX = new Vector(x, xSigned ? x >> 63 : 0);
        Vector wideY = new Vector(y, ySigned ? y >> 63 : 0);
        switch (op) {
            case WADD -> add(wideX, wideY, result);
            case WSUB -> subtract(wideX, wideY, result);
            default -> {
                long high = Lanes.multiplyHighUnsigned(x, y)
                        - (xSigned ? x >> 63 & y : 0) - (ySigned ? y >> 63 & x : 0);
                if (op == VectorOp.WMUL) {
                    result[0] = x * y;
                    result[1] = high;
                } else {
                    add(c, new Vector(x * y, high), result);
                }
            }
        }
    }

    private static void add(Vector a, Vector b, long[] result) {
        result[0] = a.low() + b.low();
        result[1] = a.high() + b.high() + (Long.compareUnsigned(result[0], a.low()) < 0 ? 1 : 0);
    }

    private static void subtract(Vector a, Vector b, long[] result) {
        result[0] = a.low() - b.low();
        result[1] = a.high() - b.high() - (Long.compareUnsigned(a.low(), b.low()) < 0 ? 1 : 0);
    }

    private static void extend(int size, int how, Vector a, long[] result) {
        boolean signed = (how & SIGNED) != 0;
        boolean upper = (how & UPPER) != 0;
        if (size == 3) {
            result[0] = upper ? a.high() : a.low();
            result[1] = signed ? result[0] >> 63 : 0;
            return;
        }
        int count = 8 >> size;
        for (int i = 0; i < count; i++) {
            int index = upper ? i + count : i;
            long value = signed ? a.signed(size, index) : a.unsigned(size, index);
            Vector.set(result, size + 1, i, value << (how & COUNT));
        }
    }

    private static void narrow(int size, int how, Vector a, Vector b, Vector c, long[] result) {
        boolean immediate = (how & IMMEDIATE) != 0;
        int count = how & NARROW_COUNT;
        if (size == 4) {
            result[0] = narrowed(a, count, how);
            result[1] = narrowed(c, count, how);
            return;
        }
        int elements = 16 >> size;
        for (int i = 0; i < elements; i++) {
            int shift = immediate ? count : (int) b.unsigned(size, i) & (8 << size) - 1;
            Vector.set(result, size - 1, i, narrowed(a, size, i, shift, how));
            if (immediate) {
                Vector.set(result, size - 1, i + elements, narrowed(c, size, i, shift, how));
            }
        }
    }

    private static long narrowed(Vector a, int size, int index, int shift, int how) {
        boolean arithmetic = (how & ARITHMETIC) != 0;
        long value = arithmetic ? a.signed(size, index) : a.unsigned(size, index);
        boolean negative = arithmetic && value < 0;
        long round = (how & ROUND) != 0 && shift != 0 ? value >>> shift - 1 & 1 : 0;
        long shifted = (arithmetic ? value >> shift : value >>> shift) + round;
        int bits = 4 << size;
        if ((how & SATURATE) != 0) {
            long most = (1L << bits - 1) - 1;
            if (arithmetic) {
                return Math.max(~most, Math.min(most, shifted));
            }
            return Long.compareUnsigned(shifted, most) > 0 ? most : shifted;
        }
        if ((how & SATURATE_UNSIGNED) != 0) {
            long most = (1L << bits) - 1;
            return negative ? 0 : Long.compareUnsigned(shifted, most) > 0 ? most : shifted;
        }
        return shifted;
    }

    /** 128 bits to 64. */
    private static long narrowed(Vector a, int shift, int how) {
        boolean arithmetic = (how & ARITHMETIC) != 0;
        long sign = arithmetic ? a.high() >> 63 : 0;
        Vector shifted = shifted(a, shift, sign);
        if ((how & ROUND) != 0 && shift != 0) {
            long[] sum = new long[2];
            add(shifted, new Vector(shifted(a, shift - 1, sign).low() & 1, 0), sum);
            shifted = new Vector(sum[0], sum[1]);
        }
        if ((how & SATURATE) != 0) {
            boolean fits = arithmetic
                    ? shifted.high() == shifted.low() >> 63
                    : shifted.high() == 0 && shifted.low() >= 0;
            return fits ? shifted.low() : shifted.high() < 0 && arithmetic ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
        if ((how & SATURATE_UNSIGNED) != 0) {
            return sign != 0 ? 0 : shifted.high() != 0 ? -1 : shifted.low();
        }
        return shifted.low();
    }

    private static Vector shifted(Vector a, int shift, long sign) {
        if (shift == 0) {
            return a;
        }
        if (shift >= 64) {
            int rest = shift - 64;
            return new Vector(rest == 0 ? a.high() : a.high() >>> rest | sign << 63 - rest << 1, sign);
        }
        return new Vector(a.low() >>> shift | a.high() << 64 - shift, a.high() >>> shift | sign << 64 - shift);
    }
}
