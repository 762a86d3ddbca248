package org.nesteddune.engine.software.internal;

import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.RegisterFile;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.Op;
import org.nesteddune.host.Memory;
import sun.misc.Unsafe;

/**
 * Carries out blocks, one step after the other ({@link Steps}), and goes from block to block by itself where it has been before.
 * One for each vCPU; used by its thread.
 *
 * <p>{@link #run} is one method of few variables, so that HotSpot keeps them in registers: the registers and the words are read as raw
 * memory, because their indices have been looked at when the words were made.
 */
@SuppressWarnings({"removal", "deprecation"})
final class Interpreter {

    /** Offset of the first element of an array of longs. */
    private static final long BEGINNING = Unsafe.ARRAY_LONG_BASE_OFFSET;
    /** A register's number, 8 times, when a word has been shifted. */
    private static final long REGISTER = 0x3ff << 3;
    private static final int IMM = 38;
    private static final int IMM_LI = 18;

    // How a block has been left.
    private static final int TAKEN = 0;
    private static final int NEXT = 1;
    private static final int INDIRECT = 2;
    private static final int LEFT = 3;
    private static final int EXIT = 4;
    private static final int SLOW = 5;

    private final SoftwareVcpu cpu;
    private final SoftMemory memory;
    private final SoftwareArchitecture architecture;
    private final long[] registers;
    private final RegisterFile file;
    private final int constant;
    private final int threshold;
    private final long table;
    private long delta;
    /** Where the guest goes on. */
    private long target;
    /** Behind the word that may fail. */
    private long failed;
    private Exit exit;
    /** The block that ended without another one known behind it, or null. */
    private Block left;
    private int leftBy;
    private long leftTo;

    Interpreter(SoftwareVcpu cpu, SoftwareArchitecture architecture) {
        this.cpu = cpu;
        this.memory = cpu.memory;
        this.architecture = architecture;
        this.registers = cpu.registers;
        this.file = architecture.registers();
        this.constant = registers.length - 1;
        this.table = memory.base();
        this.threshold = cpu.threshold();
    }

    /** Why the last block left the guest, or null if it did not. */
    Exit exit() {
        return exit;
    }

    /**
     * Runs a block, and those that it leads to as long as they are known.
     *
     * @return where the guest goes on
     */
    long run(Block first) {
        int hot = threshold;
        delta = memory.delta();
        exit = null;
        left = null;
        Block block = first;
        long[] code = prepared(block);
        long blocks = 0;
        long instructions = 0;
        long pc;
        try {
            while (true) {
                int way = steps(code, BEGINNING);
                while (way == SLOW) {
                    slow(block, code);
                    way = steps(code, failed);
                }
                blocks++;
                instructions += block.instructions();
                Block to;
                if (way == TAKEN) {
                    to = block.taken();
                } else if (way == NEXT) {
                    to = block.next();
                } else if (way == INDIRECT) {
                    to = indirect(block, target);
                } else {
                    pc = way == LEFT ? target : leave(block, code);
                    break;
                }
                if (to == null) {
                    left = block;
                    leftBy = way;
                    pc = way == INDIRECT ? target : code[code.length - 2 + way];
                    leftTo = pc;
                    break;
                }
                if (to.countRun() == hot) {
                    cpu.translate(to);
                }
                // A safe point, as there is one before each block.
                if (to.isStopped() || cpu.requests != 0) {
                    pc = to.pc();
                    if (!to.isValid()) {
                        left = block;
                        leftBy = way;
                        leftTo = pc;
                    }
                    break;
                }
                block = to;
                code = block.steps();
            }
        } catch (GuestExit fault) {
            memory.unlink();
            exit = fault.reason();
            pc = place(block, failed);
        } catch (InternalError lost) {
            // How the JVM tells of a SIGBUS: the file behind a mapping has become shorter.
            memory.unlink();
            exit = new Exit.BackingFault();
            pc = place(block, failed);
        }
        cpu.count(blocks, instructions);
        return pc;
    }

    /**
     * Runs a block's steps. It calls nothing, because HotSpot keeps what lives beyond a call in memory all the time: what takes longer
     * is done by {@link #slow}, between two calls of this.
     *
     * @param from offset of the first word to run
     * @return how it ends: by a jump to a constant address, one to {@link #target}, or behind the word before {@link #failed}
     */
    private int steps(long[] words, long from) {
        Unsafe raw = Raw.UNSAFE;
        // As raw memory an array that may be null is another thing, which HotSpot would look at with each access.
        long[] r = Objects.requireNonNull(registers);
        long[] code = Objects.requireNonNull(words);
        long at = from;
        try {
            while (true) {
                long w = raw.getLong(code, at);
                at += 8;
                switch ((int) w & 0xff) {
                    case Steps.OPERATION -> {
                        failed = at;
                        return SLOW;
                    }
                    case Steps.CONSTANT -> {
                        r[r.length - 1] = raw.getLong(code, at);
                        at += 8;
                    }
                    case Steps.LI -> put(raw, r, w, w >> IMM_LI);
                    case Steps.MOVE -> put(raw, r, w, a(raw, r, w));
                    case Steps.ADD -> put(raw, r, w, a(raw, r, w) + b(raw, r, w));
                    case Steps.SUB -> put(raw, r, w, a(raw, r, w) - b(raw, r, w));
                    case Steps.AND -> put(raw, r, w, a(raw, r, w) & b(raw, r, w));
                    case Steps.OR -> put(raw, r, w, a(raw, r, w) | b(raw, r, w));
                    case Steps.XOR -> put(raw, r, w, a(raw, r, w) ^ b(raw, r, w));
                    case Steps.NOR -> put(raw, r, w, ~(a(raw, r, w) | b(raw, r, w)));
                    case Steps.ANDN -> put(raw, r, w, a(raw, r, w) & ~b(raw, r, w));
                    case Steps.ORN -> put(raw, r, w, a(raw, r, w) | ~b(raw, r, w));
                    case Steps.SHL -> put(raw, r, w, a(raw, r, w) << b(raw, r, w));
                    case Steps.SHR -> put(raw, r, w, a(raw, r, w) >>> b(raw, r, w));
                    case Steps.SAR -> put(raw, r, w, a(raw, r, w) >> b(raw, r, w));
                    case Steps.MUL -> put(raw, r, w, a(raw, r, w) * b(raw, r, w));
                    case Steps.ADDW -> put(raw, r, w, (int) (a(raw, r, w) + b(raw, r, w)));
                    case Steps.SUBW -> put(raw, r, w, (int) (a(raw, r, w) - b(raw, r, w)));
                    case Steps.SHLW -> put(raw, r, w, (int) a(raw, r, w) << (int) b(raw, r, w));
                    case Steps.SHRW -> put(raw, r, w, (int) a(raw, r, w) >>> (int) b(raw, r, w));
                    case Steps.SARW -> put(raw, r, w, (int) a(raw, r, w) >> (int) b(raw, r, w));
                    case Steps.MULW -> put(raw, r, w, (int) a(raw, r, w) * (int) b(raw, r, w));
                    case Steps.SEQ -> put(raw, r, w, a(raw, r, w) == b(raw, r, w) ? 1 : 0);
                    case Steps.SNE -> put(raw, r, w, a(raw, r, w) != b(raw, r, w) ? 1 : 0);
                    case Steps.SLT -> put(raw, r, w, a(raw, r, w) < b(raw, r, w) ? 1 : 0);
                    case Steps.SLTU -> put(raw, r, w, Long.compareUnsigned(a(raw, r, w), b(raw, r, w)) < 0 ? 1 : 0);
                    case Steps.CMOVZ -> put(raw, r, w, b(raw, r, w) == 0 ? a(raw, r, w) : d(raw, r, w));
                    case Steps.CMOVNZ -> put(raw, r, w, b(raw, r, w) != 0 ? a(raw, r, w) : d(raw, r, w));
                    case Steps.SEXTB -> put(raw, r, w, (byte) a(raw, r, w));
                    case Steps.SEXTH -> put(raw, r, w, (short) a(raw, r, w));
                    case Steps.SEXTW -> put(raw, r, w, (int) a(raw, r, w));
                    case Steps.ZEXTB -> put(raw, r, w, a(raw, r, w) & 0xff);
                    case Steps.ZEXTH -> put(raw, r, w, a(raw, r, w) & 0xffff);
                    case Steps.ZEXTW -> put(raw, r, w, a(raw, r, w) & 0xffff_ffffL);
                    case Steps.EXTRACT -> put(raw, r, w, a(raw, r, w) >>> (w >> IMM) & -1L >>> 63 - (w >> IMM + 6 & 63));
                    case Steps.HOLDS -> put(raw, r, w, (int) (w >> IMM) >>> (int) a(raw, r, w) + 1 & 1);
                    case Steps.ADD_I -> put(raw, r, w, a(raw, r, w) + (w >> IMM));
                    case Steps.AND_I -> put(raw, r, w, a(raw, r, w) & (w >> IMM));
                    case Steps.OR_I -> put(raw, r, w, a(raw, r, w) | (w >> IMM));
                    case Steps.XOR_I -> put(raw, r, w, a(raw, r, w) ^ (w >> IMM));
                    case Steps.SHL_I -> put(raw, r, w, a(raw, r, w) << (w >> IMM));
                    case Steps.SHR_I -> put(raw, r, w, a(raw, r, w) >>> (w >> IMM));
                    case Steps.SAR_I -> put(raw, r, w, a(raw, r, w) >> (w >> IMM));
                    case Steps.ADDW_I -> put(raw, r, w, (int) (a(raw, r, w) + (w >> IMM)));
                    case Steps.SHLW_I -> put(raw, r, w, (int) a(raw, r, w) << (int) (w >> IMM));
                    case Steps.SHRW_I -> put(raw, r, w, (int) a(raw, r, w) >>> (int) (w >> IMM));
                    case Steps.SARW_I -> put(raw, r, w, (int) a(raw, r, w) >> (int) (w >> IMM));
                    case Steps.SLT_I -> put(raw, r, w, a(raw, r, w) < (w >> IMM) ? 1 : 0);
                    case Steps.SLTU_I -> put(raw, r, w, Long.compareUnsigned(a(raw, r, w), (w >> IMM)) < 0 ? 1 : 0);
                    case Steps.LDB -> {
                        long address = a(raw, r, w) + (w >> IMM);
                        if (!may(raw, address, 1, PageTable.READ)) {
                            failed = at;
                            return SLOW;
                        }
                        put(raw, r, w, raw.getByte(address + delta));
                    }
                    case Steps.LDBU -> {
                        long address = a(raw, r, w) + (w >> IMM);
                        if (!may(raw, address, 1, PageTable.READ)) {
                            failed = at;
                            return SLOW;
                        }
                        put(raw, r, w, raw.getByte(address + delta) & 0xffL);
                    }
                    case Steps.LDH -> {
                        long address = a(raw, r, w) + (w >> IMM);
                        if (!may(raw, address, 2, PageTable.READ)) {
                            failed = at;
                            return SLOW;
                        }
                        put(raw, r, w, raw.getShort(address + delta));
                    }
                    case Steps.LDHU -> {
                        long address = a(raw, r, w) + (w >> IMM);
                        if (!may(raw, address, 2, PageTable.READ)) {
                            failed = at;
                            return SLOW;
                        }
                        put(raw, r, w, raw.getShort(address + delta) & 0xffffL);
                    }
                    case Steps.LDW -> {
                        long address = a(raw, r, w) + (w >> IMM);
                        if (!may(raw, address, 4, PageTable.READ)) {
                            failed = at;
                            return SLOW;
                        }
                        put(raw, r, w, raw.getInt(address + delta));
                    }
                    case Steps.LDWU -> {
                        long address = a(raw, r, w) + (w >> IMM);
                        if (!may(raw, address, 4, PageTable.READ)) {
                            failed = at;
                            return SLOW;
                        }
                        put(raw, r, w, raw.getInt(address + delta) & 0xffff_ffffL);
                    }
                    case Steps.LDD -> {
                        long address = a(raw, r, w) + (w >> IMM);
                        if (!may(raw, address, 8, PageTable.READ)) {
                            failed = at;
                            return SLOW;
                        }
                        put(raw, r, w, raw.getLong(address + delta));
                    }
                    case Steps.STB -> {
                        long address = a(raw, r, w) + (w >> IMM);
                        if (!may(raw, address, 1, PageTable.WRITE)) {
                            failed = at;
                            return SLOW;
                        }
                        raw.putByte(address + delta, (byte) b(raw, r, w));
                    }
                    case Steps.STH -> {
                        long address = a(raw, r, w) + (w >> IMM);
                        if (!may(raw, address, 2, PageTable.WRITE)) {
                            failed = at;
                            return SLOW;
                        }
                        raw.putShort(address + delta, (short) b(raw, r, w));
                    }
                    case Steps.STW -> {
                        long address = a(raw, r, w) + (w >> IMM);
                        if (!may(raw, address, 4, PageTable.WRITE)) {
                            failed = at;
                            return SLOW;
                        }
                        raw.putInt(address + delta, (int) b(raw, r, w));
                    }
                    case Steps.STD -> {
                        long address = a(raw, r, w) + (w >> IMM);
                        if (!may(raw, address, 8, PageTable.WRITE)) {
                            failed = at;
                            return SLOW;
                        }
                        raw.putLong(address + delta, b(raw, r, w));
                    }
                    case Steps.BEQ -> {
                        return a(raw, r, w) == b(raw, r, w) ? TAKEN : NEXT;
                    }
                    case Steps.BNE -> {
                        return a(raw, r, w) != b(raw, r, w) ? TAKEN : NEXT;
                    }
                    case Steps.BLT -> {
                        return a(raw, r, w) < b(raw, r, w) ? TAKEN : NEXT;
                    }
                    case Steps.BGE -> {
                        return a(raw, r, w) >= b(raw, r, w) ? TAKEN : NEXT;
                    }
                    case Steps.BLTU -> {
                        return Long.compareUnsigned(a(raw, r, w), b(raw, r, w)) < 0 ? TAKEN : NEXT;
                    }
                    case Steps.BGEU -> {
                        return Long.compareUnsigned(a(raw, r, w), b(raw, r, w)) >= 0 ? TAKEN : NEXT;
                    }
                    case Steps.LEAVE_EQ -> {
                        if (a(raw, r, w) == b(raw, r, w)) {
                            target = raw.getLong(code, at);
                            return LEFT;
                        }
                        at += 8;
                    }
                    case Steps.LEAVE_NE -> {
                        if (a(raw, r, w) != b(raw, r, w)) {
                            target = raw.getLong(code, at);
                            return LEFT;
                        }
                        at += 8;
                    }
                    case Steps.LEAVE_LT -> {
                        if (a(raw, r, w) < b(raw, r, w)) {
                            target = raw.getLong(code, at);
                            return LEFT;
                        }
                        at += 8;
                    }
                    case Steps.LEAVE_GE -> {
                        if (a(raw, r, w) >= b(raw, r, w)) {
                            target = raw.getLong(code, at);
                            return LEFT;
                        }
                        at += 8;
                    }
                    case Steps.LEAVE_LTU -> {
                        if (Long.compareUnsigned(a(raw, r, w), b(raw, r, w)) < 0) {
                            target = raw.getLong(code, at);
                            return LEFT;
                        }
                        at += 8;
                    }
                    case Steps.LEAVE_GEU -> {
                        if (Long.compareUnsigned(a(raw, r, w), b(raw, r, w)) >= 0) {
                            target = raw.getLong(code, at);
                            return LEFT;
                        }
                        at += 8;
                    }
                    case Steps.JUMP -> {
                        return NEXT;
                    }
                    case Steps.JUMPR -> {
                        target = a(raw, r, w);
                        return INDIRECT;
                    }
                    case Steps.SYSCALL, Steps.EXIT -> {
                        failed = at;
                        return EXIT;
                    }
                    case Steps.EXITNZ -> {
                        if (a(raw, r, w) != 0) {
                            failed = at;
                            return EXIT;
                        }
                    }
                    case Steps.LDD_LDD -> {
                        long address = a(raw, r, w) + (w >> IMM);
                        if (!may(raw, address, 8, PageTable.READ)) {
                            failed = at;
                            return SLOW;
                        }
                        put(raw, r, w, raw.getLong(address + delta));
                        w = raw.getLong(code, at);
                        at += 8;
                        address = a(raw, r, w) + (w >> IMM);
                        if (!may(raw, address, 8, PageTable.READ)) {
                            failed = at;
                            return SLOW;
                        }
                        put(raw, r, w, raw.getLong(address + delta));
                    }
                    case Steps.STD_STD -> {
                        long address = a(raw, r, w) + (w >> IMM);
                        if (!may(raw, address, 8, PageTable.WRITE)) {
                            failed = at;
                            return SLOW;
                        }
                        raw.putLong(address + delta, b(raw, r, w));
                        w = raw.getLong(code, at);
                        at += 8;
                        address = a(raw, r, w) + (w >> IMM);
                        if (!may(raw, address, 8, PageTable.WRITE)) {
                            failed = at;
                            return SLOW;
                        }
                        raw.putLong(address + delta, b(raw, r, w));
                    }
                    default -> {
                        failed = at;
                        return SLOW;
                    }
                }
            }
        } catch (InternalError lost) {
            failed = at;
            throw lost;
        }
    }

    /** Does the word before {@link #failed}. */
    private void slow(Block block, long[] code) {
        long w = code[(int) (failed - BEGINNING >> 3) - 1];
        if ((w & 0xff) == Steps.OPERATION) {
            operation(block, (int) (w >> IMM));
            return;
        }
        Unsafe raw = Raw.UNSAFE;
        long[] r = registers;
        long address = a(raw, r, w) + (w >> IMM);
        switch ((int) w & 0xff) {
            case Steps.LDB -> put(raw, r, w, memory.loadByte(address));
            case Steps.LDBU -> put(raw, r, w, memory.loadByte(address) & 0xffL);
            case Steps.LDH -> put(raw, r, w, memory.loadShort(address));
            case Steps.LDHU -> put(raw, r, w, memory.loadShort(address) & 0xffffL);
            case Steps.LDW -> put(raw, r, w, memory.loadInt(address));
            case Steps.LDWU -> put(raw, r, w, memory.loadInt(address) & 0xffff_ffffL);
            case Steps.LDD, Steps.LDD_LDD -> put(raw, r, w, memory.loadLong(address));
            case Steps.STB -> memory.storeByte(address, (byte) b(raw, r, w));
            case Steps.STH -> memory.storeShort(address, (short) b(raw, r, w));
            case Steps.STW -> memory.storeInt(address, (int) b(raw, r, w));
            case Steps.STD, Steps.STD_STD -> memory.storeLong(address, b(raw, r, w));
            default -> throw new IllegalStateException("step " + (w & 0xff));
        }
    }

    /** Leaves the guest as the word before {@link #failed} says; tells where it goes on. */
    private long leave(Block block, long[] code) {
        int next = (int) (failed - BEGINNING >> 3);
        long w = code[next - 1];
        memory.unlink();
        if ((w & 0xff) == Steps.SYSCALL) {
            exit = Exit.SYSTEM_CALL;
            return code[next];
        }
        exit = block.exit((int) (w >> IMM));
        return place(block, failed);
    }

    /** Whether an aligned access can be made at the common distance. */
    private boolean may(Unsafe raw, long address, int size, int right) {
        return (address & (SoftMemory.BEYOND | size - 1)) == 0
                && (raw.getByte(table + (address >>> PageTable.PAGE_SHIFT)) & right) != 0;
    }

    // The operands of a step: offsets into the register file.

    private static long a(Unsafe raw, long[] r, long w) {
        return raw.getLong(r, BEGINNING + (w >>> 15 & REGISTER));
    }

    private static long b(Unsafe raw, long[] r, long w) {
        return raw.getLong(r, BEGINNING + (w >>> 25 & REGISTER));
    }

    private static long d(Unsafe raw, long[] r, long w) {
        return raw.getLong(r, BEGINNING + (w >>> 5 & REGISTER));
    }

    private static void put(Unsafe raw, long[] r, long w, long value) {
        raw.putLong(r, BEGINNING + (w >>> 5 & REGISTER), value);
    }

    /** A block has been found: if the last one leads to it, it is run at once when that one ends so again. */
    void link(Block found) {
        Block from = left;
        left = null;
        if (from == null || found.pc() != leftTo) {
            return;
        }
        prepared(found);
        switch (leftBy) {
            case TAKEN -> from.taken(found);
            case NEXT -> from.next(found);
            default -> {
                from.next(from.taken());
                from.taken(found);
            }
        }
    }

    private Block indirect(Block block, long address) {
        Block to = block.taken();
        if (to != null && to.pc() == address) {
            return to;
        }
        to = block.next();
        if (to != null && to.pc() == address) {
            return to;
        }
        block.noteTarget(address);
        to = cpu.known(address);
        if (to != null) {
            block.next(block.taken());
            block.taken(to);
        }
        return to;
    }

    private long[] prepared(Block block) {
        long[] words = block.steps();
        if (words == null) {
            words = Steps.of(block, file);
            // The words before the block that has them, for other threads.
            VarHandle.storeStoreFence();
            block.steps(words);
        }
        return words;
    }

    /** The guest's instruction that the word before a place was made of. */
    private long place(Block block, long at) {
        int word = (int) (at - BEGINNING >> 3) - 1;
        return block.pc() + block.places()[Steps.origin(block, file, word)];
    }

    /** Carries out one operation that does not lead out of the block. */
    private void operation(Block block, int i) {
        long[] r = registers;
        long word = block.words()[i];
        long imm = block.constants()[i];
        r[constant] = imm;
        int d = (int) (word >>> 16) & 0xffff;
        long a = r[(int) (word >>> 32) & 0xffff];
        long b = r[(int) (word >>> 48)];
        switch ((int) word & 0xffff) {
            case Op.MOVE -> r[d] = a;
            case Op.ADD -> r[d] = a + b;
            case Op.SUB -> r[d] = a - b;
            case Op.AND -> r[d] = a & b;
            case Op.OR -> r[d] = a | b;
            case Op.XOR -> r[d] = a ^ b;
            case Op.NOR -> r[d] = ~(a | b);
            case Op.ANDN -> r[d] = a & ~b;
            case Op.ORN -> r[d] = a | ~b;
            case Op.SHL -> r[d] = a << b;
            case Op.SHR -> r[d] = a >>> b;
            case Op.SAR -> r[d] = a >> b;
            case Op.ROTR -> r[d] = Long.rotateRight(a, (int) b);
            case Op.MUL -> r[d] = a * b;
            case Op.MULHS -> r[d] = Math.multiplyHigh(a, b);
            case Op.MULHU -> r[d] = Arithmetic.multiplyHighUnsigned(a, b);
            case Op.DIVS -> r[d] = Arithmetic.divide(a, b);
            case Op.DIVU -> r[d] = Arithmetic.divideUnsigned(a, b);
            case Op.REMS -> r[d] = Arithmetic.remainder(a, b);
            case Op.REMU -> r[d] = Arithmetic.remainderUnsigned(a, b);
            case Op.ADDW -> r[d] = (int) (a + b);
            case Op.SUBW -> r[d] = (int) (a - b);
            case Op.SHLW -> r[d] = (int) a << (int) b;
            case Op.SHRW -> r[d] = (int) a >>> (int) b;
            case Op.SARW -> r[d] = (int) a >> (int) b;
            case Op.ROTRW -> r[d] = Integer.rotateRight((int) a, (int) b);
            case Op.MULW -> r[d] = (int) a * (int) b;
            case Op.DIVSW -> r[d] = Arithmetic.divide((int) a, (int) b);
            case Op.DIVUW -> r[d] = Arithmetic.divideUnsigned((int) a, (int) b);
            case Op.REMSW -> r[d] = Arithmetic.remainder((int) a, (int) b);
            case Op.REMUW -> r[d] = Arithmetic.remainderUnsigned((int) a, (int) b);
            case Op.SEQ -> r[d] = a == b ? 1 : 0;
            case Op.SNE -> r[d] = a != b ? 1 : 0;
            case Op.SLT -> r[d] = a < b ? 1 : 0;
            case Op.SLTU -> r[d] = a + Long.MIN_VALUE < b + Long.MIN_VALUE ? 1 : 0;
            case Op.SEXTB -> r[d] = (byte) a;
            case Op.SEXTH -> r[d] = (short) a;
            case Op.SEXTW -> r[d] = (int) a;
            case Op.ZEXTB -> r[d] = a & 0xff;
            case Op.ZEXTH -> r[d] = a & 0xffff;
            case Op.ZEXTW -> r[d] = a & 0xffff_ffffL;
            case Op.CLZ -> r[d] = Long.numberOfLeadingZeros(a);
            case Op.CLZW -> r[d] = Integer.numberOfLeadingZeros((int) a);
            case Op.CTZ -> r[d] = Long.numberOfTrailingZeros(a);
            case Op.CTZW -> r[d] = Integer.numberOfTrailingZeros((int) a);
            case Op.BSWAP -> r[d] = Long.reverseBytes(a);
            case Op.BSWAPW -> r[d] = Integer.reverseBytes((int) a);
            case Op.BSWAPH -> r[d] = Arithmetic.swapBytesInHalves(a);
            case Op.BITREV -> r[d] = Long.reverse(a);
            case Op.BITREVW -> r[d] = Integer.reverse((int) a);
            case Op.CMOVZ -> {
                if (b == 0) {
                    r[d] = a;
                }
            }
            case Op.CMOVNZ -> {
                if (b != 0) {
                    r[d] = a;
                }
            }
            case Op.EXTRACT -> r[d] = Arithmetic.extract(a, imm);
            case Op.INSERT -> r[d] = Arithmetic.insert(r[d], a, imm);
            case Op.HOLDS -> r[d] = ((int) imm & 15) >>> (int) a + 1 & 1;
            case Op.LDB -> r[d] = memory.loadByte(a + imm);
            case Op.LDBU -> r[d] = memory.loadByte(a + imm) & 0xffL;
            case Op.LDH -> r[d] = memory.loadShort(a + imm);
            case Op.LDHU -> r[d] = memory.loadShort(a + imm) & 0xffffL;
            case Op.LDW -> r[d] = memory.loadInt(a + imm);
            case Op.LDWU -> r[d] = memory.loadInt(a + imm) & 0xffff_ffffL;
            case Op.LDD -> r[d] = memory.loadLong(a + imm);
            case Op.STB -> memory.storeByte(a + imm, (byte) b);
            case Op.STH -> memory.storeShort(a + imm, (short) b);
            case Op.STW -> memory.storeInt(a + imm, (int) b);
            case Op.STD -> memory.storeLong(a + imm, b);
            case Op.LLW -> r[d] = memory.loadLinked(a + imm, 4);
            case Op.LLD -> r[d] = memory.loadLinked(a + imm, 8);
            case Op.SCW -> r[d] = memory.storeConditional(a + imm, b, 4);
            case Op.SCD -> r[d] = memory.storeConditional(a + imm, b, 8);
            case Op.FENCE -> Memory.fullFence();
            case Op.CALL -> r[d] = architecture.call(cpu, (int) imm, a, b);
            case Op.FADDS -> r[d] = TestedFloats.addS(cpu, (int) imm, a, b);
            case Op.FSUBS -> r[d] = TestedFloats.subtractS(cpu, (int) imm, a, b);
            case Op.FMULS -> r[d] = TestedFloats.multiplyS(cpu, (int) imm, a, b);
            case Op.FDIVS -> r[d] = TestedFloats.divideS(cpu, (int) imm, a, b);
            case Op.FSQRTS -> r[d] = TestedFloats.squareRootS(cpu, (int) imm, a, b);
            case Op.FADDD -> r[d] = TestedFloats.addD(cpu, (int) imm, a, b);
            case Op.FSUBD -> r[d] = TestedFloats.subtractD(cpu, (int) imm, a, b);
            case Op.FMULD -> r[d] = TestedFloats.multiplyD(cpu, (int) imm, a, b);
            case Op.FDIVD -> r[d] = TestedFloats.divideD(cpu, (int) imm, a, b);
            case Op.FSQRTD -> r[d] = TestedFloats.squareRootD(cpu, (int) imm, a, b);
            case Op.FCMPS -> r[d] = TestedFloats.compareS(cpu, (int) imm, a, b);
            case Op.FCMPD -> r[d] = TestedFloats.compareD(cpu, (int) imm, a, b);
            case Op.FCVTDS -> r[d] = TestedFloats.doubleFromSingle(cpu, (int) imm, a, b);
            case Op.FCVTSD -> r[d] = TestedFloats.singleFromDouble(cpu, (int) imm, a, b);
            case Op.FCVTDW -> r[d] = TestedFloats.doubleFromWord(cpu, (int) imm, a, b);
            case Op.FCVTDL -> r[d] = TestedFloats.doubleFromLong(cpu, (int) imm, a, b);
            case Op.FTRUNCWD -> r[d] = TestedFloats.wordFromDouble(cpu, (int) imm, a, b);
            case Op.FTRUNCLD -> r[d] = TestedFloats.longFromDouble(cpu, (int) imm, a, b);
            case Op.FMADDS, Op.FMSUBS, Op.FNMADDS, Op.FNMSUBS, Op.FMADDD, Op.FMSUBD, Op.FNMADDD, Op.FNMSUBD ->
                    r[d] = TestedFloats.fused(cpu, (int) imm, a, b, (int) word & 0xffff, r[d]);
            default -> throw new IllegalStateException("operation " + (word & 0xffff));
        }
    }
}
