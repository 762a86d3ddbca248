package org.nesteddune.mips;

import java.util.List;
import org.nesteddune.arch.RegisterSet;
import org.nesteddune.engine.software.RegisterFile;

/** The numbers of the registers. Those from {@link #ORIG_V0} on are no registers of the CPU's but what a kernel keeps. */
final class MipsRegisters {

    static final int ZERO = 0;
    static final int V0 = 2;
    static final int V1 = 3;
    static final int A0 = 4;
    static final int A1 = 5;
    static final int A2 = 6;
    static final int A3 = 7;
    static final int T9 = 25;
    static final int SP = 29;
    static final int RA = 31;
    static final int LO = 32;
    static final int HI = 33;
    static final int PC = 34;
    /** The thread pointer, which RDHWR $29 reads. */
    static final int USER_LOCAL = 35;
    /** v0 and a3 as they were at the last SYSCALL. */
    static final int ORIG_V0 = 36;
    static final int ORIG_A3 = 37;

    /** Not 0 if accesses that are not aligned are to fault: TIF_FIXADE, the other way round. */
    static final int STRICT = 38;

    /** How many there are. */
    static final int COUNT = 39;

    /** Floating-point registers, in the vector part of the state. */
    static final int F0 = COUNT;

    /** Floating-point control and status register, behind them. */
    static final int FCSR = F0 + 32;

    /**
     * The last floating-point instruction and its operands, from which the cause in {@link #FCSR} follows when somebody asks for it
     * ({@link FloatControl#resolve}); the instruction is 0 if the cause is there. Then the same once more, for calls.
     */
    static final int LAST = FCSR + 1;

    static final int LAST_A = LAST + 1;
    static final int LAST_B = LAST + 2;
    static final int LAST_C = LAST + 3;
    static final int ASKED = LAST + 4;

    private static final int VECTORS = 41;
    private static final int TEMPORARIES = 24;

    static final RegisterSet SET = new RegisterSet(
            List.of(
                    "zero", "at", "v0", "v1", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "t0", "t1", "t2", "t3",
                    "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "t8", "t9", "k0", "k1", "gp", "sp", "s8", "ra",
                    "lo", "hi", "pc", "userlocal", "orig_v0", "orig_a3", "strict"),
            PC,
            SP);

    static final RegisterFile FILE = new RegisterFile(COUNT, VECTORS, TEMPORARIES, PC, ZERO);

    private MipsRegisters() {
    }
}
