package org.nesteddune.mips;

/** The numbers of what {@link MipsSoftware#call} does. A floating-point one is {@link #FLOAT} with fields of the instruction. */
final class Call {

    static final int SWL = 0;
    static final int SWR = 1;
    static final int SDL = 2;
    static final int SDR = 3;
    static final int SYNCI = 4;
    static final int CPU_NUMBER = 5;
    static final int CYCLES = 6;
    static final int READ_CONTROL = 7;
    static final int WRITE_CONTROL = 8;

    /** With {@code format << 6 | function} of COP1. */
    static final int FLOAT = 1 << 16;

    /** RDHWR $31, which is left to implementations: nanoseconds of CLOCK_MONOTONIC, for the vDSO. */
    static final int NANOSECONDS = 11;

    static final int FLUSH = 9;

    static final int RESOLVE = 10;

    /** The second operation of an instruction, which adds to what the first has come upon. */
    static final int SECOND = 1 << 15;

    /** Not a call: as {@link MipsRegisters#LAST}, an instruction with three operands; the function is that of the second part. */
    static final int THREE = 1 << 14;

    private Call() {
    }
}
