package org.nesteddune.mips;

import java.nio.ByteBuffer;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.FloatGuard;
import org.nesteddune.engine.software.GuestCpu;
import org.nesteddune.engine.software.fp.FloatEnvironment;

/**
 * The floating-point control and status register.
 *
 * <pre>
 *   31..25 FCC7..1  24 FS  23 FCC0  19 ABS2008  18 NAN2008  17..12 cause  11..7 enables  6..2 flags  1..0 rounding
 * </pre>
 *
 * <p>Of five kinds, from the lowest bit: inexact, underflow, overflow, division by zero, invalid operation; the cause has a sixth
 * ("unimplemented"), which no program can set off here. Stateless.
 */
final class FloatControl {

    static final long NAN_2008 = 1 << 18;

    /** NAN2008 and ABS2008: as IEEE 754 has it since 2008. */
    static final long MODERN = NAN_2008 | 1 << 19;

    private static final int FLAGS = 2;
    private static final int ENABLES = 7;
    private static final int CAUSE = 12;
    private static final long KINDS = 31;
    private static final long UNIMPLEMENTED = 32L << CAUSE;
    private static final long CONDITIONS = 0xfe80_0000L;
    private static final long FLUSH = 1 << 24;

    /** The bits that a program may change; which encoding NaNs have is the program file's affair. */
    private static final long WRITABLE = CONDITIONS | FLUSH | 0x3ffffL;

    /** Doubles, singles, words and longs, 64-bit registers; both encodings of NaN. */
    static final long IMPLEMENTATION = 1 << 23 | 1 << 22 | 1 << 21 | 1 << 20 | 1 << 17 | 1 << 16;

    // si_code of SIGFPE (asm-generic/siginfo.h), by kind from the lowest bit
    private static final int[] CODES = {6, 5, 4, 3, 7};

    /** To the nearest, inexact not enabled and recorded already. */
    static final FloatGuard GUARD =
            new FloatGuard(MipsRegisters.FCSR, 3 | 1 << ENABLES | 1 << FLAGS, 1 << FLAGS);

    private FloatControl() {
    }

    /**
     * Sets the register in a vector state to what a frame or a tracer says: not which encoding NaNs have, and no cause that is enabled,
     * since that would trap at once.
     */
    static void restore(ByteBuffer vector, long wanted) {
        int place = 8 * (MipsRegisters.FCSR - MipsRegisters.F0);
        long value = wanted & WRITABLE | vector.getLong(place) & MODERN;
        long traps = value >>> CAUSE & (value >>> ENABLES & KINDS | UNIMPLEMENTED >>> CAUSE);
        vector.putLong(place, value & ~(traps << CAUSE));
        vector.putLong(8 * (MipsRegisters.LAST - MipsRegisters.F0), 0);
    }

    static int conditionBit(int code) {
        return code == 0 ? 23 : 24 + code;
    }

    /** What CFC1 reads. */
    static long read(long[] registers, int number) {
        long value = registers[MipsRegisters.FCSR];
        return (int) switch (number) {
            case 0 -> IMPLEMENTATION;
            case 25 -> value >>> 24 & 0xfe | value >>> 23 & 1;
            case 26 -> value & (63L << CAUSE | KINDS << FLAGS);
            case 28 -> value & (KINDS << ENABLES | 3) | value >>> 22 & 4;
            case 31 -> value;
            default -> 0;
        };
    }

    /** What CTC1 does; a cause that is enabled traps. */
    static void write(GuestCpu cpu, int number, long word) {
        long[] registers = cpu.registers();
        long value = registers[MipsRegisters.FCSR];
        long changed;
        switch (number) {
            case 25 -> changed = value & ~CONDITIONS | (word & 0xfe) << 24 | (word & 1) << 23;
            case 26 -> {
                long mask = 63L << CAUSE | KINDS << FLAGS;
                changed = value & ~mask | word & mask;
            }
            case 28 -> {
                long mask = KINDS << ENABLES | 3;
                changed = value & ~mask & ~FLUSH | word & mask | (word & 4) << 22;
            }
            case 31 -> changed = value & ~WRITABLE | word & WRITABLE;
            default -> {
                return;
            }
        }
        registers[MipsRegisters.FCSR] = changed;
        long traps = changed >>> CAUSE & changed >>> ENABLES & KINDS;
        if ((changed & UNIMPLEMENTED) != 0) {
            throw cpu.exit(new Exit.ArithmeticFault(CODES[4]));
        }
        if (traps != 0) {
            throw cpu.exit(new Exit.ArithmeticFault(code(traps)));
        }
    }

    /**
     * Brings the cause up to date.
     *
     * @param last where the last instruction and its three operands are among the words
     */
    static void resolve(long[] words, int last) {
        if (words[last] != 0) {
            words[MipsRegisters.FCSR] = resolved(
                    words[MipsRegisters.FCSR], (int) words[last], words[last + 1], words[last + 2], words[last + 3]);
            words[last] = 0;
        }
    }

    /** The register with the cause of an instruction. */
    static long resolved(long control, int instruction, long a, long b, long c) {
        long flags = MipsFloat.flags(control, instruction, a, b, c);
        return control & ~(63L << CAUSE) | flags << CAUSE;
    }

    /** Sets up the environment for an instruction. */
    static void begin(long control, FloatEnvironment environment) {
        environment.flags = 0;
        // MIPS counts up before down as the environment does.
        environment.rounding = (int) control & 3;
        environment.signalingBit = (control & NAN_2008) == 0;
        environment.defaultNanOnly = environment.signalingBit; // a signaling NaN cannot be made quiet by setting its bit
    }

    /**
     * Records what an instruction has come upon; traps if that is enabled.
     *
     * @param first whether it is the first operation of the instruction, which clears the cause
     */
    static void end(GuestCpu cpu, FloatEnvironment environment, boolean first) {
        long[] registers = cpu.registers();
        long control = registers[MipsRegisters.FCSR] & ~(first ? 63L << CAUSE : 0);
        long flags = environment.flags;
        if (flags == 0) {
            registers[MipsRegisters.FCSR] = control;
            return;
        }
        control |= flags << CAUSE;
        long traps = flags & control >>> ENABLES;
        if (traps != 0) {
            registers[MipsRegisters.FCSR] = control;
            throw cpu.exit(new Exit.ArithmeticFault(code(traps)));
        }
        registers[MipsRegisters.FCSR] = control | flags << FLAGS;
    }

    /** The kernel names the gravest. */
    private static int code(long traps) {
        return CODES[63 - Long.numberOfLeadingZeros(traps)];
    }
}
