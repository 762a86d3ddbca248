package org.nesteddune.loongarch;

import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.FloatGuard;
import org.nesteddune.engine.software.GuestCpu;
import org.nesteddune.engine.software.fp.FloatEnvironment;

/**
 * The floating-point control and status register.
 *
 * <pre>
 *   28..24 cause   20..16 flags   9..8 rounding   4..0 enables
 * </pre>
 *
 * <p>Of five kinds, from the lowest bit: inexact, underflow, overflow, division by zero, invalid operation. fcsr1, fcsr2 and fcsr3 are views
 * of the enables, of cause and flags, and of the rounding. Stateless.
 */
final class FloatControl {

    /** What a program may change. */
    static final long WRITABLE = 0x1f1f_031fL;

    private static final long[] VIEWS = {WRITABLE, 0x1f, 0x1f1f_0000L, 0x300};

    private static final int ROUNDING = 8;
    private static final int FLAGS = 16;
    private static final int CAUSE = 24;
    private static final long KINDS = 31;

    // si_code of SIGFPE (asm-generic/siginfo.h), by kind from the lowest bit
    private static final int[] CODES = {6, 5, 4, 3, 7};

    /** To the nearest, inexact not enabled and recorded already. */
    static final FloatGuard GUARD = new FloatGuard(LoongRegisters.FCSR, 3 << ROUNDING | 1 | 1 << FLAGS, 1 << FLAGS);

    private FloatControl() {
    }

    /** Whether there is a register of this number. */
    static boolean exists(int number) {
        return number < VIEWS.length;
    }

    static long read(long control, int number) {
        return (int) (control & VIEWS[number]);
    }

    static long written(long control, int number, long value) {
        return control & ~VIEWS[number] | value & VIEWS[number];
    }

    /** Brings the cause up to date by what {@link LoongRegisters#ASKED} tells. */
    static void resolve(long[] registers) {
        int last = LoongRegisters.ASKED;
        registers[LoongRegisters.FCSR] = resolved(
                registers[LoongRegisters.FCSR], (int) registers[last], registers[last + 1], registers[last + 2],
                registers[last + 3]);
    }

    /** The register with the cause of an instruction; 0 if it is there. */
    static long resolved(long control, int instruction, long a, long b, long c) {
        if (instruction == 0) {
            return control;
        }
        FloatEnvironment environment = environment(control);
        LoongFloat.compute(instruction, a, b, c, environment);
        return control & ~(KINDS << CAUSE) | (long) environment.flags << CAUSE;
    }

    /** What an instruction begins with. */
    static FloatEnvironment environment(long control) {
        FloatEnvironment environment = new FloatEnvironment();
        environment.rounding = (int) (control >>> ROUNDING) & 3; // to even, to zero, up, down
        return environment;
    }

    /** Records what an instruction has come upon; traps if that is enabled. */
    static void end(GuestCpu cpu, FloatEnvironment environment) {
        long[] registers = cpu.registers();
        long flags = environment.flags;
        long control = registers[LoongRegisters.FCSR] & ~(KINDS << CAUSE) | flags << CAUSE;
        long traps = flags & control & KINDS;
        if (traps != 0) {
            registers[LoongRegisters.FCSR] = control;
            throw cpu.exit(new Exit.ArithmeticFault(CODES[63 - Long.numberOfLeadingZeros(traps)]));
        }
        registers[LoongRegisters.FCSR] = control | flags << FLAGS;
    }
}
