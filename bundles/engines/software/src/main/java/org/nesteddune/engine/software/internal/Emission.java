package org.nesteddune.engine.software.internal;

import static org.objectweb.asm.Opcodes.*;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.FloatGuard;
import org.nesteddune.engine.software.RegisterFile;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.Op;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;

/**
 * What all that write a part of {@link Region#run} have in common: the local variables, and how registers become values on the stack.
 * Used once, by one thread.
 *
 * <pre>
 *   0 this   1 cpu   2 registers   3 memory   4 place (int)   5 scratch   7 address
 *   9 the registers, then what the emitters put aside
 * </pre>
 */
final class Emission {

    static final String VCPU = RegionWriter.PACKAGE + "SoftwareVcpu";
    static final String MEMORY = RegionWriter.PACKAGE + "SoftMemory";
    static final String ARITHMETIC = RegionWriter.PACKAGE + "Arithmetic";
    static final String FLOATS = RegionWriter.PACKAGE + "Floats";
    private static final String DOUBLE = "java/lang/Double";
    static final String EXIT = "org/nesteddune/engine/Exit";

    static final int CPU = 1;
    static final int REGISTERS = 2;
    static final int MEM = 3;
    static final int PLACE = 4;
    static final int SCRATCH = 5;
    static final int ADDRESS = 7;
    private static final int FIRST = 9;

    final MethodVisitor code;
    final RegisterFile file;
    final FloatGuard guard;
    final List<Exit> exits;
    final Grade grade;
    /** Where all ways out come together, with the address where the guest goes on in the scratch variable. */
    final Label leave = new Label();
    /** Address that places count from. */
    final long base;
    private final boolean[] shared;
    private final int[] variables;
    private final boolean[] written;
    private final Narrowness narrow;
    private final Doubles doubles;
    private final List<Runnable> later = new ArrayList<>();
    private int next = FIRST;
    private Block block;

    /** @param shared registers that calls may touch, which stay in the file */
    Emission(
            MethodVisitor code,
            RegisterFile file,
            boolean[] shared,
            FloatGuard guard,
            List<Block> blocks,
            List<Exit> exits,
            Grade grade) {
        this.grade = grade;
        this.code = code;
        this.file = file;
        this.shared = shared;
        this.guard = guard;
        this.exits = exits;
        base = blocks.get(0).pc();
        variables = new int[file.size() + 1];
        written = new boolean[file.size() + 1];
        narrow = new Narrowness(file, shared);
        doubles = grade == Grade.COMPACT ? null : new Doubles(blocks, file);
        blocks.forEach(this::assignVariables);
    }

    /** Finds which registers occur, and which are written. */
    private void assignVariables(Block each) {
        for (long word : each.words()) {
            int op = (int) word & 0xffff;
            int d = (int) (word >>> 16) & 0xffff;
            assign(d);
            assign((int) (word >>> 32) & 0xffff);
            assign((int) (word >>> 48));
            if (d < file.size() && (op < Op.STB || op > Op.STD) && (op < Op.BEQ || op >= Op.FADDS)) {
                written[d] = true;
            }
        }
    }

    private void assign(int register) {
        if (register < file.size() && register != file.zero() && !shared[register] && variables[register] == 0) {
            variables[register] = variable();
        }
    }

    /** A new local variable for a long. */
    int variable() {
        next += 2;
        return next - 2;
    }

    /** What is emitted from now on belongs to a block. */
    void begin(Block one) {
        block = one;
        narrow.forget();
    }

    /** What is known of the registers here, for {@link #recall}. */
    Narrowness.Facts facts() {
        return narrow.facts();
    }

    /** What is written next comes after another place than what was written last. */
    void recall(Narrowness.Facts facts) {
        narrow.recall(facts);
    }

    /** The register, 0 or 1, that a field of another one has been taken from, and still holds; or −1. */
    int fieldSource(int register, long imm) {
        return narrow.source(register, imm);
    }

    /** An operation of the block has been written. */
    void done(int op, int d, int a, int b, long imm) {
        narrow.note(op, d, a, b, imm);
    }

    /** Whether a register holds 0 or 1. */
    boolean isBoolean(int register) {
        return narrow.isBoolean(register);
    }

    /** Whether a register has been made of an int. */
    boolean isInt(int register) {
        return narrow.isInt(register);
    }

    /** Whether what is done bit by bit is better done with ints. */
    boolean areInts(int a, int b, long imm) {
        return narrow.areInts(a, b, imm);
    }

    /** The register, 0 or 1, that a register is the opposite of; or −1. */
    int opposite(int register) {
        return narrow.opposite(register);
    }

    /** Whether what a register holds, or the constant, is an int with its sign extended. */
    boolean isNarrow(int register, long imm) {
        return narrow.is(register, imm);
    }

    /** Has something written behind all else: what happens rarely. The block is the same then. */
    void later(Runnable part) {
        Block of = block;
        later.add(() -> {
            block = of;
            part.run();
        });
    }

    void emitLater() {
        for (int i = 0; i < later.size(); i++) {
            later.get(i).run();
        }
    }

    /** Whether the code is to be short rather than fast: what is long as bytecode is called. */
    boolean isCompact() {
        return grade == Grade.COMPACT;
    }

    /** Whether a register's variable is a double. */
    boolean isDouble(int register) {
        return doubles != null && doubles.is(register) && variables[register] != 0;
    }

    /** Fills the variables at the entry. */
    void enter() {
        for (int register = 0; register < file.size(); register++) {
            if (variables[register] != 0) {
                if (register < file.firstTemporary()) {
                    code.visitVarInsn(ALOAD, REGISTERS);
                    pushInt(register);
                    code.visitInsn(LALOAD);
                } else {
                    code.visitInsn(LCONST_0);
                }
                put(register);
            }
        }
        code.visitInsn(ICONST_0);
        code.visitVarInsn(ISTORE, PLACE);
        code.visitInsn(LCONST_0);
        code.visitVarInsn(LSTORE, ADDRESS);
    }

    /** Writes the variables back into the file. */
    void writeBack() {
        for (int register = 0; register < file.firstTemporary(); register++) {
            if (variables[register] != 0 && written[register]) {
                code.visitVarInsn(ALOAD, REGISTERS);
                pushInt(register);
                get(register, 0);
                code.visitInsn(LASTORE);
            }
        }
    }

    void pushInt(int value) {
        if (value >= -1 && value <= 5) {
            code.visitInsn(ICONST_0 + value);
        } else if (value == (byte) value) {
            code.visitIntInsn(BIPUSH, value);
        } else if (value == (short) value) {
            code.visitIntInsn(SIPUSH, value);
        } else {
            code.visitLdcInsn(value);
        }
    }

    void pushLong(long value) {
        if (value == 0 || value == 1) {
            code.visitInsn(value == 0 ? LCONST_0 : LCONST_1);
        } else if (value == (short) value) {
            pushInt((int) value);
            code.visitInsn(I2L);
        } else {
            code.visitLdcInsn(value);
        }
    }

    void get(int register, long imm) {
        if (register == file.size()) {
            pushLong(imm);
        } else if (register == file.zero()) {
            code.visitInsn(LCONST_0);
        } else if (shared[register]) {
            code.visitVarInsn(ALOAD, REGISTERS);
            pushInt(register);
            code.visitInsn(LALOAD);
        } else if (isDouble(register)) {
            code.visitVarInsn(DLOAD, variables[register]);
            patternOfDouble();
        } else {
            code.visitVarInsn(LLOAD, variables[register]);
        }
    }

    /** Pushes a register as a double. */
    void getDouble(int register) {
        if (isDouble(register)) {
            code.visitVarInsn(DLOAD, variables[register]);
        } else {
            get(register, 0);
            doubleOfPattern();
        }
    }

    /** Pops a double into a register. */
    void putDouble(int register) {
        if (isDouble(register)) {
            code.visitVarInsn(DSTORE, variables[register]);
        } else {
            patternOfDouble();
            put(register);
        }
    }

    /** d = a, the constant if a stands for that. */
    void move(int d, int a, long imm) {
        if (isDouble(d) && isDouble(a)) {
            getDouble(a);
            putDouble(d);
        } else {
            get(a, imm);
            put(d);
        }
    }

    /** The bits of the double on the stack, NaNs as they are. */
    void patternOfDouble() {
        invokeStatic(DOUBLE, "doubleToRawLongBits", "(D)J");
    }

    private void doubleOfPattern() {
        invokeStatic(DOUBLE, "longBitsToDouble", "(J)D");
    }

    /** Puts a register's value aside. */
    void save(int register, int variable) {
        if (isDouble(register)) {
            code.visitVarInsn(DLOAD, variables[register]);
            code.visitVarInsn(DSTORE, variable);
        } else {
            get(register, 0);
            code.visitVarInsn(LSTORE, variable);
        }
    }

    /** Gives a register the value that was put aside. */
    void restore(int register, int variable) {
        if (isDouble(register)) {
            code.visitVarInsn(DLOAD, variable);
            code.visitVarInsn(DSTORE, variables[register]);
        } else {
            code.visitVarInsn(LLOAD, variable);
            put(register);
        }
    }

    /** Pushes the lower 32 bits of a register. */
    void getInt(int register, long imm) {
        if (register == file.size()) {
            pushInt((int) imm);
        } else {
            get(register, imm);
            code.visitInsn(L2I);
        }
    }

    void both(int a, int b, long imm) {
        get(a, imm);
        get(b, imm);
    }

    /** Pops a long into a register. */
    void put(int register) {
        if (register == file.size()) {
            code.visitInsn(POP2);
        } else if (shared[register]) {
            code.visitVarInsn(LSTORE, SCRATCH);
            code.visitVarInsn(ALOAD, REGISTERS);
            pushInt(register);
            code.visitVarInsn(LLOAD, SCRATCH);
            code.visitInsn(LASTORE);
        } else if (isDouble(register)) {
            doubleOfPattern();
            code.visitVarInsn(DSTORE, variables[register]);
        } else {
            code.visitVarInsn(LSTORE, variables[register]);
        }
    }

    void invoke(Class<?> owner, String name, String type) {
        code.visitMethodInsn(INVOKESTATIC, Type.getInternalName(owner), name, type, false);
    }

    void invokeStatic(String owner, String name, String type) {
        code.visitMethodInsn(INVOKESTATIC, owner, name, type, false);
    }

    void invokeVirtual(String owner, String name, String type) {
        code.visitMethodInsn(INVOKEVIRTUAL, owner, name, type, false);
    }

    /** Jumps if the long on the stack is 0, or is not. */
    void jumpIfZero(boolean zero, Label target) {
        code.visitInsn(LCONST_0);
        code.visitInsn(LCMP);
        code.visitJumpInsn(zero ? IFEQ : IFNE, target);
    }

    /** Address of an operation's instruction. */
    long address(int i) {
        return block.pc() + block.places()[i];
    }

    /** Notes which instruction a call is of that may fail. */
    void at(int i) {
        pushInt((int) (address(i) - base));
        code.visitVarInsn(ISTORE, PLACE);
    }

    /** {@code d = architecture.call(cpu, function, a, b)} */
    void callArchitecture(int i, int d, int a, int b, long function) {
        at(i);
        code.visitVarInsn(ALOAD, CPU);
        pushInt((int) function);
        both(a, b, function);
        invokeVirtual(VCPU, "call", "(IJJ)J");
        put(d);
    }
}
