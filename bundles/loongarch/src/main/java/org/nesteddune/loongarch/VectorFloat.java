package org.nesteddune.loongarch;

import org.nesteddune.engine.software.GuestCpu;
import org.nesteddune.engine.software.fp.FloatEnvironment;
import org.nesteddune.engine.software.fp.FloatFormat;
import org.nesteddune.engine.software.fp.MoreSoftFloat;
import org.nesteddune.engine.software.fp.SoftFloat;

/** A floating-point operation on vectors: what its elements come upon adds up to the instruction's cause. */
final class VectorFloat {

    // FMADD
    static final int SUBTRACT = 1;
    static final int NEGATE = 2;

    /** How FRINT, FTINT round: as the control register says, or by {@link FloatEnvironment}'s modes. */
    static final int DYNAMIC = 4;

    /** FTINTLS, FFINTDW, FWIDEN: from the upper half. */
    static final int UPPER = 8;

    private final GuestCpu cpu;
    private final Vector a;
    private final Vector b;
    private final Vector c;
    private final FloatEnvironment e;

    VectorFloat(GuestCpu cpu, long aLow, long aHigh, long bLow, long bHigh, long cLow, long cHigh) {
        this.cpu = cpu;
        a = new Vector(aLow, aHigh);
        b = new Vector(bLow, bHigh);
        c = new Vector(cLow, cHigh);
        e = FloatControl.environment(cpu.registers()[LoongRegisters.FCSR]);
    }

    /** @param size of an element: 2 or 3; with conversions that of the smaller one */
    void execute(VectorOp op, int size, int how, long[] result) {
        FloatFormat f = format(size);
        int count = 16 >> size;
        switch (op) {
            case FNARROW -> {
                for (int i = 0; i < count / 2; i++) {
                    FloatFormat from = format(size + 1);
                    Vector.set(result, size, i, SoftFloat.convert(from, f, b.unsigned(size + 1, i), e));
                    Vector.set(result, size, i + count / 2, SoftFloat.convert(from, f, a.unsigned(size + 1, i), e));
                }
            }
            case FWIDEN -> {
                for (int i = 0; i < count / 2; i++) {
                    Vector.set(result, size + 1, i, SoftFloat.convert(f, format(size + 1), a.unsigned(size, half(how, count) + i), e));
                }
            }
            case FFINTSL -> {
                for (int i = 0; i < 2; i++) {
                    Vector.set(result, 2, i, SoftFloat.fromLong(FloatFormat.BINARY32, b.signed(3, i), e));
                    Vector.set(result, 2, i + 2, SoftFloat.fromLong(FloatFormat.BINARY32, a.signed(3, i), e));
                }
            }
            case FTINTWD -> {
                for (int i = 0; i < 2; i++) {
                    Vector.set(result, 2, i, LoongFloat.toWord(FloatFormat.BINARY64, b.unsigned(3, i), rounding(how), e));
                    Vector.set(result, 2, i + 2, LoongFloat.toWord(FloatFormat.BINARY64, a.unsigned(3, i), rounding(how), e));
                }
            }
            case FFINTDW -> {
                for (int i = 0; i < 2; i++) {
                    result[i] = SoftFloat.fromLong(FloatFormat.BINARY64, a.signed(2, half(how, 4) + i), e);
                }
            }
            case FTINTLS -> {
                for (int i = 0; i < 2; i++) {
                    result[i] = LoongFloat.toLong(FloatFormat.BINARY32, a.unsigned(2, half(how, 4) + i), rounding(how & 7), e);
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    long value = element(op, f, how, a.unsigned(size, i), b.unsigned(size, i), c.unsigned(size, i));
                    Vector.set(result, size, i, value);
                }
            }
        }
        if (op.tellsCause()) {
            FloatControl.end(cpu, e);
        }
    }

    private static int half(int how, int count) {
        return (how & UPPER) != 0 ? count / 2 : 0;
    }

    private static FloatFormat format(int size) {
        return size == 1 ? FloatFormat.BINARY16 : size == 2 ? FloatFormat.BINARY32 : FloatFormat.BINARY64;
    }

    private int rounding(int how) {
        return how == DYNAMIC ? e.rounding : how;
    }

    private long element(VectorOp op, FloatFormat f, int how, long x, long y, long z) {
        boolean single = f == FloatFormat.BINARY32;
        long quick = HostFloat.element(op, single, x, y, e);
        if (quick != 0) {
            return quick;
        }
        return switch (op) {
            case FADD -> SoftFloat.add(f, x, y, e);
            case FSUB -> SoftFloat.subtract(f, x, y, e);
            case FMUL -> SoftFloat.multiply(f, x, y, e);
            case FDIV -> SoftFloat.divide(f, x, y, e);
            case FMAX -> LoongFloat.greater(f, x, y, false, e);
            case FMIN -> LoongFloat.less(f, x, y, false, e);
            case FMAXA -> LoongFloat.greater(f, x, y, true, e);
            case FMINA -> LoongFloat.less(f, x, y, true, e);
            case FMADD -> LoongFloat.multiplyAdd(f, x, y, z, (how & SUBTRACT) != 0, (how & NEGATE) != 0, e);
            case FLOGB -> MoreSoftFloat.exponent(f, x, e);
            case FCLASS -> LoongFloat.kind(f, x, e);
            case FSQRT -> SoftFloat.squareRoot(f, x, e);
            case FRECIP -> SoftFloat.divide(f, LoongFloat.one(f), x, e);
            case FRSQRT -> SoftFloat.divide(f, LoongFloat.one(f), SoftFloat.squareRoot(f, x, e), e);
            case FRINT -> MoreSoftFloat.toIntegral(f, x, rounding(how), e);
            case FCMP -> {
                int order = LoongFloat.order(f, x, y, (how & 1) != 0, e);
                yield -(FloatDecoder.orders(how) >> order + 1 & 1L);
            }
            case FTINT -> single
                    ? LoongFloat.toWord(f, x, rounding(how), e)
                    : LoongFloat.toLong(f, x, rounding(how), e);
            case FTINTU -> MoreSoftFloat.toUnsigned(f, x, single ? 32 : 64, rounding(how), e);
            case FFINT -> SoftFloat.fromLong(f, single ? (int) x : x, e);
            case FFINTU -> MoreSoftFloat.fromUnsigned(f, x, e);
            default -> throw new IllegalStateException(op.name());
        };
    }
}
