package org.nesteddune.mips;

import org.nesteddune.engine.software.GuestCpu;
import org.nesteddune.engine.software.fp.FloatEnvironment;
import org.nesteddune.engine.software.fp.FloatFormat;
import org.nesteddune.engine.software.fp.SoftFloat;

/** What floating-point instructions do. Stateless, safe for any thread. */
final class MipsFloat {

    private static final long[] WORD_2008 = {0, Integer.MAX_VALUE, Integer.MIN_VALUE};
    private static final long[] LONG_2008 = {0, Long.MAX_VALUE, Long.MIN_VALUE};
    private static final long[] WORD_LEGACY = {Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE};
    private static final long[] LONG_LEGACY = {Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE};

    private static final long SINGLE_ONE = 0x3f80_0000L;
    private static final long DOUBLE_ONE = 0x3ff0_0000_0000_0000L;
    private static final long LOW = 0xffff_ffffL;

    private MipsFloat() {
    }

    /**
     * Does a COP1 instruction with a format.
     *
     * @param call see {@link Call#FLOAT}
     */
    static long execute(GuestCpu cpu, int call, long a, long b) {
        long control = cpu.registers()[MipsRegisters.FCSR];
        FloatEnvironment e = new FloatEnvironment();
        FloatControl.begin(control, e);
        int function = call & 63;
        int format = call >>> 6 & 31;
        long result;
        if (format == FloatDecoder.WORD || format == FloatDecoder.LONG) {
            result = SoftFloat.fromLong(
                    function == 32 ? FloatFormat.BINARY32 : FloatFormat.BINARY64,
                    format == FloatDecoder.WORD ? (int) a : a,
                    e);
        } else {
            boolean single = format == FloatDecoder.SINGLE;
            FloatFormat f = single ? FloatFormat.BINARY32 : FloatFormat.BINARY64;
            long x = single ? a & LOW : a;
            long y = single ? b & LOW : b;
            result = function >= 48
                    ? order(f, call, x, y, e)
                    : arithmetic(f, function, x, y, control, e);
        }
        FloatControl.end(cpu, e, (call & Call.SECOND) == 0);
        return result;
    }

    /** What an instruction comes upon: that of {@link Call#FLOAT}, or one with three operands. */
    static long flags(long control, int call, long a, long b, long c) {
        FloatEnvironment e = new FloatEnvironment();
        FloatControl.begin(control, e);
        int function = call & 63;
        int format = call >>> 6 & 31;
        boolean single = format == FloatDecoder.SINGLE;
        FloatFormat f = single ? FloatFormat.BINARY32 : FloatFormat.BINARY64;
        if (format == FloatDecoder.WORD || format == FloatDecoder.LONG) {
            SoftFloat.fromLong(function == 32 ? FloatFormat.BINARY32 : FloatFormat.BINARY64,
                    format == FloatDecoder.WORD ? (int) a : a, e);
            return e.flags;
        }
        long mask = single ? LOW : -1;
        if ((call & Call.THREE) != 0) {
            long product = SoftFloat.multiply(f, a & mask, b & mask, e);
            arithmetic(f, function, product, c & mask, control, e);
        } else if (function >= 48) {
            order(f, call, a & mask, b & mask, e);
        } else {
            arithmetic(f, function, a & mask, b & mask, control, e);
        }
        return e.flags;
    }

    private static long arithmetic(FloatFormat f, int function, long a, long b, long control, FloatEnvironment e) {
        return switch (function) {
            case 0 -> SoftFloat.add(f, a, b, e);
            case 1 -> SoftFloat.subtract(f, a, b, e);
            case 2 -> SoftFloat.multiply(f, a, b, e);
            case 3 -> SoftFloat.divide(f, a, b, e);
            case 4 -> SoftFloat.squareRoot(f, a, e);
            case 8, 9, 10, 11 -> toInteger(f, a, 64, rounding(function), control, e);
            case 12, 13, 14, 15 -> toInteger(f, a, 32, rounding(function), control, e);
            case 21 -> SoftFloat.divide(f, f == FloatFormat.BINARY32 ? SINGLE_ONE : DOUBLE_ONE, a, e);
            case 22 -> SoftFloat.divide(
                    f, f == FloatFormat.BINARY32 ? SINGLE_ONE : DOUBLE_ONE, SoftFloat.squareRoot(f, a, e), e);
            case 32 -> SoftFloat.convert(FloatFormat.BINARY64, FloatFormat.BINARY32, a, e);
            case 33 -> SoftFloat.convert(FloatFormat.BINARY32, FloatFormat.BINARY64, a, e);
            case 36 -> toInteger(f, a, 32, e.rounding, control, e);
            case 37 -> toInteger(f, a, 64, e.rounding, control, e);
            default -> throw new IllegalStateException("function " + function);
        };
    }

    /** ROUND, TRUNC, CEIL, FLOOR. */
    private static int rounding(int function) {
        return function & 3;
    }

    private static long toInteger(FloatFormat f, long a, int bits, int rounding, long control, FloatEnvironment e) {
        boolean modern = (control & FloatControl.NAN_2008) != 0;
        long[] whenNot = bits == 32 ? modern ? WORD_2008 : WORD_LEGACY : modern ? LONG_2008 : LONG_LEGACY;
        long value = SoftFloat.toLong(f, a, bits, rounding, whenNot, e);
        return bits == 32 ? value & LOW : value;
    }

    /** Of C.cond: −1, 0, 1 or 2 ({@link SoftFloat#compare}); bit 3 of the condition makes every NaN invalid. */
    private static long order(FloatFormat f, int call, long a, long b, FloatEnvironment e) {
        int order = SoftFloat.compare(f, a, b);
        if (order == 2 && ((call & 8) != 0 || SoftFloat.anySignaling(f, a, b, e))) {
            e.flags |= FloatEnvironment.INVALID;
        }
        return order;
    }
}
