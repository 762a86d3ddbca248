package org.nesteddune.engine.software.internal;

import static org.objectweb.asm.Opcodes.*;

import org.nesteddune.engine.software.ir.Op;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/** Writes operations on integers. */
final class IntegerEmitter {

    private final Emission out;
    private final MethodVisitor code;

    IntegerEmitter(Emission out) {
        this.out = out;
        code = out.code;
    }

    /** Writes one operation. */
    void emit(int op, int d, int a, int b, long imm) {
        switch (op) {
            case Op.MOVE -> out.move(d, a, imm);
            case Op.ADD -> binary(LADD, d, a, b, imm);
            case Op.SUB -> binary(LSUB, d, a, b, imm);
            case Op.AND -> bits(LAND, d, a, b, imm, false, false);
            case Op.OR -> bits(LOR, d, a, b, imm, false, false);
            case Op.XOR -> bits(LXOR, d, a, b, imm, false, false);
            case Op.MUL -> binary(LMUL, d, a, b, imm);
            case Op.NOR -> bits(LOR, d, a, b, imm, false, true);
            case Op.ANDN -> bits(LAND, d, a, b, imm, true, false);
            case Op.ORN -> bits(LOR, d, a, b, imm, true, false);
            case Op.SHL -> shift(LSHL, d, a, b, imm);
            case Op.SHR -> shift(LUSHR, d, a, b, imm);
            case Op.SAR -> shift(LSHR, d, a, b, imm);
            case Op.ROTR -> rotate(false, d, a, b, imm);
            case Op.MULHS -> call(Math.class, "multiplyHigh", d, a, b, imm);
            case Op.MULHU -> helper("multiplyHighUnsigned", d, a, b, imm);
            case Op.DIVS -> helper("divide", d, a, b, imm);
            case Op.DIVU -> helper("divideUnsigned", d, a, b, imm);
            case Op.REMS -> helper("remainder", d, a, b, imm);
            case Op.REMU -> helper("remainderUnsigned", d, a, b, imm);
            case Op.ADDW -> words(IADD, d, a, b, imm);
            case Op.SUBW -> words(ISUB, d, a, b, imm);
            case Op.MULW -> words(IMUL, d, a, b, imm);
            case Op.SHLW -> words(ISHL, d, a, b, imm);
            case Op.SHRW -> words(IUSHR, d, a, b, imm);
            case Op.SARW -> words(ISHR, d, a, b, imm);
            case Op.ROTRW -> rotate(true, d, a, b, imm);
            case Op.DIVSW -> wordHelper("divide", d, a, b, imm);
            case Op.DIVUW -> wordHelper("divideUnsigned", d, a, b, imm);
            case Op.REMSW -> wordHelper("remainder", d, a, b, imm);
            case Op.REMUW -> wordHelper("remainderUnsigned", d, a, b, imm);
            case Op.SEQ -> equal(d, a, b, imm, true);
            case Op.SNE -> equal(d, a, b, imm, false);
            case Op.SLT -> set(IFLT, false, d, a, b, imm);
            case Op.SLTU -> {
                // How programs ask for 0 and for what is not.
                if (b == out.file.size() && imm == 1) {
                    zero(d, a, imm, true);
                } else if (a == out.file.zero()) {
                    zero(d, b, imm, false);
                } else {
                    set(IFLT, true, d, a, b, imm);
                }
            }
            case Op.SEXTB -> narrow(I2B, d, a, imm);
            case Op.SEXTH -> narrow(I2S, d, a, imm);
            case Op.SEXTW -> narrow(NOP, d, a, imm);
            case Op.ZEXTB -> extractLong(0, 8, d, a, imm);
            case Op.ZEXTH -> extractLong(0, 16, d, a, imm);
            case Op.ZEXTW -> extractLong(0, 32, d, a, imm);
            case Op.CLZ -> count(Long.class, "numberOfLeadingZeros", d, a, imm);
            case Op.CLZW -> count(Integer.class, "numberOfLeadingZeros", d, a, imm);
            case Op.CTZ -> count(Long.class, "numberOfTrailingZeros", d, a, imm);
            case Op.CTZW -> count(Integer.class, "numberOfTrailingZeros", d, a, imm);
            case Op.BSWAP -> unary(Long.class, "reverseBytes", d, a, imm);
            case Op.BSWAPW -> count(Integer.class, "reverseBytes", d, a, imm);
            case Op.BITREV -> unary(Long.class, "reverse", d, a, imm);
            case Op.BITREVW -> count(Integer.class, "reverse", d, a, imm);
            case Op.BSWAPH -> {
                out.get(a, imm);
                code.visitMethodInsn(INVOKESTATIC, Emission.ARITHMETIC, "swapBytesInHalves", "(J)J", false);
                out.put(d);
            }
            case Op.CMOVZ -> select(d, a, b, imm, true);
            case Op.CMOVNZ -> select(d, a, b, imm, false);
            case Op.EXTRACT -> {
                int position = (int) imm & 0xff;
                int size = (int) (imm >>> 8);
                if (size < 32 && position + size <= 32 && out.isInt(a)) {
                    extractInt(position, size, d, a, imm);
                } else {
                    extractLong(position, size, d, a, imm);
                }
            }
            case Op.HOLDS -> {
                out.pushInt((int) imm & 15);
                out.getInt(a, imm);
                code.visitInsn(ICONST_1);
                code.visitInsn(IADD);
                code.visitInsn(IUSHR);
                code.visitInsn(ICONST_1);
                code.visitInsn(IAND);
                code.visitInsn(I2L);
                out.put(d);
            }
            case Op.INSERT -> {
                int position = (int) imm & 0xff;
                long field = Arithmetic.insert(0, -1, imm);
                out.get(d, imm);
                out.pushLong(~field);
                code.visitInsn(LAND);
                out.get(a, imm);
                out.pushInt(position);
                code.visitInsn(LSHL);
                out.pushLong(field);
                code.visitInsn(LAND);
                code.visitInsn(LOR);
                out.put(d);
            }
            default -> throw new IllegalStateException("operation " + op);
        }
    }

    /**
     * Chooses without a branch, which programs do where nobody can foresee it: {@code x ^ ((x ^ y) & (b == 0 ? 0 : -1))} is x if b is 0,
     * else y.
     */
    private void select(int d, int a, int b, long imm, boolean ifZero) {
        int zero = ifZero ? a : d;
        int other = ifZero ? d : a;
        if (zero == out.file.zero() || other == out.file.zero()) {
            out.get(zero == out.file.zero() ? other : zero, imm);
            mask(b, imm, zero != out.file.zero());
            code.visitInsn(LAND);
            out.put(d);
            return;
        }
        boolean ints = out.isNarrow(a, imm) && out.isNarrow(d, imm) && (out.isInt(a) || out.isInt(d));
        operand(ints, zero, imm, false);
        operand(ints, zero, imm, false);
        operand(ints, other, imm, false);
        code.visitInsn(ints ? IXOR : LXOR);
        mask(b, imm, false);
        if (ints) {
            code.visitInsn(L2I);
        }
        code.visitInsn(ints ? IAND : LAND);
        code.visitInsn(ints ? IXOR : LXOR);
        if (ints) {
            code.visitInsn(I2L);
        }
        out.put(d);
    }

    /** Pushes 0 if a register holds 0, else −1; or the other way round. */
    private void mask(int b, long imm, boolean inverted) {
        if (!out.isBoolean(b)) {
            out.get(b, imm);
            out.get(b, imm);
            code.visitInsn(LNEG);
            code.visitInsn(LOR);
            out.pushInt(Long.SIZE - 1);
            code.visitInsn(LSHR);
            invert(false, inverted);
            return;
        }
        // What is 0 or 1: -b, or b - 1.
        int opposite = out.opposite(b);
        out.get(opposite < 0 ? b : opposite, imm);
        if (inverted == (opposite < 0)) {
            code.visitInsn(LCONST_1);
            code.visitInsn(LSUB);
        } else {
            code.visitInsn(LNEG);
        }
    }

    /** d = some of the lower 32 bits of a. */
    private void extractInt(int position, int size, int d, int a, long imm) {
        out.getInt(a, imm);
        if (position != 0) {
            out.pushInt(position);
            code.visitInsn(IUSHR);
        }
        if (position + size < 32) {
            out.pushInt((1 << size) - 1);
            code.visitInsn(IAND);
        }
        code.visitInsn(I2L);
        out.put(d);
    }

    /** d = some bits of a. */
    private void extractLong(int position, int size, int d, int a, long imm) {
        out.get(a, imm);
        if (position != 0) {
            out.pushInt(position);
            code.visitInsn(LUSHR);
        }
        if (position + size < 64) {
            out.pushLong((1L << size) - 1);
            code.visitInsn(LAND);
        }
        out.put(d);
    }

    /** Not by the methods of Long and Integer, which HotSpot does not put into one that has become large. */
    private void rotate(boolean ints, int d, int a, int b, long imm) {
        operand(ints, a, imm, false);
        out.getInt(b, imm);
        code.visitInsn(ints ? IUSHR : LUSHR);
        operand(ints, a, imm, false);
        out.getInt(b, imm);
        code.visitInsn(INEG);
        code.visitInsn(ints ? ISHL : LSHL);
        code.visitInsn(ints ? IOR : LOR);
        if (ints) {
            code.visitInsn(I2L);
        }
        out.put(d);
    }

    private void binary(int instruction, int d, int a, int b, long imm) {
        out.both(a, b, imm);
        code.visitInsn(instruction);
        out.put(d);
    }

    /** Bit by bit, with the second operand or the result inverted. */
    private void bits(int instruction, int d, int a, int b, long imm, boolean invertB, boolean invert) {
        if (out.isDouble(d) && out.isDouble(a) && b == out.file.size() && isSign(instruction, imm)) {
            out.getDouble(a);
            if (instruction == LAND) {
                out.invoke(Math.class, "abs", "(D)D");
            } else {
                code.visitInsn(DNEG);
            }
            out.putDouble(d);
            return;
        }
        boolean ints = out.areInts(a, b, imm) && (instruction == LAND && !invertB || out.isNarrow(a, imm) && out.isNarrow(b, imm));
        operand(ints, a, imm, false);
        operand(ints, b, imm, invertB);
        code.visitInsn(ints ? instruction - (LAND - IAND) : instruction);
        invert(ints, invert);
        if (ints) {
            code.visitInsn(I2L);
        }
        out.put(d);
    }

    /** Whether what is done with a constant clears or changes the sign of a double, and nothing else. */
    private static boolean isSign(int instruction, long imm) {
        return instruction == LAND && imm == Doubles.MAGNITUDE || instruction == LXOR && imm == Doubles.SIGN;
    }

    private void operand(boolean ints, int register, long imm, boolean inverted) {
        if (ints) {
            out.getInt(register, imm);
        } else {
            out.get(register, imm);
        }
        invert(ints, inverted);
    }

    private void invert(boolean ints, boolean wanted) {
        if (wanted) {
            if (ints) {
                code.visitInsn(ICONST_M1);
                code.visitInsn(IXOR);
            } else {
                code.visitLdcInsn(-1L);
                code.visitInsn(LXOR);
            }
        }
    }

    private void shift(int instruction, int d, int a, int b, long imm) {
        out.get(a, imm);
        out.getInt(b, imm);
        code.visitInsn(instruction);
        out.put(d);
    }

    private void words(int instruction, int d, int a, int b, long imm) {
        out.getInt(a, imm);
        out.getInt(b, imm);
        code.visitInsn(instruction);
        code.visitInsn(I2L);
        out.put(d);
    }

    private void call(Class<?> owner, String name, int d, int a, int b, long imm) {
        out.both(a, b, imm);
        out.invoke(owner, name, "(JJ)J");
        out.put(d);
    }

    private void helper(String name, int d, int a, int b, long imm) {
        out.both(a, b, imm);
        code.visitMethodInsn(INVOKESTATIC, Emission.ARITHMETIC, name, "(JJ)J", false);
        out.put(d);
    }

    private void wordHelper(String name, int d, int a, int b, long imm) {
        out.getInt(a, imm);
        out.getInt(b, imm);
        code.visitMethodInsn(INVOKESTATIC, Emission.ARITHMETIC, name, "(II)I", false);
        code.visitInsn(I2L);
        out.put(d);
    }

    private void equal(int d, int a, int b, long imm, boolean sense) {
        if (b == out.file.zero() || b == out.file.size() && imm == 0) {
            zero(d, a, imm, sense);
        } else {
            set(sense ? IFEQ : IFNE, false, d, a, b, imm);
        }
    }

    /** d = 1 if a is 0, else 0; or the other way round. Of 0 and 1 that is the opposite, or the same. */
    private void zero(int d, int a, long imm, boolean sense) {
        if (out.isBoolean(a)) {
            out.get(a, imm);
            if (sense) {
                code.visitInsn(LCONST_1);
                code.visitInsn(LXOR);
            }
            out.put(d);
        } else {
            Label yes = new Label();
            out.get(a, imm);
            out.jumpIfZero(sense, yes);
            set(yes, d);
        }
    }

    private void set(int condition, boolean unsigned, int d, int a, int b, long imm) {
        Label yes = new Label();
        ControlEmitter.jumpIf(out, condition, unsigned, a, b, imm, yes);
        set(yes, d);
    }

    /** d = 0, or 1 if it has been jumped to a label. */
    private void set(Label yes, int d) {
        Label done = new Label();
        code.visitInsn(LCONST_0);
        code.visitJumpInsn(GOTO, done);
        code.visitLabel(yes);
        code.visitInsn(LCONST_1);
        code.visitLabel(done);
        out.put(d);
    }

    private void narrow(int instruction, int d, int a, long imm) {
        out.getInt(a, imm);
        if (instruction != NOP) {
            code.visitInsn(instruction);
        }
        code.visitInsn(I2L);
        out.put(d);
    }

    private void count(Class<?> owner, String name, int d, int a, long imm) {
        if (owner == Long.class) {
            out.get(a, imm);
        } else {
            out.getInt(a, imm);
        }
        out.invoke(owner, name, owner == Long.class ? "(J)I" : "(I)I");
        code.visitInsn(I2L);
        out.put(d);
    }

    private void unary(Class<?> owner, String name, int d, int a, long imm) {
        out.get(a, imm);
        out.invoke(owner, name, "(J)J");
        out.put(d);
    }
}
