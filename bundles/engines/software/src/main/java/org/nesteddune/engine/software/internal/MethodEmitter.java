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

/**
 * Writes {@link Region#run} for some blocks. Each register that occurs is a local variable, filled at the entry and written back
 * wherever the region is left, and by the one handler of all faults: it finds the variables as they were at the instruction that
 * failed, and where that is in another variable. Used once.
 */
final class MethodEmitter {

    static final String RUN = "(L" + RegionWriter.PACKAGE + "SoftwareVcpu;[JL" + RegionWriter.PACKAGE + "SoftMemory;)J";

    private final MethodVisitor code;
    private final List<Block> blocks;
    private final Emission out;
    private final IntegerEmitter integers;
    private final AccessEmitter accesses;
    private final FloatEmitter floats;
    private final ControlEmitter control;
    /** Beginnings and ends of what is written once more. */
    private final List<Label[]> repetitions = new ArrayList<>();

    MethodEmitter(
            MethodVisitor code,
            RegisterFile file,
            boolean[] shared,
            FloatGuard guard,
            PageTable table,
            List<Block> blocks,
            List<Exit> exits,
            Grade grade) {
        this.code = code;
        this.blocks = blocks;
        out = new Emission(code, file, shared, guard, blocks, exits, grade);
        integers = new IntegerEmitter(out);
        floats = new FloatEmitter(out);
        accesses = new AccessEmitter(out, table, floats, blocks);
        control = new ControlEmitter(out, blocks, accesses);
    }

    void emit() {
        code.visitCode();
        emitTrial();
        Label start = new Label();
        Label end = new Label();
        Label handler = new Label();
        code.visitTryCatchBlock(start, end, handler, RegionWriter.PACKAGE + "GuestExit");
        code.visitTryCatchBlock(start, end, handler, "java/lang/InternalError");
        out.enter();
        accesses.enter();
        control.enter();
        code.visitLabel(start);
        for (int number = 0; number < blocks.size(); number++) {
            Block block = blocks.get(number);
            out.begin(block);
            control.begin(number);
            accesses.begin(block);
            floats.begin(block);
            List<Failure> failures = new ArrayList<>();
            Narrowness.Facts facts = null;
            int i = 0;
            while (i < block.words().length) {
                FloatRuns.Run run = floats.runAt(i);
                if (run == null) {
                    operation(block, i);
                    i++;
                } else {
                    facts = facts == null ? out.facts() : facts;
                    failures.add(run(block, run));
                    i = run.end();
                }
            }
            if (!failures.isEmpty()) {
                int which = number;
                Narrowness.Facts known = facts;
                out.later(() -> repeat(which, failures, known));
            }
        }
        out.emitLater();
        code.visitLabel(end);
        code.visitLabel(out.leave);
        out.writeBack();
        code.visitVarInsn(LLOAD, Emission.SCRATCH);
        code.visitInsn(LRETURN);
        code.visitLabel(handler);
        code.visitVarInsn(ASTORE, Emission.SCRATCH);
        out.writeBack();
        code.visitVarInsn(ALOAD, Emission.CPU);
        code.visitVarInsn(ALOAD, Emission.SCRATCH);
        out.invokeStatic(RegionWriter.REGION, "fault", "(L" + Emission.VCPU + ";Ljava/lang/Object;)V");
        code.visitLdcInsn(out.base);
        code.visitVarInsn(ILOAD, Emission.PLACE);
        code.visitInsn(I2L);
        code.visitInsn(LADD);
        code.visitInsn(LRETURN);
        code.visitMaxs(0, 0);
        code.visitEnd();
    }

    /** Without a vCPU it only counts: see {@link Compilation}. */
    private void emitTrial() {
        Label real = new Label();
        Label again = new Label();
        code.visitVarInsn(ALOAD, Emission.CPU);
        code.visitJumpInsn(IFNONNULL, real);
        out.pushInt(Compilation.ROUNDS);
        code.visitVarInsn(ISTORE, Emission.PLACE);
        code.visitLabel(again);
        code.visitIincInsn(Emission.PLACE, -1);
        code.visitVarInsn(ILOAD, Emission.PLACE);
        code.visitJumpInsn(IFGT, again);
        code.visitInsn(LCONST_0);
        code.visitInsn(LRETURN);
        code.visitLabel(real);
    }

    /** A run that did not pass its tests. */
    private record Failure(FloatRuns.Run run, Label label) {}

    /** Writes a run with one test for all its results. */
    private Failure run(Block block, FloatRuns.Run run) {
        Label failed = new Label();
        floats.start(run, failed);
        for (int i = run.first(); i < run.end(); i++) {
            operation(block, i);
        }
        floats.finish();
        return new Failure(run, failed);
    }

    /** Writes a block once more from its first run on, with each result tested by itself. It begins with the run that failed. */
    private void repeat(int number, List<Failure> failures, Narrowness.Facts facts) {
        Block block = blocks.get(number);
        control.resume(number);
        out.recall(facts);
        floats.careful(true);
        Label begin = new Label();
        code.visitLabel(begin);
        int next = 0;
        for (int i = failures.get(0).run().first(); i < block.words().length; i++) {
            if (next < failures.size() && failures.get(next).run().first() == i) {
                Label here = new Label();
                if (next > 0) {
                    code.visitJumpInsn(GOTO, here);
                }
                code.visitLabel(failures.get(next).label());
                floats.undo(failures.get(next).run());
                code.visitLabel(here);
                next++;
            }
            operation(block, i);
        }
        floats.careful(false);
        Label end = new Label();
        code.visitLabel(end);
        repetitions.add(new Label[] {begin, end});
    }

    /** After {@link #emit}: bytes of code that are there once more, for what happens rarely. HotSpot does not compile them. */
    int repeatedBytes() {
        return repetitions.stream().mapToInt(part -> part[1].getOffset() - part[0].getOffset()).sum();
    }

    private void operation(Block block, int i) {
        long word = block.words()[i];
        long imm = block.constants()[i];
        int op = (int) word & 0xffff;
        int d = (int) (word >>> 16) & 0xffff;
        int a = (int) (word >>> 32) & 0xffff;
        int b = (int) (word >>> 48);
        floats.notice(op, d, imm);
        if (floats.isJoined(i)) {
            // Comes with the next one.
        } else if (i > 0 && floats.isJoined(i - 1)) {
            floats.emitJoined(i, d, (int) imm);
        } else if (op >= Op.FADDS) {
            floats.emit(i, op, d, a, b, imm);
        } else if (op >= Op.BEQ) {
            control.emit(i, op, a, b, imm);
        } else if (op >= Op.LDB && op <= Op.CALL) {
            accesses.emit(i, op, d, a, b, imm);
        } else if (op == Op.EXTRACT && out.fieldSource(a, imm) >= 0) {
            integers.emit(Op.MOVE, d, out.fieldSource(a, imm), b, 0);
        } else if (!control.defers(i, a, b, imm)) {
            integers.emit(op, d, a, b, imm);
        }
        out.done(op, d, a, b, imm);
    }
}
