package org.nesteddune.x86.asm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Emits 64-bit code. A method is an instruction, its name the mnemonic with {@code l} for 32 bits and {@code q} for 64,
 * the target first. Encodings: Intel SDM volume 2. Not thread-safe.
 */
public final class Assembler {

    // Opcodes of the arithmetic group, in the form "op register, r/m"; their number for immediates is the opcode / 8.
    private static final int ADD = 0x03;
    private static final int OR = 0x0b;
    private static final int AND = 0x23;
    private static final int SUB = 0x2b;
    private static final int XOR = 0x33;
    private static final int CMP = 0x3b;

    private static final int REX = 0x40;
    private static final int REX_W = 8;

    private record Fixup(int position, Label target) {}

    private final List<Fixup> fixups = new ArrayList<>();
    private byte[] code = new byte[256];
    private int size;

    /** The offset from the code's start at which the next instruction comes to stand. */
    public int position() {
        return size;
    }

    /** Gives a label the present position. */
    public Assembler bind(Label label) {
        label.bind(size);
        return this;
    }

    /**
     * The finished code.
     *
     * @throws IllegalStateException if a jump's label has no place
     */
    public byte[] toBytes() {
        for (Fixup fixup : fixups) {
            int target = fixup.target().position();
            if (target == Label.UNBOUND) {
                throw new IllegalStateException("a jump's label has no place");
            }
            patch(fixup.position(), target - (fixup.position() + 4));
        }
        return Arrays.copyOf(code, size);
    }

    // Moves

    public Assembler movl(Register to, Register from) {
        return registerMemory(false, 0x8b, to, from);
    }

    public Assembler movq(Register to, Register from) {
        return registerMemory(true, 0x8b, to, from);
    }

    public Assembler movl(Register to, Operand from) {
        return operand(false, 0x8b, to.ordinal(), from);
    }

    public Assembler movq(Register to, Operand from) {
        return operand(true, 0x8b, to.ordinal(), from);
    }

    public Assembler movl(Operand to, Register from) {
        return operand(false, 0x89, from.ordinal(), to);
    }

    public Assembler movq(Operand to, Register from) {
        return operand(true, 0x89, from.ordinal(), to);
    }

    /** Sets the whole register: the upper half becomes 0. */
    public Assembler movl(Register to, int value) {
        rex(false, 0, 0, to.high());
        emit(0xb8 | to.low());
        return emit32(value);
    }

    public Assembler movq(Register to, long value) {
        rex(true, 0, 0, to.high());
        emit(0xb8 | to.low());
        emit32((int) value);
        return emit32((int) (value >>> 32));
    }

    public Assembler leaq(Register to, Operand address) {
        return operand(true, 0x8d, to.ordinal(), address);
    }

    public Assembler leal(Register to, Operand address) {
        return operand(false, 0x8d, to.ordinal(), address);
    }

    public Assembler pushq(Register from) {
        rex(false, 0, 0, from.high());
        return emit(0x50 | from.low());
    }

    public Assembler popq(Register to) {
        rex(false, 0, 0, to.high());
        return emit(0x58 | to.low());
    }

    // Arithmetic

    public Assembler addq(Register to, Register with) {
        return registerMemory(true, ADD, to, with);
    }

    public Assembler addq(Register to, Operand with) {
        return operand(true, ADD, to.ordinal(), with);
    }

    public Assembler addq(Register to, int value) {
        return immediate(true, ADD, to, value);
    }

    public Assembler subq(Register to, Register with) {
        return registerMemory(true, SUB, to, with);
    }

    public Assembler subq(Register to, Operand with) {
        return operand(true, SUB, to.ordinal(), with);
    }

    public Assembler subq(Register to, int value) {
        return immediate(true, SUB, to, value);
    }

    public Assembler orq(Register to, Register with) {
        return registerMemory(true, OR, to, with);
    }

    public Assembler xorl(Register to, Register with) {
        return registerMemory(false, XOR, to, with);
    }

    public Assembler andl(Register to, int value) {
        return immediate(false, AND, to, value);
    }

    public Assembler cmpl(Register left, int value) {
        return immediate(false, CMP, left, value);
    }

    public Assembler cmpl(Register left, Operand right) {
        return operand(false, CMP, left.ordinal(), right);
    }

    public Assembler testl(Register left, Register right) {
        return registerMemory(false, 0x85, right, left);
    }

    public Assembler testq(Register left, Register right) {
        return registerMemory(true, 0x85, right, left);
    }

    /** Carry = the bit of {@code bits} that {@code index} names, modulo 32. */
    public Assembler btl(Register bits, Register index) {
        rex(false, index.high(), 0, bits.high());
        emit(0x0f).emit(0xa3);
        return emit(0xc0 | index.low() << 3 | bits.low());
    }

    public Assembler shlq(Register to, int count) {
        return group(true, 0xc1, 4, to).emit(count);
    }

    public Assembler shll(Register to, int count) {
        return group(false, 0xc1, 4, to).emit(count);
    }

    public Assembler shrq(Register to, int count) {
        return group(true, 0xc1, 5, to).emit(count);
    }

    public Assembler shrl(Register to, int count) {
        return group(false, 0xc1, 5, to).emit(count);
    }

    /** Shifts right and fills from the right end of {@code from}. */
    public Assembler shrdq(Register to, Register from, int count) {
        rex(true, from.high(), 0, to.high());
        emit(0x0f).emit(0xac).emit(0xc0 | from.low() << 3 | to.low());
        return emit(count);
    }

    /** rdx:rax = rax * factor, unsigned. */
    public Assembler mulq(Register factor) {
        return group(true, 0xf7, 4, factor);
    }

    /** rdx:rax = rax * factor, unsigned. */
    public Assembler mulq(Operand factor) {
        return operand(true, 0xf7, 4, factor);
    }

    /** rax = rdx:rax / divisor, rdx = the remainder, unsigned. */
    public Assembler divq(Operand divisor) {
        return operand(true, 0xf7, 6, divisor);
    }

    /** to = from * value, the lower 64 bits. */
    public Assembler imulq(Register to, Register from, int value) {
        registerMemory(true, 0x69, to, from);
        return emit32(value);
    }

    // Control

    public Assembler jmp(Label target) {
        emit(0xe9);
        return distance(target);
    }

    public Assembler j(Condition condition, Label target) {
        emit(0x0f).emit(0x80 | condition.ordinal());
        return distance(target);
    }

    public Assembler call(Register target) {
        rex(false, 0, 0, target.high());
        return emit(0xff).emit(0xc0 | 2 << 3 | target.low());
    }

    public Assembler jmp(Register target) {
        rex(false, 0, 0, target.high());
        return emit(0xff).emit(0xc0 | 4 << 3 | target.low());
    }

    /** A breakpoint. */
    public Assembler int3() {
        return emit(0xcc);
    }

    public Assembler ret() {
        return emit(0xc3);
    }

    public Assembler syscall() {
        return emit(0x0f).emit(0x05);
    }

    // System

    public Assembler lfence() {
        return emit(0x0f).emit(0xae).emit(0xe8);
    }

    /** edx:eax = the time-stamp counter. */
    public Assembler rdtsc() {
        return emit(0x0f).emit(0x31);
    }

    /** Also reads IA32_TSC_AUX to ecx. */
    public Assembler rdtscp() {
        return emit(0x0f).emit(0x01).emit(0xf9);
    }

    public Assembler cpuid() {
        return emit(0x0f).emit(0xa2);
    }

    /** edx:eax = the extended control register that ecx names. */
    public Assembler xgetbv() {
        return emit(0x0f).emit(0x01).emit(0xd0);
    }

    /** to = the limit of the segment of a selector; the zero flag says whether there is one. */
    public Assembler lsl(Register to, Register selector) {
        rex(false, to.high(), 0, selector.high());
        emit(0x0f).emit(0x03);
        return emit(0xc0 | to.low() << 3 | selector.low());
    }

    /** Fills with INT3 up to a multiple of a power of two. */
    public Assembler align(int multiple) {
        while ((size & (multiple - 1)) != 0) {
            emit(0xcc);
        }
        return this;
    }

    // Encoding

    private Assembler registerMemory(boolean wide, int opcode, Register register, Register other) {
        rex(wide, register.high(), 0, other.high());
        emit(opcode);
        return emit(0xc0 | register.low() << 3 | other.low());
    }

    private Assembler group(boolean wide, int opcode, int number, Register register) {
        rex(wide, 0, 0, register.high());
        emit(opcode);
        return emit(0xc0 | number << 3 | register.low());
    }

    private Assembler immediate(boolean wide, int opcode, Register register, int value) {
        group(wide, 0x81, opcode >> 3, register);
        return emit32(value);
    }

    /** An instruction with a memory operand and a register, or an extension of the opcode, in the field beside it. */
    private Assembler operand(boolean wide, int opcode, int field, Operand memory) {
        Register base = memory.base();
        Register index = memory.index();
        rex(wide, field >>> 3, index == null ? 0 : index.high(), base == null ? 0 : base.high());
        emit(opcode);
        int bits = (field & 7) << 3;
        if (base == null) {
            emit(bits | 5);
            return emit32(memory.displacement() - (size + 4));
        }
        // Always with a displacement of 32 bits: there is none of the exceptions of the shorter forms.
        if (index == null && base.low() != 4) {
            emit(0x80 | bits | base.low());
        } else {
            emit(0x80 | bits | 4);
            emit(memory.scale() << 6 | (index == null ? 4 : index.low()) << 3 | base.low());
        }
        return emit32(memory.displacement());
    }

    private void rex(boolean wide, int r, int x, int b) {
        int bits = (wide ? REX_W : 0) | r << 2 | x << 1 | b;
        if (bits != 0) {
            emit(REX | bits);
        }
    }

    private Assembler distance(Label target) {
        fixups.add(new Fixup(size, target));
        return emit32(0);
    }

    private Assembler emit(int value) {
        if (size == code.length) {
            code = Arrays.copyOf(code, 2 * size);
        }
        code[size++] = (byte) value;
        return this;
    }

    private Assembler emit32(int value) {
        emit(0).emit(0).emit(0).emit(0);
        patch(size - 4, value);
        return this;
    }

    private void patch(int position, int value) {
        for (int i = 0; i < 4; i++) {
            code[position + i] = (byte) (value >>> 8 * i);
        }
    }
}
