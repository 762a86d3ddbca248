package org.nesteddune.loongarch;

/**
 * The numbers of what {@link LoongSoftware#call} does: those here; the word of a scalar floating-point instruction; or {@link #VECTOR}
 * and what {@link VectorOp#call} adds.
 */
final class Call {

    static final int RESOLVE = 1;
    static final int COUNTER = 2;
    static final int CPUCFG = 3;
    /** With the number of bytes (1, 2, 4, 8) times 4 added; polynomials of IEEE 802.3 and of Castagnoli. */
    static final int CRC = 64;
    static final int CRCC = 128;
    static final int CODE_BARRIER = 4;
    /** The kernel is about to write so many bytes. */
    static final int WRITTEN = 5;
    /** The first operand must be greater than the second; must not be. */
    static final int ABOVE = 6;

    static final int NOT_ABOVE = 7;

    /** The least word of a floating-point instruction. */
    static final int FLOAT = 0x0100_0000;

    static final int VECTOR = 1 << 30;

    private Call() {
    }
}
