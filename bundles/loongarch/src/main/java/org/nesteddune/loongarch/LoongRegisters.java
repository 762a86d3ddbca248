package org.nesteddune.loongarch;

import java.util.List;
import org.nesteddune.arch.RegisterSet;
import org.nesteddune.engine.software.RegisterFile;

/**
 * The numbers of the registers in the software engine's file.
 *
 * <pre>
 *   0..31 r0..r31   32 pc   33 orig_a0
 *   34..65 lower words of vr0..vr31, which are f0..f31   66..97 upper words of vr0..vr31
 *   98..105 fcc0..fcc7, each 0 or 1   106 fcsr   then what only instructions among themselves know
 * </pre>
 */
final class LoongRegisters {

    static final int ZERO = 0;
    static final int RA = 1;
    static final int TP = 2;
    static final int SP = 3;
    static final int A0 = 4;
    static final int A1 = 5;
    static final int A2 = 6;
    static final int A7 = 11;
    static final int PC = 32;
    /** a0 as it was at the last SYSCALL. */
    static final int ORIG_A0 = 33;

    /** How many there are outside the vector part of the state. */
    static final int COUNT = 34;

    /** Floating-point registers, the lower halves of the vector registers; the vector part of the state begins here. */
    static final int F0 = COUNT;

    /** Upper halves of the vector registers. */
    static final int H0 = F0 + 32;

    /** Condition flags. */
    static final int FCC0 = H0 + 32;

    /** Floating-point control and status register. */
    static final int FCSR = FCC0 + 8;

    /**
     * The last floating-point instruction and its operands, from which the cause in {@link #FCSR} follows when somebody asks for it
     * ({@link FloatControl#resolve}); the instruction is 0 if the cause is there. Then the same once more, for calls.
     */
    static final int LAST = FCSR + 1;

    static final int LAST_A = LAST + 1;
    static final int LAST_B = LAST + 2;
    static final int LAST_C = LAST + 3;
    static final int ASKED = LAST + 4;

    /** Further operands of a call: {@link #OPERANDS} words, of which the vector operations' results take the first. */
    static final int OPERAND = ASKED + 4;

    static final int OPERANDS = 4;

    private static final int END = OPERAND + OPERANDS;
    private static final int TEMPORARIES = 24;

    static final RegisterSet SET = new RegisterSet(
            List.of(
                    "zero", "ra", "tp", "sp", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "t0", "t1", "t2", "t3",
                    "t4", "t5", "t6", "t7", "t8", "u0", "fp", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8",
                    "pc", "orig_a0"),
            PC,
            SP);

    static final RegisterFile FILE = new RegisterFile(COUNT, END - COUNT, TEMPORARIES, PC, ZERO);

    private LoongRegisters() {
    }
}
