package org.nesteddune.engine.software.internal;

import static org.objectweb.asm.Opcodes.*;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.Op;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/** Writes what leads from block to block and out of the region. */
final class ControlEmitter {

    /** An indirect jump is compared with so many addresses of the region at most. */
    private static final int MOST_GUESSES = 20;

    /** So many guesses are compared one after the other, the most recent one first. */
    private static final int MOST_COMPARED = 3;

    /** Jumps backwards between two looks at whether somebody waits. */
    private static final int BETWEEN_SAFE_POINTS = 1000;

    private final Emission out;
    private final MethodVisitor code;
    private final AccessEmitter accesses;
    private final List<Block> blocks;
    private final Map<Long, Integer> index = new HashMap<>();
    private final Label[] labels;
    private final long[] returns;
    private final int budget;
    private Block block;
    private int number;
    // A comparison whose result only the block's branch asks for is made there, or −1; and where its operands are put aside, by block.
    private int comparison;
    private boolean comparedInts;
    private final int[] compared;

    ControlEmitter(Emission out, List<Block> blocks, AccessEmitter accesses) {
        this.accesses = accesses;
        this.out = out;
        this.blocks = blocks;
        code = out.code;
        budget = out.variable();
        labels = new Label[blocks.size()];
        compared = new int[blocks.size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = new Label();
            index.put(blocks.get(i).pc(), i);
        }
        returns = blocks.stream()
                .mapToLong(RegionFinder::returnPoint)
                .filter(pc -> pc != RegionFinder.NOWHERE && index.containsKey(pc))
                .distinct()
                .limit(MOST_GUESSES)
                .toArray();
    }

    /** Before the first block. */
    void enter() {
        out.pushInt(BETWEEN_SAFE_POINTS);
        code.visitVarInsn(ISTORE, budget);
    }

    /** Begins a block. */
    void begin(int which) {
        code.visitLabel(labels[which]);
        resume(which);
    }

    /** Goes on with a block that has begun elsewhere. */
    void resume(int which) {
        number = which;
        block = blocks.get(which);
        comparison = fusible();
        // Where it has been written before, and does not come again.
        comparedInts = false;
    }

    /**
     * The number of the comparison whose only use is the block's conditional branch, or −1. Its operands may have changed before the
     * branch, so they are put aside.
     */
    private int fusible() {
        long[] words = block.words();
        int branch = -1;
        for (int i = 0; i < words.length; i++) {
            int op = (int) words[i] & 0xffff;
            if (op >= Op.BEQ && op <= Op.BGEU) {
                if (branch >= 0) {
                    return -1;
                }
                branch = i;
            }
        }
        if (branch < 0) {
            return -1;
        }
        int op = (int) words[branch] & 0xffff;
        int condition = (int) (words[branch] >>> 32) & 0xffff;
        if (op > Op.BNE || (int) (words[branch] >>> 48) != out.file.zero() || condition < out.file.firstTemporary()
                || condition >= out.file.size()) {
            return -1;
        }
        int made = -1;
        for (int i = 0; i < words.length; i++) {
            int each = (int) words[i] & 0xffff;
            boolean reads = i != branch
                    && ((int) (words[i] >>> 32 & 0xffff) == condition || (int) (words[i] >>> 48) == condition);
            boolean writes = (int) (words[i] >>> 16 & 0xffff) == condition;
            if (i > branch && (reads || writes)) {
                return -1;
            }
            if (i < branch && writes) {
                made = each >= Op.SEQ && each <= Op.SLTU ? i : -1;
            } else if (reads) {
                made = -1;
            }
        }
        return made;
    }

    /** Whether operation i is left to the branch; then its operands are put aside. */
    boolean defers(int i, int a, int b, long imm) {
        if (i != comparison) {
            return false;
        }
        if (compared[number] == 0) {
            compared[number] = out.variable();
            out.variable();
        }
        comparedInts = out.isNarrow(a, imm) && out.isNarrow(b, imm);
        out.get(a, imm);
        code.visitVarInsn(LSTORE, compared[number]);
        out.get(b, imm);
        code.visitVarInsn(LSTORE, compared[number] + 2);
        return true;
    }

    /** Pops the address where the guest goes on, and leaves. */
    private void leaveFor() {
        code.visitVarInsn(LSTORE, Emission.SCRATCH);
        code.visitJumpInsn(GOTO, out.leave);
    }

    /** Writes operation i of the block. */
    void emit(int i, int op, int a, int b, long imm) {
        switch (op) {
            case Op.BEQ -> branch(IFNE, false, a, b, imm);
            case Op.BNE -> branch(IFEQ, false, a, b, imm);
            case Op.BLT -> branch(IFGE, false, a, b, imm);
            case Op.BGE -> branch(IFLT, false, a, b, imm);
            case Op.BLTU -> branch(IFGE, true, a, b, imm);
            case Op.BGEU -> branch(IFLT, true, a, b, imm);
            case Op.JUMP -> jump(imm);
            case Op.JUMPR -> jumpRegister(a, imm);
            case Op.SYSCALL -> {
                code.visitVarInsn(ALOAD, Emission.CPU);
                code.visitFieldInsn(GETSTATIC, Emission.EXIT, "SYSTEM_CALL", "L" + Emission.EXIT + ";");
                code.visitFieldInsn(PUTFIELD, Emission.VCPU, "translatedExit", "L" + Emission.EXIT + ";");
                code.visitLdcInsn(imm);
                leaveFor();
            }
            case Op.EXIT -> exit(i, imm);
            case Op.EXITNZ -> {
                Label exit = new Label();
                out.get(a, imm);
                out.jumpIfZero(false, exit);
                Block of = block;
                out.later(() -> {
                    block = of;
                    code.visitLabel(exit);
                    exit(i, imm);
                });
            }
            default -> throw new IllegalStateException("operation " + op);
        }
    }

    private void exit(int i, long imm) {
        int slot = out.exits.size();
        out.exits.add(block.exit((int) imm));
        code.visitVarInsn(ALOAD, Emission.CPU);
        code.visitVarInsn(ALOAD, 0);
        code.visitFieldInsn(GETFIELD, RegionWriter.REGION, "exits", "[L" + Emission.EXIT + ";");
        out.pushInt(slot);
        code.visitInsn(AALOAD);
        code.visitFieldInsn(PUTFIELD, Emission.VCPU, "translatedExit", "L" + Emission.EXIT + ";");
        code.visitLdcInsn(block.pc() + block.places()[i]);
        leaveFor();
    }

    /** Jumps if a comparison holds, of ints if both operands are such. */
    static void jumpIf(Emission out, int condition, boolean unsigned, int a, int b, long imm, Label target) {
        boolean ints = out.isNarrow(a, imm) && out.isNarrow(b, imm);
        push(out, ints, unsigned, () -> out.get(a, imm));
        push(out, ints, unsigned, () -> out.get(b, imm));
        jump(out, condition, ints, target);
    }

    /** Pushes an operand of a comparison; of the unsigned ones the first bit is changed. */
    private static void push(Emission out, boolean ints, boolean unsigned, Runnable operand) {
        operand.run();
        if (ints) {
            out.code.visitInsn(L2I);
        }
        if (unsigned && ints) {
            out.pushInt(Integer.MIN_VALUE);
            out.code.visitInsn(IADD);
        } else if (unsigned) {
            out.pushLong(Long.MIN_VALUE);
            out.code.visitInsn(LADD);
        }
    }

    /** Compares what has been pushed, and jumps. */
    private static void jump(Emission out, int condition, boolean ints, Label target) {
        if (ints) {
            out.code.visitJumpInsn(condition + (IF_ICMPEQ - IFEQ), target);
        } else {
            out.code.visitInsn(LCMP);
            out.code.visitJumpInsn(condition, target);
        }
    }

    /** @param otherwise the jump that is taken when the branch is not */
    private void branch(int otherwise, boolean unsigned, int a, int b, long target) {
        Label over = new Label();
        if (comparison >= 0) {
            deferred(otherwise == IFEQ, over);
        } else {
            // The constant of a branch is its target, and never an operand.
            jumpIf(out, otherwise, unsigned, a, b, 0, over);
        }
        jump(target);
        code.visitLabel(over);
    }

    /**
     * Makes the comparison that was put off, and jumps if the branch is not taken.
     *
     * @param sense whether the branch is taken if it holds
     */
    private void deferred(boolean sense, Label otherwise) {
        int op = (int) block.words()[comparison] & 0xffff;
        push(out, comparedInts, op == Op.SLTU, () -> code.visitVarInsn(LLOAD, compared[number]));
        push(out, comparedInts, op == Op.SLTU, () -> code.visitVarInsn(LLOAD, compared[number] + 2));
        int condition = switch (op) {
            case Op.SEQ -> sense ? IFNE : IFEQ;
            case Op.SNE -> sense ? IFEQ : IFNE;
            default -> sense ? IFGE : IFLT;
        };
        jump(out, condition, comparedInts, otherwise);
    }

    private void jump(long target) {
        Integer to = index.get(target);
        if (to == null) {
            code.visitLdcInsn(target);
            leaveFor();
            return;
        }
        if (to <= number) {
            // Perhaps a loop.
            jumpBack(target);
            return;
        }
        code.visitJumpInsn(GOTO, labels[to]);
    }

    /** Jumps to a block of the region, with a safe point every so many times: HotSpot takes a short loop for one that counts. */
    private void jumpBack(long target) {
        Label asked = new Label();
        Label to = labels[index.get(target)];
        code.visitIincInsn(budget, -1);
        code.visitVarInsn(ILOAD, budget);
        code.visitJumpInsn(IFGE, to);
        code.visitJumpInsn(GOTO, asked);
        out.later(() -> {
            code.visitLabel(asked);
            out.pushInt(BETWEEN_SAFE_POINTS);
            code.visitVarInsn(ISTORE, budget);
            if (out.grade != Grade.LARGE) {
                outdone(target);
            }
            safePoint(target);
            code.visitJumpInsn(GOTO, to);
        });
    }

    /** Leaves for a loop that has something better by now. */
    private void outdone(long target) {
        Label not = new Label();
        code.visitVarInsn(ALOAD, 0);
        code.visitVarInsn(ALOAD, Emission.CPU);
        out.pushInt(BETWEEN_SAFE_POINTS);
        code.visitLdcInsn(target);
        out.invokeVirtual(RegionWriter.REGION, "isOutdone", "(L" + Emission.VCPU + ";IJ)Z");
        code.visitJumpInsn(IFEQ, not);
        code.visitLdcInsn(target);
        leaveFor();
        code.visitLabel(not);
    }

    private void safePoint(long target) {
        Label asked = new Label();
        code.visitVarInsn(ALOAD, Emission.CPU);
        code.visitFieldInsn(GETFIELD, Emission.VCPU, "requests", "I");
        code.visitJumpInsn(IFNE, asked);
        accesses.jumpIfLost(asked);
        out.later(() -> {
            code.visitLabel(asked);
            code.visitLdcInsn(target);
            leaveFor();
        });
    }

    /**
     * Perhaps a return to within the region, or to where it went before. What changes code is followed by such a jump, so each is
     * a safe point.
     */
    private void jumpRegister(int a, long imm) {
        long[] guesses = LongStream.concat(
                        LongStream.concat(LongStream.of(block.lastTarget(), block.targetBefore()), block.targets()), LongStream.of(returns))
                .filter(index::containsKey)
                .distinct()
                .toArray();
        if (guesses.length == 0) {
            out.get(a, imm);
            leaveFor();
            return;
        }
        Label other = new Label();
        code.visitVarInsn(ALOAD, Emission.CPU);
        code.visitFieldInsn(GETFIELD, Emission.VCPU, "requests", "I");
        code.visitJumpInsn(IFNE, other);
        long middle = guesses[0];
        boolean few = guesses.length <= MOST_COMPARED;
        LongStream.of(guesses).filter(guess -> few || !isNear(guess, middle)).forEach(guess -> compareWith(guess, a, imm));
        if (!few) {
            choose(a, imm, middle, LongStream.of(guesses).filter(guess -> isNear(guess, middle)).sorted().toArray(), other);
        }
        code.visitLabel(other);
        out.get(a, imm);
        leaveFor();
    }

    private static boolean isNear(long guess, long middle) {
        return guess - middle == (int) (guess - middle);
    }

    private void compareWith(long guess, int a, long imm) {
        out.get(a, imm);
        code.visitLdcInsn(guess);
        code.visitInsn(LCMP);
        code.visitJumpInsn(IFEQ, labels[index.get(guess)]);
    }

    /** A switch, of which HotSpot makes a tree of comparisons with the most frequent ones first. */
    private void choose(int a, long imm, long middle, long[] near, Label other) {
        out.get(a, imm);
        code.visitLdcInsn(middle);
        code.visitInsn(LSUB);
        code.visitInsn(DUP2);
        code.visitVarInsn(LSTORE, Emission.SCRATCH);
        code.visitInsn(DUP2);
        code.visitInsn(L2I);
        code.visitInsn(I2L);
        code.visitInsn(LCMP);
        code.visitJumpInsn(IFNE, other);
        code.visitVarInsn(LLOAD, Emission.SCRATCH);
        code.visitInsn(L2I);
        code.visitLookupSwitchInsn(other,
                LongStream.of(near).mapToInt(guess -> (int) (guess - middle)).toArray(),
                LongStream.of(near).mapToObj(guess -> labels[index.get(guess)]).toArray(Label[]::new));
    }
}
