package org.nesteddune.engine.software.internal;

import static org.objectweb.asm.Opcodes.*;

import org.nesteddune.engine.software.ir.Op;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/**
 * Writes floating-point operations: the host's, then a test that the result is all there is to it. A number in the ordinary range passes
 * with one comparison; what does not is looked at once more by {@link Floats}, out of the way, and then is the architecture's.
 */
final class FloatEmitter {

    private static final String DOUBLE = "java/lang/Double";
    private static final String FLOAT = "java/lang/Float";

    /** What an operation from FADDS on is: its method in {@link Floats}, and its test there. */
    private static final String[][] METHODS = {
        {"addS", "isSumS"},
        {"subtractS", "isSumS"},
        {"multiplyS", "isNormalS"},
        {"divideS", "isNormalS"},
        {"squareRootS", "isNormalS"},
        {"addD", "isSumD"},
        {"subtractD", "isSumD"},
        {"multiplyD", "isNormalD"},
        {"divideD", "isNormalD"},
        {"squareRootD", "isNormalD"},
        {"compareS", "isOrdered"},
        {"compareD", "isOrdered"},
        {"doubleFromSingle", "isSumD"},
        {"singleFromDouble", "isNarrowed"},
        {"doubleFromWord", "isAnything"},
        {"doubleFromLong", "isAnything"},
        {"wordFromDouble", "isInWord"},
        {"longFromDouble", "isInLong"},
    };

    // Patterns shifted left by one, so that the sign is gone: the least normal number, and how many there are up to infinity.
    private static final long LEAST_D = 1L << 53;
    private static final long NORMAL_D = 0x7feL << 53;
    private static final int LEAST_S = 1 << 24;
    private static final int NORMAL_S = 0xfe << 24;

    private final Emission out;
    private final MethodVisitor code;
    private final int guarded;
    private boolean known;

    FloatEmitter(Emission out) {
        this.out = out;
        code = out.code;
        guarded = out.variable();
    }

    /** Before the first operation: the variable exists wherever it is asked for. */
    void enter() {
        code.visitInsn(ICONST_0);
        code.visitVarInsn(ISTORE, guarded);
    }

    /** A block begins: nothing is known of the control register. */
    void begin() {
        known = false;
    }

    /**
     * An operation is about to be written. Whether the host's arithmetic may be used is found out once in a
     * block, unless something but floating-point operations changes the register; those only record more.
     */
    void notice(int op, int d, long imm) {
        boolean beside = op == Op.INSERT && (Arithmetic.insert(0, -1, imm) & out.guard.mask()) == 0;
        if (op < Op.FADDS && (op == Op.CALL || d == out.guard.register() && !beside)) {
            known = false;
        }
    }

    private void checkGuard(Label slow) {
        if (!known) {
            known = true;
            Label no = new Label();
            code.visitInsn(ICONST_0);
            code.visitVarInsn(ISTORE, guarded);
            out.get(out.guard.register(), 0);
            out.pushLong(out.guard.mask());
            code.visitInsn(LAND);
            out.pushLong(out.guard.value());
            code.visitInsn(LCMP);
            code.visitJumpInsn(IFNE, no);
            code.visitInsn(ICONST_1);
            code.visitVarInsn(ISTORE, guarded);
            code.visitLabel(no);
        }
        code.visitVarInsn(ILOAD, guarded);
        code.visitJumpInsn(IFEQ, slow);
    }

    /** Writes operation i of the block. */
    void emit(int i, int op, int d, int a, int b, long imm) {
        Label slow = new Label();
        Label again = new Label();
        Label well = new Label();
        Label done = new Label();
        boolean quick = op <= Op.FSQRTD;
        if (op != Op.FCMPS && op != Op.FCMPD && op != Op.FCVTDS && op != Op.FCVTDW) {
            checkGuard(slow);
        }
        if (quick && op >= Op.FADDD) {
            doubles(op, a, b, again);
        } else if (quick) {
            singles(op, a, b, again);
        } else {
            out.both(a, b, 0);
            out.invokeStatic(Emission.FLOATS, METHODS[op - Op.FADDS][0], "(JJ)J");
            code.visitVarInsn(LSTORE, Emission.SCRATCH);
            if (op != Op.FCVTDW && op != Op.FCVTDL) {
                test(op, a, b);
                code.visitJumpInsn(IFEQ, slow);
            }
        }
        code.visitLabel(well);
        code.visitVarInsn(LLOAD, Emission.SCRATCH);
        out.put(d);
        code.visitLabel(done);
        out.later(() -> {
            if (quick) {
                code.visitLabel(again);
                test(op, a, b);
                code.visitJumpInsn(IFNE, well);
            }
            code.visitLabel(slow);
            out.callArchitecture(i, d, a, b, imm);
            code.visitJumpInsn(GOTO, done);
        });
    }

    private void test(int op, int a, int b) {
        out.both(a, b, 0);
        code.visitVarInsn(LLOAD, Emission.SCRATCH);
        out.invokeStatic(Emission.FLOATS, METHODS[op - Op.FADDS][1], "(JJJ)Z");
    }

    private void number(int register) {
        out.get(register, 0);
        out.invokeStatic(DOUBLE, "longBitsToDouble", "(J)D");
    }

    private void doubles(int op, int a, int b, Label again) {
        number(a);
        if (op == Op.FSQRTD) {
            out.invoke(Math.class, "sqrt", "(D)D");
        } else {
            number(b);
            code.visitInsn(op == Op.FADDD ? DADD : op == Op.FSUBD ? DSUB : op == Op.FMULD ? DMUL : DDIV);
        }
        out.invokeStatic(DOUBLE, "doubleToRawLongBits", "(D)J");
        code.visitInsn(DUP2);
        code.visitVarInsn(LSTORE, Emission.SCRATCH);
        code.visitInsn(ICONST_1);
        code.visitInsn(LSHL);
        // Sums are exact when they are small.
        boolean sum = op == Op.FADDD || op == Op.FSUBD;
        out.pushLong(sum ? Long.MIN_VALUE : Long.MIN_VALUE - LEAST_D);
        code.visitInsn(LADD);
        out.pushLong(Long.MIN_VALUE + NORMAL_D + (sum ? LEAST_D : 0));
        code.visitInsn(LCMP);
        code.visitJumpInsn(IFGE, again);
    }

    private void single(int register) {
        out.getInt(register, 0);
        out.invokeStatic(FLOAT, "intBitsToFloat", "(I)F");
    }

    private void singles(int op, int a, int b, Label again) {
        single(a);
        if (op == Op.FSQRTS) {
            code.visitInsn(F2D);
            out.invoke(Math.class, "sqrt", "(D)D");
            code.visitInsn(D2F);
        } else {
            single(b);
            code.visitInsn(op == Op.FADDS ? FADD : op == Op.FSUBS ? FSUB : op == Op.FMULS ? FMUL : FDIV);
        }
        out.invokeStatic(FLOAT, "floatToRawIntBits", "(F)I");
        code.visitInsn(DUP);
        code.visitInsn(I2L);
        out.pushLong(0xffff_ffffL);
        code.visitInsn(LAND);
        code.visitVarInsn(LSTORE, Emission.SCRATCH);
        code.visitInsn(ICONST_1);
        code.visitInsn(ISHL);
        boolean sum = op == Op.FADDS || op == Op.FSUBS;
        out.pushInt(sum ? Integer.MIN_VALUE : Integer.MIN_VALUE - LEAST_S);
        code.visitInsn(IADD);
        out.pushInt(Integer.MIN_VALUE + NORMAL_S + (sum ? LEAST_S : 0));
        code.visitJumpInsn(IF_ICMPGE, again);
    }
}
