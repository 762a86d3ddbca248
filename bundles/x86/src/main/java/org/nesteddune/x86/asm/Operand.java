package org.nesteddune.x86.asm;

/**
 * A memory operand: {@code [base + index * 2^scale + displacement]}, or relative to the instruction pointer.
 *
 * @param base null for one that is relative to the instruction pointer
 * @param index null for none; rsp cannot be one
 * @param scale 0 to 3
 * @param displacement in bytes; without a base the operand's offset from the code's start
 */
public record Operand(Register base, Register index, int scale, int displacement) {

    public Operand {
        if (index == Register.RSP || scale < 0 || scale > 3 || (base == null && index != null)) {
            throw new IllegalArgumentException("there is no such operand");
        }
    }

    /** {@code [base + displacement]}. */
    public static Operand at(Register base, int displacement) {
        return new Operand(base, null, 0, displacement);
    }

    /** {@code [base + index * 2^scale + displacement]}. */
    public static Operand at(Register base, Register index, int scale, int displacement) {
        return new Operand(base, index, scale, displacement);
    }

    /** Operand at a fixed distance from the code, as an offset from the code's start; it may be negative. */
    public static Operand relative(int offset) {
        return new Operand(null, null, 0, offset);
    }
}
