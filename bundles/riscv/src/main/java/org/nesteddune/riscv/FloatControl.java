package org.nesteddune.riscv;

import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.FloatGuard;
import org.nesteddune.engine.software.GuestCpu;
import org.nesteddune.engine.software.fp.FloatEnvironment;

/**
 * The floating-point control and status register: rounding mode in bits 7 to 5, in bits 4 to 0 what has happened (invalid, division by
 * zero, overflow, underflow, inexact), which are {@link FloatEnvironment}'s own numbers. Nothing ever traps. Stateless.
 */
final class FloatControl {

    /** What a program may change. */
    static final long WRITABLE = 0xff;

    static final int ROUNDING = 5;
    static final long FLAGS = 31;

    // Rounding modes, as instructions and the register have them
    static final int NEAREST = 0;
    static final int TOWARD_ZERO = 1;
    /** In an instruction: what the register says. */
    static final int DYNAMIC = 7;

    /** By the number of a mode; those that are missing are reserved. */
    private static final int[] MODES = {
        FloatEnvironment.NEAREST_EVEN, FloatEnvironment.TOWARD_ZERO, FloatEnvironment.DOWN, FloatEnvironment.UP,
        FloatEnvironment.NEAREST_AWAY
    };

    /** To the nearest, inexact recorded already. */
    static final FloatGuard GUARD = new FloatGuard(
            RiscvRegisters.FCSR, 7L << ROUNDING | FloatEnvironment.INEXACT, FloatEnvironment.INEXACT);

    private FloatControl() {
    }

    /** Whether an instruction may have this rounding mode. */
    static boolean isMode(int mode) {
        return mode < MODES.length || mode == DYNAMIC;
    }

    /** What an instruction with a rounding mode begins with; illegal if the register says none. */
    static FloatEnvironment environment(GuestCpu cpu, int mode) {
        int wanted = mode == DYNAMIC ? (int) (cpu.registers()[RiscvRegisters.FCSR] >>> ROUNDING) & 7 : mode;
        if (wanted >= MODES.length) {
            throw cpu.exit(new Exit.IllegalInstruction());
        }
        FloatEnvironment environment = new FloatEnvironment();
        environment.defaultNanOnly = true;
        environment.rounding = MODES[wanted];
        return environment;
    }
}
