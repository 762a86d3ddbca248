package org.nesteddune.riscv;

/** The numbers of what {@link RiscvSoftware#call} does: those here, or the word of a floating-point instruction. */
final class Call {

    static final int COUNTER = 1;
    /** FENCE.I: whatever has been written anywhere. */
    static final int CODE_BARRIER = 2;
    /** riscv_flush_icache: from a to b; nothing if a is −1. */
    static final int CODE_CHANGED = 3;

    private Call() {
    }
}
