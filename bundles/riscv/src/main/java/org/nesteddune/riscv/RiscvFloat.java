package org.nesteddune.riscv;

import org.nesteddune.engine.software.GuestCpu;
import org.nesteddune.engine.software.fp.FloatEnvironment;
import org.nesteddune.engine.software.fp.FloatFormat;
import org.nesteddune.engine.software.fp.MoreSoftFloat;
import org.nesteddune.engine.software.fp.SoftFloat;

/** What floating-point instructions do, by their word. Singles are in the lower half of what is given. Stateless. */
final class RiscvFloat {

    private static final long LOW = 0xffff_ffffL;
    private static final long[] WORD_RANGE = {Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MIN_VALUE};
    private static final long[] LONG_RANGE = {Long.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE};

    private static final int OPCODE = 0x53;

    private RiscvFloat() {
    }

    /** Carries out an instruction; of comparisons the order as {@link SoftFloat#compare} gives it. */
    static long execute(GuestCpu cpu, int word, long a, long b) {
        long[] registers = cpu.registers();
        FloatFormat f = (word >>> 25 & 1) == 0 ? FloatFormat.BINARY32 : FloatFormat.BINARY64;
        int mode = Word.funct3(word);
        FloatEnvironment e;
        long result;
        if ((word & 0x7f) != OPCODE) {
            long c = registers[RiscvRegisters.OPERAND];
            e = FloatControl.environment(cpu, mode);
            result = fused(word, f, in(f, a), in(f, b), in(f, c), e);
        } else {
            int kind = word >>> 27;
            boolean rounds = kind != 5 && kind != 20 && kind != 28;
            e = FloatControl.environment(cpu, rounds ? mode : FloatControl.NEAREST);
            result = compute(word, kind, f, a, b, e);
        }
        registers[RiscvRegisters.FCSR] |= e.flags;
        return result;
    }

    private static long in(FloatFormat f, long value) {
        return f == FloatFormat.BINARY32 ? value & LOW : value;
    }

    private static boolean negatesProduct(int word) {
        return (word & 8) != 0; // FNMSUB, FNMADD
    }

    private static boolean subtracts(int word) {
        return (word & 4) != 0;
    }

    /** ±(a × b) ± c; every NaN is the canonical one. */
    private static long fused(int word, FloatFormat f, long a, long b, long c, FloatEnvironment e) {
        if (f.isNan(a) || f.isNan(b) || f.isNan(c)) {
            boolean noProduct = f.isInfinite(a) && f.isZero(b) || f.isZero(a) && f.isInfinite(b);
            if (noProduct || e.isSignaling(f, a) || e.isSignaling(f, b) || e.isSignaling(f, c)) {
                e.flags |= FloatEnvironment.INVALID;
            }
            return e.defaultNan(f);
        }
        long x = negatesProduct(word) ? a ^ f.signBit() : a;
        long z = subtracts(word) ? c ^ f.signBit() : c;
        return MoreSoftFloat.multiplyAdd(f, x, b, z, e);
    }

    private static long compute(int word, int kind, FloatFormat f, long x, long y, FloatEnvironment e) {
        long a = in(f, x);
        long b = in(f, y);
        return switch (kind) {
            case 0 -> SoftFloat.add(f, a, b, e);
            case 1 -> SoftFloat.subtract(f, a, b, e);
            case 2 -> SoftFloat.multiply(f, a, b, e);
            case 3 -> SoftFloat.divide(f, a, b, e);
            case 5 -> extreme(f, a, b, Word.funct3(word) != 0, e);
            case 8 -> f == FloatFormat.BINARY32
                    ? SoftFloat.convert(FloatFormat.BINARY64, f, x, e)
                    : SoftFloat.convert(FloatFormat.BINARY32, f, x & LOW, e);
            case 11 -> SoftFloat.squareRoot(f, a, e);
            case 20 -> order(f, a, b, Word.funct3(word) != 2, e);
            case 24 -> toInteger(f, a, Word.rs2(word), e);
            case 26 -> switch (Word.rs2(word)) {
                case 0 -> SoftFloat.fromLong(f, (int) x, e);
                case 1 -> SoftFloat.fromLong(f, x & LOW, e);
                case 2 -> SoftFloat.fromLong(f, x, e);
                default -> MoreSoftFloat.fromUnsigned(f, x, e);
            };
            case 28 -> kind(f, a, e);
            default -> throw new IllegalStateException(Integer.toHexString(word));
        };
    }

    /** To W, WU, L, LU; words have their sign extended, unsigned ones too. */
    private static long toInteger(FloatFormat f, long a, int kind, FloatEnvironment e) {
        if ((kind & 1) != 0 && f.isNan(a)) {
            e.flags |= FloatEnvironment.INVALID;
            return -1;
        }
        return switch (kind) {
            case 0 -> SoftFloat.toLong(f, a, 32, e.rounding, WORD_RANGE, e);
            case 1 -> (int) MoreSoftFloat.toUnsigned(f, a, 32, e.rounding, e);
            case 2 -> SoftFloat.toLong(f, a, 64, e.rounding, LONG_RANGE, e);
            default -> MoreSoftFloat.toUnsigned(f, a, 64, e.rounding, e);
        };
    }

    /** −1, 0, 1 or 2; signaling comparisons find every NaN invalid. */
    private static int order(FloatFormat f, long a, long b, boolean signaling, FloatEnvironment e) {
        int order = SoftFloat.compare(f, a, b);
        if (order == 2 && (signaling || SoftFloat.anySignaling(f, a, b, e))) {
            e.flags |= FloatEnvironment.INVALID;
        }
        return order;
    }

    /** FMIN, FMAX: a NaN gives way to a number; −0 is below 0. */
    private static long extreme(FloatFormat f, long a, long b, boolean greatest, FloatEnvironment e) {
        if (f.isNan(a) || f.isNan(b)) {
            if (SoftFloat.anySignaling(f, a, b, e)) {
                e.flags |= FloatEnvironment.INVALID;
            }
            return !f.isNan(a) ? a : !f.isNan(b) ? b : e.defaultNan(f);
        }
        int order = SoftFloat.compare(f, a, b);
        if (order == 0) {
            return greatest ? a & b : a | b;
        }
        return order > 0 == greatest ? a : b;
    }

    /** FCLASS: negative infinity, normal, subnormal, zero; positive zero, subnormal, normal, infinity; signaling, quiet. */
    private static long kind(FloatFormat f, long a, FloatEnvironment e) {
        if (f.isNan(a)) {
            return e.isSignaling(f, a) ? 1 << 8 : 1 << 9;
        }
        int kind = f.isInfinite(a) ? 0 : f.isZero(a) ? 3 : (a & f.infinity()) == 0 ? 2 : 1;
        return 1L << ((a & f.signBit()) != 0 ? kind : 7 - kind);
    }
}
