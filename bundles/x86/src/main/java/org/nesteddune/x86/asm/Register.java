package org.nesteddune.x86.asm;

/** The general registers; their order is that of their numbers in instructions. */
public enum Register {
    RAX,
    RCX,
    RDX,
    RBX,
    RSP,
    RBP,
    RSI,
    RDI,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15;

    /** The number's lower three bits, which stand in the instruction itself. */
    int low() {
        return ordinal() & 7;
    }

    /** The number's fourth bit, which stands in the REX prefix. */
    int high() {
        return ordinal() >>> 3;
    }
}
