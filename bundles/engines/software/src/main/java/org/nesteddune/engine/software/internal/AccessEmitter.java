package org.nesteddune.engine.software.internal;

import static org.objectweb.asm.Opcodes.*;

import org.nesteddune.engine.software.ir.Op;
import org.nesteddune.host.Memory;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/**
 * Writes accesses to memory. An aligned one of a page at the common distance is a look at one byte of the page table and the access
 * itself; all else is {@link SoftMemory}'s, out of the way, where HotSpot leaves out what never happens.
 */
final class AccessEmitter {

    private static final String RAW = RegionWriter.PACKAGE + "Raw";
    private static final String UNSAFE = "sun/misc/Unsafe";

    private final Emission out;
    private final MethodVisitor code;

    AccessEmitter(Emission out) {
        this.out = out;
        code = out.code;
    }

    /** Writes operation i of the block. */
    void emit(int i, int op, int d, int a, int b, long imm) {
        switch (op) {
            case Op.LDB -> load(i, 1, true, d, a, imm);
            case Op.LDBU -> load(i, 1, false, d, a, imm);
            case Op.LDH -> load(i, 2, true, d, a, imm);
            case Op.LDHU -> load(i, 2, false, d, a, imm);
            case Op.LDW -> load(i, 4, true, d, a, imm);
            case Op.LDWU -> load(i, 4, false, d, a, imm);
            case Op.LDD -> load(i, 8, true, d, a, imm);
            case Op.STB -> store(i, 1, a, b, imm);
            case Op.STH -> store(i, 2, a, b, imm);
            case Op.STW -> store(i, 4, a, b, imm);
            case Op.STD -> store(i, 8, a, b, imm);
            case Op.LLW, Op.LLD -> {
                out.at(i);
                code.visitVarInsn(ALOAD, Emission.MEM);
                sum(a, imm);
                out.pushInt(op == Op.LLW ? 4 : 8);
                out.invokeVirtual(Emission.MEMORY, "loadLinked", "(JI)J");
                out.put(d);
            }
            case Op.SCW, Op.SCD -> {
                out.at(i);
                code.visitVarInsn(ALOAD, Emission.MEM);
                sum(a, imm);
                out.get(b, 0);
                out.pushInt(op == Op.SCW ? 4 : 8);
                out.invokeVirtual(Emission.MEMORY, "storeConditional", "(JJI)J");
                out.put(d);
            }
            case Op.FENCE -> out.invoke(Memory.class, "fullFence", "()V");
            case Op.CALL -> out.callArchitecture(i, d, a, b, imm);
            default -> throw new IllegalStateException("operation " + op);
        }
    }

    private void sum(int a, long imm) {
        out.get(a, imm);
        if (imm != 0) {
            out.pushLong(imm);
            code.visitInsn(LADD);
        }
    }

    private void raw() {
        code.visitFieldInsn(GETSTATIC, RAW, "UNSAFE", "L" + UNSAFE + ";");
    }

    /** The address into its variable; jumps away unless the access may be made directly. */
    private void check(int size, int right, int a, long imm, Label slow) {
        sum(a, imm);
        code.visitInsn(DUP2);
        code.visitVarInsn(LSTORE, Emission.ADDRESS);
        out.pushLong(SoftMemory.BEYOND | size - 1);
        code.visitInsn(LAND);
        out.jumpIfZero(false, slow);
        raw();
        code.visitVarInsn(LLOAD, Emission.TABLE);
        code.visitVarInsn(LLOAD, Emission.ADDRESS);
        out.pushInt(PageTable.PAGE_SHIFT);
        code.visitInsn(LUSHR);
        code.visitInsn(LADD);
        out.invokeVirtual(UNSAFE, "getByte", "(J)B");
        out.pushInt(right);
        code.visitInsn(IAND);
        code.visitJumpInsn(IFEQ, slow);
        raw();
        code.visitVarInsn(LLOAD, Emission.ADDRESS);
        code.visitVarInsn(LLOAD, Emission.DELTA);
        code.visitInsn(LADD);
    }

    private void load(int i, int size, boolean signed, int d, int a, long imm) {
        Label slow = new Label();
        Label done = new Label();
        check(size, PageTable.READ, a, imm, slow);
        switch (size) {
            case 1 -> out.invokeVirtual(UNSAFE, "getByte", "(J)B");
            case 2 -> out.invokeVirtual(UNSAFE, "getShort", "(J)S");
            case 4 -> out.invokeVirtual(UNSAFE, "getInt", "(J)I");
            default -> out.invokeVirtual(UNSAFE, "getLong", "(J)J");
        }
        if (size < 8) {
            code.visitInsn(I2L);
            if (!signed) {
                out.pushLong((1L << 8 * size) - 1);
                code.visitInsn(LAND);
            }
        }
        out.put(d);
        code.visitLabel(done);
        out.later(() -> {
            code.visitLabel(slow);
            out.at(i);
            code.visitVarInsn(ALOAD, Emission.MEM);
            code.visitVarInsn(LLOAD, Emission.ADDRESS);
            out.pushInt(size);
            out.invokeVirtual(Emission.MEMORY, "loadSlow", "(JI)J");
            if (signed && size < 8) {
                code.visitInsn(L2I);
                if (size < 4) {
                    code.visitInsn(size == 1 ? I2B : I2S);
                }
                code.visitInsn(I2L);
            }
            out.put(d);
            code.visitJumpInsn(GOTO, done);
        });
    }

    private void store(int i, int size, int a, int b, long imm) {
        Label slow = new Label();
        Label done = new Label();
        check(size, PageTable.WRITE, a, imm, slow);
        if (size < 8) {
            out.getInt(b, 0);
        } else {
            out.get(b, 0);
        }
        switch (size) {
            case 1 -> {
                code.visitInsn(I2B);
                out.invokeVirtual(UNSAFE, "putByte", "(JB)V");
            }
            case 2 -> {
                code.visitInsn(I2S);
                out.invokeVirtual(UNSAFE, "putShort", "(JS)V");
            }
            case 4 -> out.invokeVirtual(UNSAFE, "putInt", "(JI)V");
            default -> out.invokeVirtual(UNSAFE, "putLong", "(JJ)V");
        }
        code.visitLabel(done);
        out.later(() -> {
            code.visitLabel(slow);
            out.at(i);
            code.visitVarInsn(ALOAD, Emission.MEM);
            code.visitVarInsn(LLOAD, Emission.ADDRESS);
            out.get(b, 0);
            out.pushInt(size);
            out.invokeVirtual(Emission.MEMORY, "storeSlow", "(JJI)V");
            code.visitJumpInsn(GOTO, done);
        });
    }
}
