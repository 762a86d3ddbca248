package org.nesteddune.loongarch;

import org.nesteddune.engine.software.GuestCpu;
import org.nesteddune.engine.software.fp.FloatEnvironment;
import org.nesteddune.engine.software.fp.FloatFormat;
import org.nesteddune.engine.software.fp.MoreSoftFloat;
import org.nesteddune.engine.software.fp.SoftFloat;

/** What floating-point instructions do, scalar ones by their word, and single operations for vectors. Stateless. */
final class LoongFloat {

    private static final long LOW = 0xffff_ffffL;
    private static final long[] WORD_RANGE = {0, Integer.MAX_VALUE, Integer.MIN_VALUE};
    private static final long[] LONG_RANGE = {0, Long.MAX_VALUE, Long.MIN_VALUE};
    private static final long SINGLE_ONE = 0x3f80_0000L;
    private static final long DOUBLE_ONE = 0x3ff0_0000_0000_0000L;

    /** FCLASS, by bits 31 to 12: it says nothing of its operand but the result. */
    private static final int CLASS = 0x1143;

    /** Beyond these nothing is left of a number that is scaled. */
    private static final int FAR = 0x1000;

    // How FTINT and its like round, by two bits of the instruction: down, up, to zero, to even.
    private static final int[] ROUNDING = {
        FloatEnvironment.DOWN, FloatEnvironment.UP, FloatEnvironment.TOWARD_ZERO, FloatEnvironment.NEAREST_EVEN
    };

    private LoongFloat() {
    }

    /** Carries out an instruction. */
    static long execute(GuestCpu cpu, int word, long a, long b) {
        long[] registers = cpu.registers();
        long control = registers[LoongRegisters.FCSR];
        long c = registers[LoongRegisters.OPERAND];
        FloatEnvironment e = FloatControl.environment(control);
        long result = compute(word, a, b, c, e);
        if (word >>> 12 != CLASS) {
            FloatControl.end(cpu, e);
        }
        return result;
    }

    /** The result of an instruction; of comparisons the order as {@link SoftFloat#compare} gives it. */
    static long compute(int word, long a, long b, long c, FloatEnvironment e) {
        boolean single = (word >>> 15 & 3) == 1;
        return switch (word >>> 26) {
            case 2 -> {
                FloatFormat f = (word >>> 20 & 3) == 1 ? FloatFormat.BINARY32 : FloatFormat.BINARY64;
                yield multiplyAdd(f, in(f, a), in(f, b), in(f, c), (word >>> 22 & 1) != 0, (word >>> 23 & 1) != 0, e);
            }
            case 3 -> {
                FloatFormat f = (word >>> 20 & 3) == 1 ? FloatFormat.BINARY32 : FloatFormat.BINARY64;
                yield order(f, in(f, a), in(f, b), (word >>> 15 & 1) != 0, e);
            }
            default -> word >>> 18 == 0x45 || word >>> 18 == 0x46 || word >>> 18 == 0x47
                    ? unary(word, a, e)
                    : binary(word, single ? FloatFormat.BINARY32 : FloatFormat.BINARY64, a, b, e);
        };
    }

    private static long in(FloatFormat f, long value) {
        return f == FloatFormat.BINARY32 ? value & LOW : value;
    }

    private static long binary(int word, FloatFormat f, long x, long y, FloatEnvironment e) {
        long a = in(f, x);
        long b = in(f, y);
        return switch (word >>> 17) {
            case 0x80 -> SoftFloat.add(f, a, b, e);
            case 0x81 -> SoftFloat.subtract(f, a, b, e);
            case 0x82 -> SoftFloat.multiply(f, a, b, e);
            case 0x83 -> SoftFloat.divide(f, a, b, e);
            case 0x84 -> greater(f, a, b, false, e);
            case 0x85 -> less(f, a, b, false, e);
            case 0x86 -> greater(f, a, b, true, e);
            case 0x87 -> less(f, a, b, true, e);
            case 0x88 -> MoreSoftFloat.scale(f, a, distance(f == FloatFormat.BINARY32 ? (int) y : y), e);
            default -> throw new IllegalStateException(Integer.toHexString(word));
        };
    }

    private static int distance(long n) {
        return (int) Math.max(-FAR, Math.min(FAR, n));
    }

    /** Of instructions with one operand: what word to do is at bit 10. */
    private static long unary(int word, long a, FloatEnvironment e) {
        int function = word >>> 10 & 0xfff;
        FloatFormat f = (function & 3) == 1 ? FloatFormat.BINARY32 : FloatFormat.BINARY64;
        long x = in(f, a);
        return switch (function) {
            case 0x509, 0x50a -> MoreSoftFloat.exponent(f, x, e);
            case 0x50d, 0x50e -> kind(f, x, e);
            case 0x511, 0x512 -> SoftFloat.squareRoot(f, x, e);
            case 0x515, 0x516 -> SoftFloat.divide(f, one(f), x, e);
            case 0x519, 0x51a -> SoftFloat.divide(f, one(f), SoftFloat.squareRoot(f, x, e), e);
            case 0x646 -> SoftFloat.convert(FloatFormat.BINARY64, FloatFormat.BINARY32, a, e);
            case 0x649 -> SoftFloat.convert(FloatFormat.BINARY32, FloatFormat.BINARY64, a & LOW, e);
            case 0x681, 0x682, 0x691, 0x692, 0x6a1, 0x6a2, 0x6b1, 0x6b2 ->
                    toWord(f, x, ROUNDING[function >>> 4 & 3], e);
            case 0x689, 0x68a, 0x699, 0x69a, 0x6a9, 0x6aa, 0x6b9, 0x6ba ->
                    toLong(f, x, ROUNDING[function >>> 4 & 3], e);
            case 0x6c1, 0x6c2 -> toWord(f, x, e.rounding, e);
            case 0x6c9, 0x6ca -> toLong(f, x, e.rounding, e);
            case 0x744 -> SoftFloat.fromLong(FloatFormat.BINARY32, (int) a, e);
            case 0x746 -> SoftFloat.fromLong(FloatFormat.BINARY32, a, e);
            case 0x748 -> SoftFloat.fromLong(FloatFormat.BINARY64, (int) a, e);
            case 0x74a -> SoftFloat.fromLong(FloatFormat.BINARY64, a, e);
            case 0x791, 0x792 -> MoreSoftFloat.toIntegral(f, x, e.rounding, e);
            default -> throw new IllegalStateException(Integer.toHexString(word));
        };
    }

    static long one(FloatFormat f) {
        return f == FloatFormat.BINARY32 ? SINGLE_ONE : DOUBLE_ONE;
    }

    /** To 32 bits with a sign, zeros above. */
    static long toWord(FloatFormat f, long a, int rounding, FloatEnvironment e) {
        return SoftFloat.toLong(f, a, 32, rounding, WORD_RANGE, e) & LOW;
    }

    static long toLong(FloatFormat f, long a, int rounding, FloatEnvironment e) {
        return SoftFloat.toLong(f, a, 64, rounding, LONG_RANGE, e);
    }

    /** ±(a × b ± c). Of NaNs a signaling one comes first, then c, a, b. */
    static long multiplyAdd(
            FloatFormat f, long a, long b, long c, boolean subtract, boolean negate, FloatEnvironment e) {
        if (f.isNan(a) || f.isNan(b) || f.isNan(c)) {
            if (f.isInfinite(a) && f.isZero(b) || f.isZero(a) && f.isInfinite(b)) {
                e.flags |= FloatEnvironment.INVALID;
            }
            long[] order = {c, a, b};
            for (long each : order) {
                if (e.isSignaling(f, each)) {
                    e.flags |= FloatEnvironment.INVALID;
                    return each | f.quietBit();
                }
            }
            return f.isNan(c) ? c : f.isNan(a) ? a : b;
        }
        long result = MoreSoftFloat.multiplyAdd(f, a, b, subtract ? c ^ f.signBit() : c, e);
        return negate && !f.isNan(result) ? result ^ f.signBit() : result;
    }

    /** −1, 0, 1 or 2; signaling comparisons find every NaN invalid. */
    static int order(FloatFormat f, long a, long b, boolean signaling, FloatEnvironment e) {
        int order = SoftFloat.compare(f, a, b);
        if (order == 2 && (signaling || SoftFloat.anySignaling(f, a, b, e))) {
            e.flags |= FloatEnvironment.INVALID;
        }
        return order;
    }

    /** FMAX, FMAXA: a quiet NaN gives way to a number; −0 is below 0. */
    static long greater(FloatFormat f, long a, long b, boolean magnitude, FloatEnvironment e) {
        if (f.isNan(a) || f.isNan(b)) {
            return number(f, a, b, e);
        }
        if (magnitude) {
            int order = SoftFloat.compare(f, a & ~f.signBit(), b & ~f.signBit());
            if (order != 0) {
                return order > 0 ? a : b;
            }
        }
        int order = SoftFloat.compare(f, a, b);
        return order == 0 ? a & b : order > 0 ? a : b;
    }

    /** FMIN, FMINA. */
    static long less(FloatFormat f, long a, long b, boolean magnitude, FloatEnvironment e) {
        if (f.isNan(a) || f.isNan(b)) {
            return number(f, a, b, e);
        }
        if (magnitude) {
            int order = SoftFloat.compare(f, a & ~f.signBit(), b & ~f.signBit());
            if (order != 0) {
                return order < 0 ? a : b;
            }
        }
        int order = SoftFloat.compare(f, a, b);
        return order == 0 ? a | b : order < 0 ? a : b;
    }

    private static long number(FloatFormat f, long a, long b, FloatEnvironment e) {
        if (SoftFloat.anySignaling(f, a, b, e) || f.isNan(a) && f.isNan(b)) {
            return e.propagate(f, a, b);
        }
        return f.isNan(a) ? b : a;
    }

    /** FCLASS: signaling, quiet; negative infinity, normal, subnormal, zero; the same positive. */
    static long kind(FloatFormat f, long a, FloatEnvironment e) {
        if (f.isNan(a)) {
            return e.isSignaling(f, a) ? 1 : 2;
        }
        int positive = (a & f.signBit()) != 0 ? 0 : 4;
        int kind = f.isInfinite(a) ? 2 : f.isZero(a) ? 5 : (a & f.infinity()) == 0 ? 4 : 3;
        return 1L << kind + positive;
    }
}
