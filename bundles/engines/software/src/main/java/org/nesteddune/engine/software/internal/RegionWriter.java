package org.nesteddune.engine.software.internal;

import static org.objectweb.asm.Opcodes.ACC_FINAL;
import static org.objectweb.asm.Opcodes.ACC_SUPER;
import static org.objectweb.asm.Opcodes.ALOAD;
import static org.objectweb.asm.Opcodes.INVOKESPECIAL;
import static org.objectweb.asm.Opcodes.RETURN;
import static org.objectweb.asm.Opcodes.V17;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.FloatGuard;
import org.nesteddune.engine.software.RegisterFile;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.Op;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;

/** Writes the class of a region: a constructor, and {@link Region#run}. Immutable, safe for any thread. */
final class RegionWriter {

    /**
     * System property: bytes of code that a method may have. HotSpot compiles no method of more than 8000 (HugeMethodLimit) unless
     * it is told to (-XX:-DontCompileHugeMethods).
     */
    private static final String METHOD = "dune.software.method";

    private static final int DEFAULT_METHOD = 7900;

    /** HugeMethodLimit. */
    private static final int HUGE_METHOD = 8000;

    /**
     * Bytes of a class without floating point: HotSpot's quick compiler gives up, and only its interpreter is left for a long time, where
     * there are more than 10,000 virtual registers (LIR_Opr::vreg_limit), and each jump costs several. Floating point has few jumps.
     */
    private static final int MOST_QUICK_BYTES = 9000;

    /** What the class has around the method, at least. */
    private static final int CLASS_BYTES = 600;

    static final String PACKAGE = "org/nesteddune/engine/software/internal/";
    static final String REGION = PACKAGE + "Region";
    private static final String CONSTRUCTOR = "(Ljava/util/List;[Lorg/nesteddune/engine/Exit;L" + PACKAGE + "Grade;)V";

    private final RegisterFile file;
    private final boolean[] shared;
    private final FloatGuard guard;
    private final int mostBytes = Integer.getInteger(METHOD, DEFAULT_METHOD);

    /** @param callRegisters those that calls may touch, which are kept in the file all the time */
    RegionWriter(RegisterFile file, int[] callRegisters, FloatGuard guard) {
        this.guard = guard;
        this.file = file;
        shared = new boolean[file.size() + 1];
        for (int register : callRegisters) {
            shared[register] = true;
        }
    }

    /**
     * A class.
     *
     * @param blocks those that are in it
     */
    record Code(byte[] bytes, List<Block> blocks, Exit[] exits) {}

    /** How long a region's method may be. */
    int mostBytes() {
        return mostBytes;
    }

    /**
     * Writes a class of as many of the blocks as it can hold, for the machine that has the page table.
     */
    Code write(List<Block> blocks, PageTable table, Grade grade) {
        List<Block> some = blocks;
        boolean floating = blocks.stream().anyMatch(RegionWriter::isFloating);
        int most = CLASS_BYTES + (floating ? mostBytes : Math.min(mostBytes, MOST_QUICK_BYTES));
        while (true) {
            List<Exit> exits = new ArrayList<>();
            ClassWriter writer = newWriter();
            int repeated = write(writer, some, table, exits, grade);
            byte[] bytes = writer.toByteArray();
            int counted = mostBytes > HUGE_METHOD ? bytes.length - repeated : bytes.length;
            if (counted <= most) {
                return new Code(bytes, List.copyOf(some), exits.toArray(Exit[]::new));
            }
            if (some.size() == 1) {
                throw new IllegalStateException("a block of " + some.get(0).words().length + " operations is too long");
            }
            int fitting = some.size() * most / counted;
            some = some.subList(0, Math.max(1, Math.min(fitting, some.size() - 1)));
        }
    }

    private static boolean isFloating(Block block) {
        for (long word : block.words()) {
            if (((int) word & 0xffff) >= Op.FADDS) {
                return true;
            }
        }
        return false;
    }

    private static ClassWriter newWriter() {
        return new ClassWriter(ClassWriter.COMPUTE_FRAMES | ClassWriter.COMPUTE_MAXS) {
            @Override
            protected String getCommonSuperClass(String one, String other) {
                return "java/lang/Object";
            }
        };
    }

    /** Writes the class, and tells how many bytes of the code are only for what happens rarely. */
    private int write(ClassWriter writer, List<Block> blocks, PageTable table, List<Exit> exits, Grade grade) {
        writer.visit(V17, ACC_FINAL | ACC_SUPER, PACKAGE + grade.className(), null, REGION, null);
        MethodVisitor constructor = writer.visitMethod(0, "<init>", CONSTRUCTOR, null, null);
        constructor.visitCode();
        constructor.visitVarInsn(ALOAD, 0);
        constructor.visitVarInsn(ALOAD, 1);
        constructor.visitVarInsn(ALOAD, 2);
        constructor.visitVarInsn(ALOAD, 3);
        constructor.visitMethodInsn(INVOKESPECIAL, REGION, "<init>", CONSTRUCTOR, false);
        constructor.visitInsn(RETURN);
        constructor.visitMaxs(0, 0);
        constructor.visitEnd();
        MethodVisitor run = writer.visitMethod(ACC_FINAL, "run", MethodEmitter.RUN, null, null);
        MethodEmitter emitter = new MethodEmitter(run, file, shared, guard, table, blocks, exits, grade);
        emitter.emit();
        writer.visitEnd();
        return emitter.repeatedBytes();
    }
}
