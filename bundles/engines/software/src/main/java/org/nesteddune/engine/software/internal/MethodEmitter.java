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
            int i = 0;
            while (i < block.words().length) {
                FloatRuns.Run run = floats.runAt(i);
                if (run == null) {
                    operations(block, i, i + 1);
                    i++;
                } else {
                    twice(block, run);
                    i = run.end();
                }
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

    /** Without a vCPU nothing is done: {@link Translator} calls it so until HotSpot has compiled it. */
    private void emitTrial() {
        Label real = new Label();
        code.visitVarInsn(ALOAD, Emission.CPU);
        code.visitJumpInsn(IFNONNULL, real);
        code.visitInsn(LCONST_0);
        code.visitInsn(LRETURN);
        code.visitLabel(real);
    }

    /** Writes a run with one test for all its results, and again for where that fails. */
    private void twice(Block block, FloatRuns.Run run) {
        Label well = new Label();
        out.rememberKnown();
        floats.start(run);
        operations(block, run.first(), run.end());
        floats.finish(well);
        out.recallKnown();
        Label again = new Label();
        code.visitLabel(again);
        operations(block, run.first(), run.end());
        floats.end();
        code.visitLabel(well);
        repetitions.add(new Label[] {again, well});
    }

    /** After {@link #emit}: bytes of code that are there once more, for what happens rarely. HotSpot does not compile them. */
    int repeatedBytes() {
        return repetitions.stream().mapToInt(part -> part[1].getOffset() - part[0].getOffset()).sum();
    }

    private void operations(Block block, int from, int to) {
        for (int i = from; i < to; i++) {
            operation(i, block.words()[i], block.constants()[i]);
        }
    }

    private void operation(int i, long word, long imm) {
        int op = (int) word & 0xffff;
        int d = (int) (word >>> 16) & 0xffff;
        int a = (int) (word >>> 32) & 0xffff;
        int b = (int) (word >>> 48);
        floats.notice(op, d, imm);
        if (op >= Op.FADDS) {
            floats.emit(i, op, d, a, b, imm);
        } else if (op >= Op.BEQ) {
            control.emit(i, op, a, b, imm);
        } else if (op >= Op.LDB && op <= Op.CALL) {
            accesses.emit(i, op, d, a, b, imm);
        } else if (!control.defers(i, a, b, imm)) {
            integers.emit(op, d, a, b, imm);
        }
        out.done(op, d, a, b, imm);
    }
}
