package org.nesteddune.x86.asm;

/** Conditions of jumps; the order is that of their codes (Intel SDM volume 2, appendix B.1.4.7). */
public enum Condition {
    OVERFLOW,
    NOT_OVERFLOW,
    /** Unsigned less; carry set. */
    BELOW,
    /** Unsigned greater or equal; carry clear. */
    ABOVE_OR_EQUAL,
    EQUAL,
    NOT_EQUAL,
    BELOW_OR_EQUAL,
    ABOVE,
    SIGN,
    NOT_SIGN,
    PARITY,
    NOT_PARITY,
    LESS,
    GREATER_OR_EQUAL,
    LESS_OR_EQUAL,
    GREATER
}
