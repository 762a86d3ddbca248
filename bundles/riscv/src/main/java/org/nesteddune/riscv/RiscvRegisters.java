package org.nesteddune.riscv;

import java.util.List;
import org.nesteddune.arch.RegisterSet;
import org.nesteddune.engine.software.RegisterFile;

/**
 * The numbers of the registers in the software engine's file.
 *
 * <pre>
 *   0..31 x0..x31   32 pc   33 orig_a0
 *   34..65 f0..f31   66 fcsr   then what only instructions among themselves know
 * </pre>
 */
final class RiscvRegisters {

    static final int ZERO = 0;
    static final int RA = 1;
    static final int SP = 2;
    static final int TP = 4;
    static final int A0 = 10;
    static final int A1 = 11;
    static final int A2 = 12;
    static final int A7 = 17;
    static final int PC = 32;
    /** a0 as it was at the last ECALL. */
    static final int ORIG_A0 = 33;

    /** How many there are outside the floating-point part of the state. */
    static final int COUNT = 34;

    /** Floating-point registers; a single has ones above it. */
    static final int F0 = COUNT;

    /** Floating-point control and status register. */
    static final int FCSR = F0 + 32;

    /** The third operand of a call. */
    static final int OPERAND = FCSR + 1;

    private static final int END = OPERAND + 1;
    private static final int TEMPORARIES = 24;

    static final RegisterSet SET = new RegisterSet(
            List.of(
                    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
                    "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
                    "pc", "orig_a0"),
            PC,
            SP);

    static final RegisterFile FILE = new RegisterFile(COUNT, END - COUNT, TEMPORARIES, PC, ZERO);

    private RiscvRegisters() {
    }
}
