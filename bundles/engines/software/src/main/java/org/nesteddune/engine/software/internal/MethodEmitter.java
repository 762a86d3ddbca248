package org.nesteddune.engine.software.internal;

import static org.objectweb.asm.Opcodes.*;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.FloatGuard;
import org.nesteddune.engine.software.RegisterFile;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.Op;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;

/**
 * Writes {@link Region#run} for some blocks. Each register that occurs is a local variable, filled at the entry and written back
 * wherever the region is left, and by the one handler of all faults: it finds the variables as they were at the instruction that
 * failed, and where that is in another variable. Used once.
 *
 * <pre>
 *   0 this   1 cpu   2 registers   3 memory   4 place (int)   5 scratch (long)   7 the registers
 * </pre>
 */
final class MethodEmitter {

    static final String RUN = "(L" + RegionWriter.PACKAGE + "SoftwareVcpu;[JL" + RegionWriter.PACKAGE + "SoftMemory;)J";

    private static final String VCPU = RegionWriter.PACKAGE + "SoftwareVcpu";
    private static final String MEMORY = RegionWriter.PACKAGE + "SoftMemory";
    private static final String ARITHMETIC = RegionWriter.PACKAGE + "Arithmetic";
    private static final String ARCHITECTURE = "org/nesteddune/engine/software/SoftwareArchitecture";
    private static final String FLOAT_METHODS = RegionWriter.PACKAGE + "Floats";
    private static final String GUEST_CPU = "org/nesteddune/engine/software/GuestCpu";
    private static final String EXIT = "org/nesteddune/engine/Exit";

    /** What an operation from FADDS on is: its method in {@link Floats}, and its test there. */
    private static final String[][] FLOATS = {
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

    private static final int CPU = 1;
    private static final int REGISTERS = 2;
    private static final int MEM = 3;
    private static final int PLACE = 4;
    private static final int SCRATCH = 5;
    private static final int FIRST = 7;

    private final MethodVisitor code;
    private final RegisterFile file;
    private final boolean[] shared;
    private final FloatGuard guard;
    private final List<Block> blocks;
    private final List<Exit> exits;
    private final int[] variables;
    private final boolean[] written;
    private final Map<Long, Integer> index = new HashMap<>();
    private final Label[] labels;
    private final Label leave = new Label();
    private final long base;
    private int place;
    private Block block;
    private int number;

    MethodEmitter(
            MethodVisitor code,
            RegisterFile file,
            boolean[] shared,
            FloatGuard guard,
            List<Block> blocks,
            List<Exit> exits) {
        this.guard = guard;
        this.code = code;
        this.file = file;
        this.shared = shared;
        this.blocks = blocks;
        this.exits = exits;
        variables = new int[file.size() + 1];
        written = new boolean[file.size() + 1];
        labels = new Label[blocks.size()];
        base = blocks.get(0).pc();
        for (int i = 0; i < labels.length; i++) {
            labels[i] = new Label();
            index.put(blocks.get(i).pc(), i);
        }
    }

    void emit() {
        assignVariables();
        code.visitCode();
        Label start = new Label();
        Label end = new Label();
        Label handler = new Label();
        code.visitTryCatchBlock(start, end, handler, RegionWriter.PACKAGE + "GuestExit");
        code.visitTryCatchBlock(start, end, handler, "java/lang/InternalError");
        enter();
        code.visitLabel(start);
        for (number = 0; number < labels.length; number++) {
            block = blocks.get(number);
            code.visitLabel(labels[number]);
            place = -1;
            for (int i = 0; i < block.words().length; i++) {
                operation(i);
            }
        }
        code.visitLabel(end);
        code.visitLabel(leave);
        writeBack();
        code.visitVarInsn(LLOAD, SCRATCH);
        code.visitInsn(LRETURN);
        code.visitLabel(handler);
        code.visitVarInsn(ASTORE, SCRATCH);
        writeBack();
        code.visitVarInsn(ALOAD, CPU);
        code.visitVarInsn(ALOAD, SCRATCH);
        code.visitMethodInsn(INVOKESTATIC, RegionWriter.REGION, "fault", "(L" + VCPU + ";Ljava/lang/Object;)V", false);
        code.visitLdcInsn(base);
        code.visitVarInsn(ILOAD, PLACE);
        code.visitInsn(I2L);
        code.visitInsn(LADD);
        code.visitInsn(LRETURN);
        code.visitMaxs(0, 0);
        code.visitEnd();
    }

    /** Finds which registers occur, and which are written. */
    private void assignVariables() {
        int next = FIRST;
        for (Block each : blocks) {
            for (long word : each.words()) {
                int op = (int) word & 0xffff;
                int d = (int) (word >>> 16) & 0xffff;
                for (int register : new int[] {d, (int) (word >>> 32) & 0xffff, (int) (word >>> 48)}) {
                    if (register < file.size() && register != file.zero() && !shared[register]
                            && variables[register] == 0) {
                        variables[register] = next;
                        next += 2;
                    }
                }
                if (d < file.size() && (op < Op.STB || op > Op.STD) && (op < Op.BEQ || op >= Op.FADDS)) {
                    written[d] = true;
                }
            }
        }
    }

    private void enter() {
        for (int register = 0; register < file.size(); register++) {
            if (variables[register] != 0) {
                if (register < file.firstTemporary()) {
                    code.visitVarInsn(ALOAD, REGISTERS);
                    pushInt(register);
                    code.visitInsn(LALOAD);
                } else {
                    code.visitInsn(LCONST_0);
                }
                code.visitVarInsn(LSTORE, variables[register]);
            }
        }
        code.visitInsn(ICONST_0);
        code.visitVarInsn(ISTORE, PLACE);
    }

    private void writeBack() {
        for (int register = 0; register < file.firstTemporary(); register++) {
            if (variables[register] != 0 && written[register]) {
                code.visitVarInsn(ALOAD, REGISTERS);
                pushInt(register);
                code.visitVarInsn(LLOAD, variables[register]);
                code.visitInsn(LASTORE);
            }
        }
    }

    /** Pops the address where the guest goes on, and leaves. */
    private void leave() {
        code.visitVarInsn(LSTORE, SCRATCH);
        code.visitJumpInsn(GOTO, leave);
    }

    private void pushInt(int value) {
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

    private void pushLong(long value) {
        if (value == 0 || value == 1) {
            code.visitInsn(value == 0 ? LCONST_0 : LCONST_1);
        } else if (value == (short) value) {
            pushInt((int) value);
            code.visitInsn(I2L);
        } else {
            code.visitLdcInsn(value);
        }
    }

    private void get(int register, long imm) {
        if (register == file.size()) {
            pushLong(imm);
        } else if (register == file.zero()) {
            code.visitInsn(LCONST_0);
        } else if (shared[register]) {
            code.visitVarInsn(ALOAD, REGISTERS);
            pushInt(register);
            code.visitInsn(LALOAD);
        } else {
            code.visitVarInsn(LLOAD, variables[register]);
        }
    }

    /** Pops a long into a register. */
    private void put(int register) {
        if (register == file.size()) {
            code.visitInsn(POP2);
        } else if (shared[register]) {
            code.visitVarInsn(LSTORE, SCRATCH);
            code.visitVarInsn(ALOAD, REGISTERS);
            pushInt(register);
            code.visitVarInsn(LLOAD, SCRATCH);
            code.visitInsn(LASTORE);
        } else {
            code.visitVarInsn(LSTORE, variables[register]);
        }
    }

    private void operation(int i) {
        long word = block.words()[i];
        long imm = block.constants()[i];
        int op = (int) word & 0xffff;
        int d = (int) (word >>> 16) & 0xffff;
        int a = (int) (word >>> 32) & 0xffff;
        int b = (int) (word >>> 48);
        if (op >= Op.FADDS) {
            floating(i, op, d, a, b, imm);
        } else if (op >= Op.BEQ) {
            control(i, op, a, b, imm);
        } else if (op >= Op.LDB && op <= Op.CALL) {
            access(i, op, d, a, b, imm);
        } else {
            arithmetic(op, d, a, b, imm);
        }
    }

    private void arithmetic(int op, int d, int a, int b, long imm) {
        switch (op) {
            case Op.MOVE -> {
                get(a, imm);
                put(d);
            }
            case Op.ADD -> binary(LADD, d, a, b, imm);
            case Op.SUB -> binary(LSUB, d, a, b, imm);
            case Op.AND -> binary(LAND, d, a, b, imm);
            case Op.OR -> binary(LOR, d, a, b, imm);
            case Op.XOR -> binary(LXOR, d, a, b, imm);
            case Op.MUL -> binary(LMUL, d, a, b, imm);
            case Op.NOR -> {
                both(a, b, imm);
                code.visitInsn(LOR);
                invert();
                put(d);
            }
            case Op.ANDN, Op.ORN -> {
                both(a, b, imm);
                invert();
                code.visitInsn(op == Op.ANDN ? LAND : LOR);
                put(d);
            }
            case Op.SHL -> shift(LSHL, d, a, b, imm);
            case Op.SHR -> shift(LUSHR, d, a, b, imm);
            case Op.SAR -> shift(LSHR, d, a, b, imm);
            case Op.ROTR -> {
                get(a, imm);
                get(b, imm);
                code.visitInsn(L2I);
                invoke(Long.class, "rotateRight", "(JI)J");
                put(d);
            }
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
            case Op.ROTRW -> wordHelper(Type.getInternalName(Integer.class), "rotateRight", d, a, b, imm);
            case Op.DIVSW -> wordHelper(ARITHMETIC, "divide", d, a, b, imm);
            case Op.DIVUW -> wordHelper(ARITHMETIC, "divideUnsigned", d, a, b, imm);
            case Op.REMSW -> wordHelper(ARITHMETIC, "remainder", d, a, b, imm);
            case Op.REMUW -> wordHelper(ARITHMETIC, "remainderUnsigned", d, a, b, imm);
            case Op.SEQ -> set(IFEQ, false, d, a, b, imm);
            case Op.SNE -> set(IFNE, false, d, a, b, imm);
            case Op.SLT -> set(IFLT, false, d, a, b, imm);
            case Op.SLTU -> set(IFLT, true, d, a, b, imm);
            case Op.SEXTB -> narrow(I2B, d, a, imm);
            case Op.SEXTH -> narrow(I2S, d, a, imm);
            case Op.SEXTW -> narrow(NOP, d, a, imm);
            case Op.ZEXTB -> mask(0xff, d, a, imm);
            case Op.ZEXTH -> mask(0xffff, d, a, imm);
            case Op.ZEXTW -> mask(0xffff_ffffL, d, a, imm);
            case Op.CLZ -> count(Long.class, "numberOfLeadingZeros", d, a, imm);
            case Op.CLZW -> count(Integer.class, "numberOfLeadingZeros", d, a, imm);
            case Op.CTZ -> count(Long.class, "numberOfTrailingZeros", d, a, imm);
            case Op.CTZW -> count(Integer.class, "numberOfTrailingZeros", d, a, imm);
            case Op.BSWAP -> unary(Long.class, "reverseBytes", d, a, imm);
            case Op.BSWAPW -> count(Integer.class, "reverseBytes", d, a, imm);
            case Op.BITREV -> unary(Long.class, "reverse", d, a, imm);
            case Op.BITREVW -> count(Integer.class, "reverse", d, a, imm);
            case Op.BSWAPH -> {
                get(a, imm);
                code.visitMethodInsn(INVOKESTATIC, ARITHMETIC, "swapBytesInHalves", "(J)J", false);
                put(d);
            }
            case Op.CMOVZ, Op.CMOVNZ -> {
                Label over = new Label();
                get(b, imm);
                code.visitInsn(LCONST_0);
                code.visitInsn(LCMP);
                code.visitJumpInsn(op == Op.CMOVZ ? IFNE : IFEQ, over);
                get(a, imm);
                put(d);
                code.visitLabel(over);
            }
            case Op.EXTRACT -> {
                int position = (int) imm & 0xff;
                int size = (int) (imm >>> 8);
                get(a, imm);
                if (position != 0) {
                    pushInt(position);
                    code.visitInsn(LUSHR);
                }
                if (position + size < 64) {
                    pushLong((1L << size) - 1);
                    code.visitInsn(LAND);
                }
                put(d);
            }
            case Op.INSERT -> {
                get(d, imm);
                get(a, imm);
                pushLong(imm);
                code.visitMethodInsn(INVOKESTATIC, ARITHMETIC, "insert", "(JJJ)J", false);
                put(d);
            }
            default -> throw new IllegalStateException("operation " + op);
        }
    }

    private void both(int a, int b, long imm) {
        get(a, imm);
        get(b, imm);
    }

    private void binary(int instruction, int d, int a, int b, long imm) {
        both(a, b, imm);
        code.visitInsn(instruction);
        put(d);
    }

    private void invert() {
        code.visitLdcInsn(-1L);
        code.visitInsn(LXOR);
    }

    private void shift(int instruction, int d, int a, int b, long imm) {
        get(a, imm);
        getInt(b, imm);
        code.visitInsn(instruction);
        put(d);
    }

    private void getInt(int register, long imm) {
        if (register == file.size()) {
            pushInt((int) imm);
        } else {
            get(register, imm);
            code.visitInsn(L2I);
        }
    }

    private void words(int instruction, int d, int a, int b, long imm) {
        getInt(a, imm);
        getInt(b, imm);
        code.visitInsn(instruction);
        code.visitInsn(I2L);
        put(d);
    }

    private void invoke(Class<?> owner, String name, String type) {
        code.visitMethodInsn(INVOKESTATIC, Type.getInternalName(owner), name, type, false);
    }

    private void call(Class<?> owner, String name, int d, int a, int b, long imm) {
        both(a, b, imm);
        invoke(owner, name, "(JJ)J");
        put(d);
    }

    private void helper(String name, int d, int a, int b, long imm) {
        both(a, b, imm);
        code.visitMethodInsn(INVOKESTATIC, ARITHMETIC, name, "(JJ)J", false);
        put(d);
    }

    private void wordHelper(String owner, String name, int d, int a, int b, long imm) {
        getInt(a, imm);
        getInt(b, imm);
        code.visitMethodInsn(INVOKESTATIC, owner, name, "(II)I", false);
        code.visitInsn(I2L);
        put(d);
    }

    private void compare(boolean unsigned, int a, int b, long imm) {
        both(a, b, imm);
        if (unsigned) {
            invoke(Long.class, "compareUnsigned", "(JJ)I");
        } else {
            code.visitInsn(LCMP);
        }
    }

    private void set(int condition, boolean unsigned, int d, int a, int b, long imm) {
        Label yes = new Label();
        Label done = new Label();
        compare(unsigned, a, b, imm);
        code.visitJumpInsn(condition, yes);
        code.visitInsn(LCONST_0);
        code.visitJumpInsn(GOTO, done);
        code.visitLabel(yes);
        code.visitInsn(LCONST_1);
        code.visitLabel(done);
        put(d);
    }

    private void narrow(int instruction, int d, int a, long imm) {
        getInt(a, imm);
        if (instruction != NOP) {
            code.visitInsn(instruction);
        }
        code.visitInsn(I2L);
        put(d);
    }

    private void mask(long mask, int d, int a, long imm) {
        get(a, imm);
        pushLong(mask);
        code.visitInsn(LAND);
        put(d);
    }

    private void count(Class<?> owner, String name, int d, int a, long imm) {
        if (owner == Long.class) {
            get(a, imm);
        } else {
            getInt(a, imm);
        }
        invoke(owner, name, owner == Long.class ? "(J)I" : "(I)I");
        code.visitInsn(I2L);
        put(d);
    }

    private void unary(Class<?> owner, String name, int d, int a, long imm) {
        get(a, imm);
        invoke(owner, name, "(J)J");
        put(d);
    }

    /** Notes which instruction an access is of. */
    private void at(int i) {
        int wanted = (int) (block.pc() - base) + block.places()[i];
        if (wanted != place) {
            place = wanted;
            pushInt(wanted);
            code.visitVarInsn(ISTORE, PLACE);
        }
    }

    private void address(int a, long imm) {
        code.visitVarInsn(ALOAD, MEM);
        get(a, imm);
        if (imm != 0) {
            pushLong(imm);
            code.visitInsn(LADD);
        }
    }

    private void memory(String name, String type) {
        code.visitMethodInsn(INVOKEVIRTUAL, MEMORY, name, type, false);
    }

    private void access(int i, int op, int d, int a, int b, long imm) {
        if (op == Op.FENCE) {
            invoke(org.nesteddune.host.Memory.class, "fullFence", "()V");
            return;
        }
        at(i);
        switch (op) {
            case Op.LDB, Op.LDBU -> load("loadByte", "(J)B", op == Op.LDBU ? 0xff : 0, d, a, imm);
            case Op.LDH, Op.LDHU -> load("loadShort", "(J)S", op == Op.LDHU ? 0xffff : 0, d, a, imm);
            case Op.LDW, Op.LDWU -> load("loadInt", "(J)I", op == Op.LDWU ? 0xffff_ffffL : 0, d, a, imm);
            case Op.LDD -> {
                address(a, imm);
                memory("loadLong", "(J)J");
                put(d);
            }
            case Op.STB -> store("storeByte", "(JB)V", I2B, a, b, imm);
            case Op.STH -> store("storeShort", "(JS)V", I2S, a, b, imm);
            case Op.STW -> store("storeInt", "(JI)V", NOP, a, b, imm);
            case Op.STD -> {
                address(a, imm);
                get(b, 0);
                memory("storeLong", "(JJ)V");
            }
            case Op.LLW, Op.LLD -> {
                address(a, imm);
                pushInt(op == Op.LLW ? 4 : 8);
                memory("loadLinked", "(JI)J");
                put(d);
            }
            case Op.SCW, Op.SCD -> {
                address(a, imm);
                get(b, 0);
                pushInt(op == Op.SCW ? 4 : 8);
                memory("storeConditional", "(JJI)J");
                put(d);
            }
            case Op.CALL -> callArchitecture(d, a, b, imm);
            default -> throw new IllegalStateException("operation " + op);
        }
    }

    private void callArchitecture(int d, int a, int b, long imm) {
        code.visitVarInsn(ALOAD, CPU);
        code.visitMethodInsn(INVOKEVIRTUAL, VCPU, "architecture", "()L" + ARCHITECTURE + ";", false);
        code.visitVarInsn(ALOAD, CPU);
        pushInt((int) imm);
        both(a, b, imm);
        code.visitMethodInsn(INVOKEINTERFACE, ARCHITECTURE, "call", "(L" + GUEST_CPU + ";IJJ)J", true);
        put(d);
    }

    private void floating(int i, int op, int d, int a, int b, long imm) {
        Label slow = new Label();
        Label done = new Label();
        String[] names = FLOATS[op - Op.FADDS];
        at(i);
        both(a, b, 0);
        code.visitMethodInsn(INVOKESTATIC, FLOAT_METHODS, names[0], "(JJ)J", false);
        code.visitVarInsn(LSTORE, SCRATCH);
        if (op != Op.FCMPS && op != Op.FCMPD && op != Op.FCVTDS && op != Op.FCVTDW) {
            get(guard.register(), 0);
            pushLong(guard.mask());
            code.visitInsn(LAND);
            pushLong(guard.value());
            code.visitInsn(LCMP);
            code.visitJumpInsn(IFNE, slow);
        }
        both(a, b, 0);
        code.visitVarInsn(LLOAD, SCRATCH);
        code.visitMethodInsn(INVOKESTATIC, FLOAT_METHODS, names[1], "(JJJ)Z", false);
        code.visitJumpInsn(IFEQ, slow);
        code.visitVarInsn(LLOAD, SCRATCH);
        put(d);
        code.visitJumpInsn(GOTO, done);
        code.visitLabel(slow);
        callArchitecture(d, a, b, imm);
        code.visitLabel(done);
    }

    private void load(String name, String type, long mask, int d, int a, long imm) {
        address(a, imm);
        memory(name, type);
        code.visitInsn(I2L);
        if (mask != 0) {
            pushLong(mask);
            code.visitInsn(LAND);
        }
        put(d);
    }

    private void store(String name, String type, int narrow, int a, int b, long imm) {
        address(a, imm);
        get(b, 0);
        code.visitInsn(L2I);
        if (narrow != NOP) {
            code.visitInsn(narrow);
        }
        memory(name, type);
    }

    private void control(int i, int op, int a, int b, long imm) {
        switch (op) {
            case Op.BEQ -> branch(IFNE, false, a, b, imm);
            case Op.BNE -> branch(IFEQ, false, a, b, imm);
            case Op.BLT -> branch(IFGE, false, a, b, imm);
            case Op.BGE -> branch(IFLT, false, a, b, imm);
            case Op.BLTU -> branch(IFGE, true, a, b, imm);
            case Op.BGEU -> branch(IFLT, true, a, b, imm);
            case Op.JUMP -> jump(imm);
            case Op.JUMPR -> {
                get(a, imm);
                leave();
            }
            case Op.SYSCALL -> {
                code.visitVarInsn(ALOAD, CPU);
                code.visitFieldInsn(GETSTATIC, EXIT, "SYSTEM_CALL", "L" + EXIT + ";");
                code.visitFieldInsn(PUTFIELD, VCPU, "translatedExit", "L" + EXIT + ";");
                code.visitLdcInsn(imm);
                leave();
            }
            case Op.EXIT -> exit(i, imm);
            case Op.EXITNZ -> {
                Label over = new Label();
                get(a, imm);
                code.visitInsn(LCONST_0);
                code.visitInsn(LCMP);
                code.visitJumpInsn(IFEQ, over);
                exit(i, imm);
                code.visitLabel(over);
            }
            default -> throw new IllegalStateException("operation " + op);
        }
    }

    private void exit(int i, long imm) {
        int slot = exits.size();
        exits.add(block.exit((int) imm));
        code.visitVarInsn(ALOAD, CPU);
        code.visitVarInsn(ALOAD, 0);
        code.visitFieldInsn(GETFIELD, RegionWriter.REGION, "exits", "[L" + EXIT + ";");
        pushInt(slot);
        code.visitInsn(AALOAD);
        code.visitFieldInsn(PUTFIELD, VCPU, "translatedExit", "L" + EXIT + ";");
        code.visitLdcInsn(block.pc() + block.places()[i]);
        leave();
    }

    /** @param otherwise the jump that is taken when the branch is not */
    private void branch(int otherwise, boolean unsigned, int a, int b, long target) {
        Label over = new Label();
        // The constant of a branch is its target, and never an operand.
        compare(unsigned, a, b, 0);
        code.visitJumpInsn(otherwise, over);
        jump(target);
        code.visitLabel(over);
    }

    private void jump(long target) {
        Integer to = index.get(target);
        if (to == null) {
            code.visitLdcInsn(target);
            leave();
            return;
        }
        if (to <= number) {
            // Perhaps a loop: a safe point.
            Label go = new Label();
            code.visitVarInsn(ALOAD, CPU);
            code.visitFieldInsn(GETFIELD, VCPU, "requests", "I");
            code.visitJumpInsn(IFEQ, go);
            code.visitLdcInsn(target);
            leave();
            code.visitLabel(go);
        }
        code.visitJumpInsn(GOTO, labels[to]);
    }
}
