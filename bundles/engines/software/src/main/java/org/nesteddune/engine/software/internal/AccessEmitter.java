package org.nesteddune.engine.software.internal;

import static org.objectweb.asm.Opcodes.*;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.Op;
import org.nesteddune.host.Memory;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/**
 * Writes accesses to memory. An aligned one of a page at the common distance is a look at one byte of the page table and the access
 * itself, and accesses beside each other are looked at once ({@link AccessGroups}); all else is {@link SoftMemory}'s, out of the way,
 * where HotSpot leaves out what never happens.
 */
final class AccessEmitter {

    private static final String RAW = RegionWriter.PACKAGE + "Raw";
    private static final String RANGES = RegionWriter.PACKAGE + "KnownRanges";
    private static final String UNSAFE = "sun/misc/Unsafe";

    /** Names of {@link SoftMemory}'s and Unsafe's methods, by the logarithm of the bytes, and the types of the values. */
    private static final String[] NAMES = {"Byte", "Short", "Int", "Long"};
    private static final String[] TYPES = {"B", "S", "I", "J"};

    private final Emission out;
    private final MethodVisitor code;
    private final PageTable table;
    private final FloatEmitter floats;
    private final Map<AccessGroups.Group, Integer> variables = new HashMap<>();
    private final Map<Block, AccessGroups> all = new IdentityHashMap<>();
    /** Variables of the bounds of known ranges, by the bounds' index; the second is behind the first. */
    private final Map<Integer, Integer> bounds = new TreeMap<>();
    private AccessGroups groups;

    /** @param table that of the machine which the code is for: where it lies and how far off the guest is are constants */
    AccessEmitter(Emission out, PageTable table, FloatEmitter floats, List<Block> blocks) {
        this.out = out;
        this.floats = floats;
        this.table = table;
        code = out.code;
        for (Block block : blocks) {
            all.put(block, new AccessGroups(block, out.file));
        }
        if (!out.isCompact()) {
            all.values().stream().filter(AccessGroups::hasRanges).flatMap(AccessGroups::stream).forEach(group ->
                    bounds.computeIfAbsent(group.range(), index -> {
                        out.variable();
                        return out.variable() - 2;
                    }));
        }
    }

    /** Before the first block: fills the variables of known ranges. */
    void enter() {
        bounds.forEach((index, variable) -> {
            for (int i = 0; i < 2; i++) {
                ranges();
                code.visitFieldInsn(GETFIELD, RANGES, "bounds", "[J");
                out.pushInt(index + i);
                code.visitInsn(LALOAD);
                code.visitVarInsn(LSTORE, variable + 2 * i);
            }
        });
    }

    /** Jumps if so much has been beyond the known ranges that it is better to learn new ones, which is not done in a region. */
    void jumpIfLost(Label target) {
        if (!bounds.isEmpty()) {
            ranges();
            code.visitFieldInsn(GETFIELD, RANGES, "misses", "I");
            out.pushInt(-KnownRanges.MANY);
            code.visitJumpInsn(IF_ICMPLT, target);
        }
    }

    private void ranges() {
        code.visitVarInsn(ALOAD, Emission.MEM);
        code.visitFieldInsn(GETFIELD, Emission.MEMORY, "ranges", "L" + RANGES + ";");
    }

    /** A block begins. */
    void begin(Block block) {
        groups = all.get(block);
        variables.clear();
    }

    /** Writes operation i of the block. */
    void emit(int i, int op, int d, int a, int b, long imm) {
        switch (op) {
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
            default -> {
                if (op >= Op.STB) {
                    store(i, op, a, b, imm);
                } else {
                    load(i, op, d, a, imm);
                }
            }
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

    /** Jumps away unless the access may be made directly; then its host address follows Unsafe on the stack. */
    private void check(int i, int a, long imm, Label slow) {
        AccessGroups.Group group = groups.of(i);
        if (!group.isShared()) {
            test(group, a, slow);
        } else {
            if (group.isFirst(i) && floats.failure() != null) {
                // Within a run, which is left and not gone on with if the test fails: what comes here later may be made directly.
                test(group, a, slow);
            } else if (group.isFirst(i)) {
                Label failed = new Label();
                know(group, false);
                test(group, a, failed);
                know(group, true);
                code.visitLabel(failed);
            }
            Integer known = variables.get(group);
            if (known != null) {
                code.visitVarInsn(ILOAD, known);
                code.visitJumpInsn(IFEQ, slow);
            }
        }
        raw();
        sum(a, imm + table.delta());
    }

    /** Notes whether a group's accesses may be made directly. */
    private void know(AccessGroups.Group group, boolean direct) {
        code.visitInsn(direct ? ICONST_1 : ICONST_0);
        code.visitVarInsn(ISTORE, variables.computeIfAbsent(group, key -> out.variable()));
    }

    /** Compares an address with the known range, and beyond it, or where there is none, looks into the page table. */
    private void test(AccessGroups.Group group, int a, Label otherwise) {
        if (!groups.hasRanges()) {
            sum(a, group.low());
            code.visitVarInsn(LSTORE, Emission.ADDRESS);
            look(group, otherwise);
            return;
        }
        Label beyond = new Label();
        Label within = new Label();
        int range = bounds.get(group.range());
        sum(a, group.low());
        code.visitInsn(DUP2);
        code.visitVarInsn(LSTORE, Emission.ADDRESS);
        code.visitVarInsn(LLOAD, range);
        code.visitInsn(LCMP);
        code.visitJumpInsn(IFLT, beyond);
        // The bound is what is made less, not the address more: that could become more than a long holds, and so less than the bound.
        code.visitVarInsn(LLOAD, Emission.ADDRESS);
        code.visitVarInsn(LLOAD, range + 2);
        if (group.length() > KnownRanges.LONGEST) {
            out.pushLong(group.length() - KnownRanges.LONGEST);
            code.visitInsn(LSUB);
        }
        code.visitInsn(LCMP);
        code.visitJumpInsn(IFGT, beyond);
        code.visitLabel(within);
        out.later(() -> {
            code.visitLabel(beyond);
            code.visitVarInsn(ALOAD, Emission.MEM);
            code.visitVarInsn(LLOAD, Emission.ADDRESS);
            out.pushInt(group.range());
            out.pushInt(group.size());
            out.pushInt(group.length());
            out.invokeVirtual(Emission.MEMORY, "isAccessible", "(JIII)Z");
            code.visitJumpInsn(IFEQ, otherwise);
            code.visitJumpInsn(GOTO, within);
        });
    }

    /** Looks into the page table for the address in its variable. */
    private void look(AccessGroups.Group group, Label otherwise) {
        code.visitVarInsn(LLOAD, Emission.ADDRESS);
        // What must be 0, above and below, in one piece.
        int below = Integer.numberOfTrailingZeros(group.size());
        if (below > 0) {
            // Long.rotateRight, which HotSpot would not put into a method that has become large.
            out.pushInt(below);
            code.visitInsn(LUSHR);
            code.visitVarInsn(LLOAD, Emission.ADDRESS);
            out.pushInt(Long.SIZE - below);
            code.visitInsn(LSHL);
            code.visitInsn(LOR);
        }
        out.pushInt(PageTable.ADDRESS_BITS - below);
        code.visitInsn(LUSHR);
        out.jumpIfZero(false, otherwise);
        if (group.length() > group.size()) {
            code.visitVarInsn(LLOAD, Emission.ADDRESS);
            code.visitInsn(L2I);
            out.pushInt(PageTable.PAGE_SIZE - 1);
            code.visitInsn(IAND);
            out.pushInt(PageTable.PAGE_SIZE - group.length());
            code.visitJumpInsn(IF_ICMPGT, otherwise);
        }
        raw();
        code.visitVarInsn(LLOAD, Emission.ADDRESS);
        out.pushInt(PageTable.PAGE_SHIFT);
        code.visitInsn(LUSHR);
        code.visitLdcInsn(table.base());
        code.visitInsn(LADD);
        out.invokeVirtual(UNSAFE, "getByte", "(J)B");
        out.pushInt(group.right());
        code.visitInsn(IAND);
        code.visitJumpInsn(IFEQ, otherwise);
    }

    private static int log(int op) {
        return Integer.numberOfTrailingZeros(AccessGroups.size(op));
    }

    private void load(int i, int op, int d, int a, long imm) {
        if (out.isCompact() || floats.isCareful()) {
            loadSlowly(i, op, d, a, imm);
            return;
        }
        Label undo = floats.failure();
        Label slow = undo == null ? new Label() : undo;
        Label done = new Label();
        int log = log(op);
        check(i, a, imm, slow);
        if (op == Op.LDD && out.isDouble(d)) {
            out.invokeVirtual(UNSAFE, "getDouble", "(J)D");
            out.putDouble(d);
        } else {
            out.invokeVirtual(UNSAFE, "get" + NAMES[log], "(J)" + TYPES[log]);
            extend(op);
            out.put(d);
        }
        code.visitLabel(done);
        if (undo != null) {
            return;
        }
        out.later(() -> {
            code.visitLabel(slow);
            loadSlowly(i, op, d, a, imm);
            code.visitJumpInsn(GOTO, done);
        });
    }

    private void loadSlowly(int i, int op, int d, int a, long imm) {
        int log = log(op);
        out.at(i);
        code.visitVarInsn(ALOAD, Emission.MEM);
        sum(a, imm);
        out.invokeVirtual(Emission.MEMORY, "load" + NAMES[log], "(J)" + TYPES[log]);
        extend(op);
        out.put(d);
    }

    private void extend(int op) {
        if (op != Op.LDD) {
            code.visitInsn(I2L);
        }
        if (op == Op.LDBU || op == Op.LDHU || op == Op.LDWU) {
            out.pushLong((1L << 8 * AccessGroups.size(op)) - 1);
            code.visitInsn(LAND);
        }
    }

    private void store(int i, int op, int a, int b, long imm) {
        if (out.isCompact() || floats.isCareful()) {
            storeSlowly(i, op, a, b, imm);
            return;
        }
        Label slow = new Label();
        Label done = new Label();
        int log = log(op);
        check(i, a, imm, slow);
        if (op == Op.STD && out.isDouble(b)) {
            out.getDouble(b);
            out.invokeVirtual(UNSAFE, "putDouble", "(JD)V");
        } else {
            value(op, b);
            out.invokeVirtual(UNSAFE, "put" + NAMES[log], "(J" + TYPES[log] + ")V");
        }
        code.visitLabel(done);
        out.later(() -> {
            code.visitLabel(slow);
            storeSlowly(i, op, a, b, imm);
            code.visitJumpInsn(GOTO, done);
        });
    }

    private void storeSlowly(int i, int op, int a, int b, long imm) {
        int log = log(op);
        out.at(i);
        code.visitVarInsn(ALOAD, Emission.MEM);
        sum(a, imm);
        value(op, b);
        out.invokeVirtual(Emission.MEMORY, "store" + NAMES[log], "(J" + TYPES[log] + ")V");
    }

    private void value(int op, int b) {
        if (op == Op.STD) {
            out.get(b, 0);
            return;
        }
        out.getInt(b, 0);
        if (op != Op.STW) {
            code.visitInsn(op == Op.STB ? I2B : I2S);
        }
    }
}
