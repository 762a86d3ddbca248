package org.nesteddune.engine.software.internal;

import static org.objectweb.asm.Opcodes.*;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.Op;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/**
 * Writes floating-point operations: the host's, and tests that the results are all there is to them.
 *
 * <p>Mostly a row of operations ({@link FloatRuns}) is tested at its end: products, quotients and roots by their exponents, which must be
 * in the middle half of their range, of all together; sums, which are exact when they are small, by a sum of them, which no NaN and no
 * infinity leaves finite. If that does not hold, the row is undone, and from there to the block's end all is done with each result tested by
 * itself ({@link TestedFloats}), in code of its own: what comes of that does not meet the results of the row before the next block, so HotSpot
 * need not keep both in the same places.
 */
final class FloatEmitter {

    private static final String TESTED = RegionWriter.PACKAGE + "TestedFloats";
    private static final String FLOAT = "java/lang/Float";

    /** What an operation from FADDS on is: its method in {@link Floats}, and its test there, if there is one. */
    private static final String[][] METHODS = {
        {"addS", "isSumS"},
        {"subtractS", "isSumS"},
        {"multiplyS", "isProductS"},
        {"divideS", "isNormalS"},
        {"squareRootS", "isNormalS"},
        {"addD", "isSumD"},
        {"subtractD", "isSumD"},
        {"multiplyD", "isProductD"},
        {"divideD", "isNormalD"},
        {"squareRootD", "isNormalD"},
        {"compareS", "isOrdered"},
        {"compareD", "isOrdered"},
        {"doubleFromSingle", "isSumD"},
        {"singleFromDouble", "isNarrowed"},
        {"doubleFromWord", null},
        {"doubleFromLong", null},
        {"wordFromDouble", "isInWord"},
        {"longFromDouble", "isInLong"},
    };

    // The lower end of the exponents' middle half, and the bit that is set in the difference if an exponent is not in it.
    private static final long MIDDLE_D = 0x200L << 52;
    private static final long OUTSIDE_D = 1L << 62;
    private static final int MIDDLE_S = 0x40 << 23;
    private static final int OUTSIDE_S = 1 << 30;

    // What Op.HOLDS asks for.
    private static final int LESS = 1;
    private static final int EQUAL = 2;
    private static final int GREATER = 4;

    private final Emission out;
    private final MethodVisitor code;
    private boolean known;
    // What the results of a run leave, for one run after the other; and the registers' values before it.
    private final int productsD;
    private final int sumsD;
    private final int productsS;
    private final int sumsS;
    private final Map<Integer, Integer> saved = new HashMap<>();
    private final Set<Integer> pending = new HashSet<>();
    private final List<Product> products = new ArrayList<>();
    /** Variables for the products of a run, one run after the other. */
    private final List<Integer> asides = new ArrayList<>();
    private Block block;
    private FloatRuns runs;
    private FloatRuns.Run run;
    private Label failed;
    private boolean careful;
    /** Whether the operands of the present run's products are kept until its end, which takes the processor's registers. */
    private boolean looksAgain;

    FloatEmitter(Emission out) {
        this.out = out;
        code = out.code;
        productsD = out.variable();
        sumsD = out.variable();
        productsS = out.variable();
        sumsS = out.variable();
    }

    /** A block begins. */
    void begin(Block next) {
        block = next;
        runs = new FloatRuns(next, out.file);
    }

    /** The run that begins with an operation, or null; compact code has none. */
    FloatRuns.Run runAt(int i) {
        return out.isCompact() ? null : runs.beginningAt(i);
    }

    /** Where to go instead of doing what has an effect, within a run; else null. */
    Label failure() {
        return run == null ? null : failed;
    }

    /**
     * Begins a run: until {@link #finish} what is written is tested together.
     *
     * @param undo where to go if the tests fail
     */
    void start(FloatRuns.Run begun, Label undo) {
        run = begun;
        failed = undo;
        looksAgain = runs.endsByBranch(begun);
        known = false;
        for (int register : run.written()) {
            out.save(register, saved.computeIfAbsent(register, key -> out.variable()));
        }
    }

    /** Ends the run with its tests. */
    void finish() {
        if (pending.contains(productsD)) {
            code.visitVarInsn(LLOAD, productsD);
            out.pushLong(OUTSIDE_D);
            code.visitInsn(LAND);
            if (products.isEmpty()) {
                out.jumpIfZero(false, failed);
            } else {
                Label exact = new Label();
                Label well = new Label();
                out.jumpIfZero(false, exact);
                code.visitLabel(well);
                lookAgain(exact, well);
            }
        }
        if (pending.contains(productsS)) {
            code.visitVarInsn(ILOAD, productsS);
            out.pushInt(OUTSIDE_S);
            code.visitInsn(IAND);
            code.visitJumpInsn(IFNE, failed);
        }
        // What is finite is 0 when it is subtracted from itself.
        if (pending.contains(sumsD)) {
            code.visitVarInsn(DLOAD, sumsD);
            code.visitInsn(DUP2);
            code.visitInsn(DSUB);
            code.visitInsn(DCONST_0);
            code.visitInsn(DCMPL);
            code.visitJumpInsn(IFNE, failed);
        }
        if (pending.contains(sumsS)) {
            code.visitVarInsn(FLOAD, sumsS);
            code.visitInsn(DUP);
            code.visitInsn(FSUB);
            code.visitInsn(FCONST_0);
            code.visitInsn(FCMPL);
            code.visitJumpInsn(IFNE, failed);
        }
        pending.clear();
        run = null;
    }

    /**
     * Where the exponents of a run's products are not all in the middle: each is looked at by itself, since of a 0, which is frequent, there comes
     * another one that is well. Nothing else happens there, so what is in the processor's registers stays where it is.
     */
    private void lookAgain(Label exact, Label well) {
        List<Product> some = List.copyOf(products);
        Label otherwise = failed;
        products.clear();
        out.later(() -> {
            code.visitLabel(exact);
            for (Product product : some) {
                code.visitVarInsn(DLOAD, product.variable());
                code.visitVarInsn(DLOAD, product.variable() + 2);
                code.visitVarInsn(DLOAD, product.variable() + 4);
                out.invokeStatic(Emission.FLOATS, product.test(), "(DDD)Z");
                code.visitJumpInsn(IFEQ, otherwise);
            }
            code.visitJumpInsn(GOTO, well);
        });
    }

    /**
     * A product, quotient, root or fused result of the present run.
     *
     * @param test the method that tells whether it is well
     * @param variable where its operands are, and behind them it
     */
    private record Product(String test, int variable) {}

    /** Puts an operand of the next product aside, the first (0) or the second (1), or the product itself (2). */
    private void aside(int which) {
        if (!looksAgain) {
            return;
        }
        int slot = products.size();
        if (slot == asides.size()) {
            asides.add(out.variable());
            out.variable();
            out.variable();
        }
        code.visitInsn(DUP2);
        code.visitVarInsn(DSTORE, asides.get(slot) + 2 * which);
    }

    /** Gives the registers back what they held before a run. */
    void undo(FloatRuns.Run begun) {
        for (int register : begun.written()) {
            out.restore(register, saved.get(register));
        }
    }

    /** From here on each result is tested by itself, or no longer. What is written so happens rarely. */
    void careful(boolean yes) {
        careful = yes;
    }

    /** Whether each result is tested by itself, and accesses need not be fast. */
    boolean isCareful() {
        return careful;
    }

    /**
     * An operation is about to be written. Whether the host's arithmetic may be used is found out once in a
     * run, unless something but floating-point operations changes the register; those only record more.
     */
    void notice(int op, int d, long imm) {
        boolean beside = op == Op.INSERT && (Arithmetic.insert(0, -1, imm) & out.guard.mask()) == 0;
        if (op < Op.FADDS && (op == Op.CALL || d == out.guard.register() && !beside)) {
            known = false;
        }
    }

    private void checkGuard() {
        if (!known) {
            known = true;
            out.get(out.guard.register(), 0);
            out.pushLong(out.guard.mask());
            code.visitInsn(LAND);
            out.pushLong(out.guard.value());
            code.visitInsn(LCMP);
            code.visitJumpInsn(IFNE, failed);
        }
    }

    /** Writes operation i of the block. */
    void emit(int i, int op, int d, int a, int b, long imm) {
        if (run != null) {
            emitInRun(i, op, d, a, b);
        } else {
            emitTested(i, op, d, a, b, imm);
        }
    }

    /** Whether operation i of the present run is a comparison that is made by the next operation, which asks what holds of it. */
    boolean isJoined(int i) {
        return run != null && i >= run.first() && runs.isJoined(i, run);
    }

    /**
     * Writes an operation that asks what holds, with the comparison before it, and without a branch: what is less than the other leaves a
     * negative difference; what is not ordered leaves none, which shows with the sums.
     */
    void emitJoined(int i, int d, int orders) {
        long word = block.words()[i - 1];
        boolean single = ((int) word & 0xffff) == Op.FCMPS;
        int a = (int) (word >>> 32) & 0xffff;
        int b = (int) (word >>> 48);
        boolean equal = (orders & EQUAL) != 0;
        boolean less = (orders & LESS) != 0;
        boolean greater = (orders & GREATER) != 0;
        // Less and not, greater and not: of these the sign tells, and of equality whether there is a difference.
        boolean swapped = less == equal && greater != less;
        operand(single, swapped ? b : a, false);
        operand(single, swapped ? a : b, false);
        code.visitInsn(single ? FSUB : DSUB);
        code.visitInsn(single ? DUP : DUP2);
        if (single) {
            collect(FLOAD, FADD, FSTORE, sumsS);
            // No negative 0.
            code.visitInsn(FCONST_0);
            code.visitInsn(FADD);
            out.invokeStatic(FLOAT, "floatToRawIntBits", "(F)I");
            code.visitInsn(I2L);
        } else {
            collect(DLOAD, DADD, DSTORE, sumsD);
            code.visitInsn(DCONST_0);
            code.visitInsn(DADD);
            out.patternOfDouble();
        }
        if (less == greater && less == equal) {
            code.visitInsn(POP2);
            out.pushLong(less ? 1 : 0);
        } else {
            if (less == greater) {
                code.visitInsn(DUP2);
                code.visitInsn(LNEG);
                code.visitInsn(LOR);
            }
            out.pushInt(Long.SIZE - 1);
            code.visitInsn(LUSHR);
            if (equal) {
                code.visitInsn(LCONST_1);
                code.visitInsn(LXOR);
            }
        }
        out.put(d);
    }

    private void emitInRun(int i, int op, int d, int a, int b) {
        if (needsGuard(op)) {
            checkGuard();
        }
        if (op >= Op.FMADDS) {
            fused(op, d, a, b);
            if (op >= Op.FMADDD) {
                return;
            }
        } else if (op > Op.FSQRTD) {
            convert(op, a, b);
            if (METHODS[op - Op.FADDS][1] != null) {
                test(op, a, b);
                code.visitJumpInsn(IFEQ, failed);
            }
            code.visitVarInsn(LLOAD, Emission.SCRATCH);
        } else if (op >= Op.FADDD) {
            doubleOperation(op, a, b);
            if (op > Op.FSUBD) {
                productD(op == Op.FMULD ? "isProduct" : "isQuotient");
            } else {
                if (!runs.shows(run, i)) {
                    code.visitInsn(DUP2);
                    collect(DLOAD, DADD, DSTORE, sumsD);
                }
            }
            out.putDouble(d);
            return;
        } else {
            singleOperation(op, a, b);
            if (op > Op.FSUBS) {
                productS();
            } else {
                if (!runs.shows(run, i)) {
                    code.visitInsn(DUP);
                    collect(FLOAD, FADD, FSTORE, sumsS);
                }
                out.invokeStatic(FLOAT, "floatToRawIntBits", "(F)I");
            }
            zeroExtend();
        }
        out.put(d);
    }

    private void fused(int op, int d, int a, int b) {
        boolean single = op < Op.FMADDD;
        operand(single, a, Floats.negatesProduct(op));
        if (!single) {
            aside(0);
        }
        operand(single, b, false);
        if (!single) {
            aside(1);
        }
        operand(single, d, Floats.negatesAddend(op));
        out.invoke(Math.class, "fma", single ? "(FFF)F" : "(DDD)D");
        if (single) {
            productS();
            zeroExtend();
        } else {
            productD("isFused");
            out.putDouble(d);
        }
    }

    private void operand(boolean single, int register, boolean negated) {
        if (single) {
            single(register);
        } else {
            out.getDouble(register);
        }
        if (negated) {
            code.visitInsn(single ? FNEG : DNEG);
        }
    }

    /** The double's pattern is looked at with those of the other products. */
    private void productD(String test) {
        aside(2);
        if (looksAgain) {
            products.add(new Product(test, asides.get(products.size())));
        }
        code.visitInsn(DUP2);
        out.patternOfDouble();
        out.pushLong(MIDDLE_D);
        code.visitInsn(LSUB);
        collect(LLOAD, LOR, LSTORE, productsD);
    }

    private void productS() {
        out.invokeStatic(FLOAT, "floatToRawIntBits", "(F)I");
        code.visitInsn(DUP);
        out.pushInt(MIDDLE_S);
        code.visitInsn(ISUB);
        collect(ILOAD, IOR, ISTORE, productsS);
    }

    private void zeroExtend() {
        code.visitInsn(I2L);
        out.pushLong(0xffff_ffffL);
        code.visitInsn(LAND);
    }

    /** Puts a value to those of the run before, if there are some. */
    private void collect(int load, int join, int store, int variable) {
        if (!pending.add(variable)) {
            code.visitVarInsn(load, variable);
            code.visitInsn(join);
        }
        code.visitVarInsn(store, variable);
    }

    private static boolean needsGuard(int op) {
        return op != Op.FCMPS && op != Op.FCMPD && op != Op.FCVTDS && op != Op.FCVTDW;
    }

    private void convert(int op, int a, int b) {
        out.both(a, b, 0);
        out.invokeStatic(Emission.FLOATS, METHODS[op - Op.FADDS][0], "(JJ)J");
        code.visitVarInsn(LSTORE, Emission.SCRATCH);
    }

    private void emitTested(int i, int op, int d, int a, int b, long imm) {
        out.at(i);
        code.visitVarInsn(ALOAD, Emission.CPU);
        out.pushInt((int) imm);
        out.both(a, b, 0);
        if (op >= Op.FMADDS) {
            out.pushInt(op);
            out.get(d, 0);
            out.invokeStatic(TESTED, "fused", "(L" + Emission.VCPU + ";IJJIJ)J");
        } else {
            out.invokeStatic(TESTED, METHODS[op - Op.FADDS][0], "(L" + Emission.VCPU + ";IJJ)J");
        }
        out.put(d);
    }

    private void test(int op, int a, int b) {
        out.both(a, b, 0);
        code.visitVarInsn(LLOAD, Emission.SCRATCH);
        out.invokeStatic(Emission.FLOATS, METHODS[op - Op.FADDS][1], "(JJJ)Z");
    }

    private void doubleOperation(int op, int a, int b) {
        out.getDouble(a);
        if (op > Op.FSUBD) {
            aside(0);
        }
        if (op == Op.FSQRTD) {
            // There is no second operand.
            aside(1);
            out.invoke(Math.class, "sqrt", "(D)D");
        } else {
            out.getDouble(b);
            if (op > Op.FSUBD) {
                aside(1);
            }
            code.visitInsn(op == Op.FADDD ? DADD : op == Op.FSUBD ? DSUB : op == Op.FMULD ? DMUL : DDIV);
        }
    }

    private void single(int register) {
        out.getInt(register, 0);
        out.invokeStatic(FLOAT, "intBitsToFloat", "(I)F");
    }

    private void singleOperation(int op, int a, int b) {
        single(a);
        if (op == Op.FSQRTS) {
            code.visitInsn(F2D);
            out.invoke(Math.class, "sqrt", "(D)D");
            code.visitInsn(D2F);
        } else {
            single(b);
            code.visitInsn(op == Op.FADDS ? FADD : op == Op.FSUBS ? FSUB : op == Op.FMULS ? FMUL : FDIV);
        }
    }
}
