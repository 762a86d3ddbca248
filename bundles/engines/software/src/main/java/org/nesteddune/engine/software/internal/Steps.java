package org.nesteddune.engine.software.internal;

import java.util.Arrays;
import org.nesteddune.engine.software.RegisterFile;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.Op;

/**
 * Makes of a block's operations the words that the {@link Interpreter} runs: an operation is one word, whose constant is in it where that
 * is short; what ends the block is one word with the addresses behind it, and makes the comparison that it depends on. What is rare
 * remains an operation of the block ({@link #OPERATION}). Used once.
 *
 * <pre>
 *   63        38 37  28 27  18 17   8 7     0
 *   | constant  |  b   |  a   |  d   | step  |
 *   | constant of LI          |  d   | step  |
 * </pre>
 *
 * <p>A vCPU's file holds all registers that the words name: this is looked at here, and no longer when they are run.
 */
final class Steps {

    /** The operation of the block whose number is the constant. */
    static final int OPERATION = 0;
    /** The register for constants = the next word. */
    static final int CONSTANT = 1;
    static final int LI = 2;
    static final int MOVE = 3;
    static final int ADD = 4;
    static final int SUB = 5;
    static final int AND = 6;
    static final int OR = 7;
    static final int XOR = 8;
    static final int NOR = 9;
    static final int ANDN = 10;
    static final int ORN = 11;
    static final int SHL = 12;
    static final int SHR = 13;
    static final int SAR = 14;
    static final int MUL = 15;
    static final int ADDW = 16;
    static final int SUBW = 17;
    static final int SHLW = 18;
    static final int SHRW = 19;
    static final int SARW = 20;
    static final int MULW = 21;
    static final int SEQ = 22;
    static final int SNE = 23;
    static final int SLT = 24;
    static final int SLTU = 25;
    static final int CMOVZ = 26;
    static final int CMOVNZ = 27;
    static final int SEXTB = 28;
    static final int SEXTH = 29;
    static final int SEXTW = 30;
    static final int ZEXTB = 31;
    static final int ZEXTH = 32;
    static final int ZEXTW = 33;
    /** d = a shifted right by the lower 6 bits of the constant, and of that as many bits as the next 6 say, less one. */
    static final int EXTRACT = 34;
    /** The same with a constant for b. */
    static final int ADD_I = 35;
    static final int AND_I = 36;
    static final int OR_I = 37;
    static final int XOR_I = 38;
    static final int SHL_I = 39;
    static final int SHR_I = 40;
    static final int SAR_I = 41;
    static final int ADDW_I = 42;
    static final int SHLW_I = 43;
    static final int SHRW_I = 44;
    static final int SARW_I = 45;
    static final int SLT_I = 46;
    static final int SLTU_I = 47;
    /** Accesses, in {@link Op}'s order. */
    static final int LDB = 48;
    static final int LDBU = 49;
    static final int LDH = 50;
    static final int LDHU = 51;
    static final int LDW = 52;
    static final int LDWU = 53;
    static final int LDD = 54;
    static final int STB = 55;
    static final int STH = 56;
    static final int STW = 57;
    static final int STD = 58;
    /** Ends of the block, in {@link Op}'s order: to the address in the next word, or else to that in the one behind it. */
    static final int BEQ = 59;
    static final int BNE = 60;
    static final int BLT = 61;
    static final int BGE = 62;
    static final int BLTU = 63;
    static final int BGEU = 64;
    /** Ways out amid the block, in {@link Op}'s order: to the address in the next word, or else on behind that. */
    static final int LEAVE_EQ = 65;
    static final int LEAVE_NE = 66;
    static final int LEAVE_LT = 67;
    static final int LEAVE_GE = 68;
    static final int LEAVE_LTU = 69;
    static final int LEAVE_GEU = 70;
    /** To the address in the next word. */
    static final int JUMP = 71;
    static final int JUMPR = 72;
    /** The guest goes on at the address in the next word. */
    static final int SYSCALL = 73;
    static final int EXIT = 74;
    static final int EXITNZ = 75;
    /** Two of a kind, as functions save and restore registers: this one and the next word's, with one look at what is to be done. */
    static final int LDD_LDD = 76;
    static final int STD_STD = 77;
    /** d = the bit of the constant whose number is a + 1. */
    static final int HOLDS = 78;

    private static final int REGISTER_BITS = 10;
    private static final int CONSTANT_SHIFT = 8 + 3 * REGISTER_BITS;
    private static final int LI_SHIFT = 8 + REGISTER_BITS;

    private final Block block;
    private final RegisterFile file;
    private final int constant;
    private long[] words = new long[16];
    private int[] origins;
    private int count;
    /** The last word if another like it may make a pair with it, or −1. */
    private int single = -1;

    private Steps(Block block, RegisterFile file, boolean origins) {
        this.block = block;
        this.file = file;
        constant = file.size();
        if (origins) {
            this.origins = new int[words.length];
        }
    }

    /** Makes the words. */
    static long[] of(Block block, RegisterFile file) {
        Steps steps = new Steps(block, file, false);
        steps.make();
        return Arrays.copyOf(steps.words, steps.count);
    }

    /** The number of the block's operation that a word was made of. */
    static int origin(Block block, RegisterFile file, int word) {
        Steps steps = new Steps(block, file, true);
        steps.make();
        return steps.origins[word];
    }

    private static int op(long word) {
        return (int) word & 0xffff;
    }

    private static int d(long word) {
        return (int) (word >>> 16) & 0xffff;
    }

    private static int a(long word) {
        return (int) (word >>> 32) & 0xffff;
    }

    private static int b(long word) {
        return (int) (word >>> 48);
    }

    private void make() {
        long[] operations = block.words();
        int last = operations.length - 1;
        boolean branch = last > 0 && op(operations[last]) == Op.JUMP
                && op(operations[last - 1]) >= Op.BEQ && op(operations[last - 1]) <= Op.BGEU;
        int end = branch ? last - 1 : last;
        int compared = branch ? comparison(end) : -1;
        int copied = branch ? -1 : copy(end);
        for (int i = 0; i < end; i++) {
            if (i != compared && i != copied) {
                operation(i);
            }
        }
        long word = operations[end];
        if (copied >= 0) {
            registers(end, JUMPR, constant, a(operations[copied]), a(operations[copied]), 0);
            return;
        }
        if (!branch) {
            operation(end);
            return;
        }
        if (compared >= 0) {
            boolean sense = op(word) == Op.BNE;
            int step = switch (op(operations[compared])) {
                case Op.SEQ -> sense ? BEQ : BNE;
                case Op.SNE -> sense ? BNE : BEQ;
                case Op.SLT -> sense ? BLT : BGE;
                default -> sense ? BLTU : BGEU;
            };
            add(end, step, constant, a(operations[compared]), b(operations[compared]), 0);
        } else {
            add(end, BEQ + op(word) - Op.BEQ, constant, a(word), b(word), 0);
        }
        put(end, block.constants()[end]);
        put(end, block.constants()[last]);
    }

    /**
     * The comparison that a branch at the end can make itself: nothing else asks for its result, and its operands are what they were.
     *
     * @return its number, or −1
     */
    private int comparison(int branch) {
        long[] operations = block.words();
        int condition = a(operations[branch]);
        if (op(operations[branch]) > Op.BNE || b(operations[branch]) != file.zero()
                || condition < file.firstTemporary() || condition == constant) {
            return -1;
        }
        int found = origin(condition, branch);
        return found < 0 || op(operations[found]) < Op.SEQ || op(operations[found]) > Op.SLTU ? -1 : found;
    }

    /**
     * The copy that an indirect jump at the end can do without, which was made because a delay slot might change the register.
     *
     * @return its number, or −1
     */
    private int copy(int jump) {
        long[] operations = block.words();
        int from = a(operations[jump]);
        if (op(operations[jump]) != Op.JUMPR || from < file.firstTemporary() || from == constant) {
            return -1;
        }
        int found = origin(from, jump);
        return found < 0 || op(operations[found]) != Op.MOVE ? -1 : found;
    }

    /**
     * The operation that a temporary has its value from, if nothing but the end of the block asks for that, and if the operands are
     * registers that are then what they were.
     *
     * @return its number, or −1
     */
    private int origin(int temporary, int end) {
        long[] operations = block.words();
        int found = end - 1;
        while (found >= 0 && d(operations[found]) != temporary) {
            found--;
        }
        if (found < 0) {
            return -1;
        }
        int a = a(operations[found]);
        int b = b(operations[found]);
        if (a == constant || b == constant || a == temporary || b == temporary) {
            return -1;
        }
        for (int i = found + 1; i < end; i++) {
            long word = operations[i];
            if (a(word) == temporary || b(word) == temporary || d(word) == a || d(word) == b || op(word) == Op.CALL) {
                return -1;
            }
        }
        return found;
    }

    private void operation(int i) {
        long word = block.words()[i];
        long imm = block.constants()[i];
        int op = op(word);
        int d = d(word);
        int a = a(word);
        int b = b(word);
        boolean direct = a != constant && b != constant;
        boolean constantB = a != constant && b == constant;
        switch (op) {
            case Op.MOVE -> {
                if (a != constant) {
                    add(i, MOVE, d, a, a, 0);
                } else if (imm << LI_SHIFT >> LI_SHIFT == imm) {
                    check(d);
                    put(i, LI | (long) d << 8 | imm << LI_SHIFT);
                } else {
                    add(i, CONSTANT, constant, constant, constant, 0);
                    put(i, imm);
                    add(i, MOVE, d, constant, constant, 0);
                }
            }
            case Op.EXTRACT -> {
                int size = (int) (imm >>> 8);
                int position = (int) imm & 0xff;
                if (a != constant && size >= 1 && size <= 64 && position < 64) {
                    add(i, EXTRACT, d, a, a, position | size - 1 << 6);
                } else {
                    asItIs(i);
                }
            }
            case Op.HOLDS -> add(i, HOLDS, d, a, a, imm & 15);
            case Op.SYSCALL, Op.JUMP -> {
                add(i, op == Op.JUMP ? JUMP : SYSCALL, constant, constant, constant, 0);
                put(i, imm);
            }
            case Op.JUMPR -> registers(i, JUMPR, d, a, a, imm);
            case Op.EXIT -> add(i, EXIT, constant, constant, constant, imm);
            case Op.EXITNZ -> registers(i, EXITNZ, d, a, a, imm);
            default -> {
                int step = step(op);
                if (op >= Op.BEQ && op <= Op.BGEU) {
                    add(i, LEAVE_EQ + op - Op.BEQ, constant, a, b, 0);
                    put(i, imm);
                } else if (op >= Op.LDB && op <= Op.STD) {
                    if ((op < Op.STB ? a != constant : direct) && isShort(imm)) {
                        add(i, step, d, a, op < Op.STB ? a : b, imm);
                    } else {
                        asItIs(i);
                    }
                } else if (direct && b == file.zero() && (op == Op.OR || op == Op.ADD)) {
                    add(i, MOVE, d, a, a, 0);
                } else if (step == OPERATION) {
                    asItIs(i);
                } else if (constantB && withConstant(op) != OPERATION && isShort(imm)) {
                    add(i, withConstant(op), d, a, a, imm);
                } else {
                    registers(i, step, d, a, b, imm);
                }
            }
        }
    }

    /** The operation itself, which the interpreter does outside its loop. */
    private void asItIs(int i) {
        add(i, OPERATION, constant, constant, constant, i);
    }

    /** A step whose operands may be the constant, which then gets into its register before. */
    private void registers(int i, int step, int d, int a, int b, long imm) {
        if (a == constant || b == constant) {
            add(i, CONSTANT, constant, constant, constant, 0);
            put(i, imm);
        }
        add(i, step, d, a, b, step == EXITNZ ? imm : 0);
    }

    private static boolean isShort(long imm) {
        return imm << CONSTANT_SHIFT >> CONSTANT_SHIFT == imm;
    }

    private static int step(int op) {
        return switch (op) {
            case Op.ADD -> ADD;
            case Op.SUB -> SUB;
            case Op.AND -> AND;
            case Op.OR -> OR;
            case Op.XOR -> XOR;
            case Op.NOR -> NOR;
            case Op.ANDN -> ANDN;
            case Op.ORN -> ORN;
            case Op.SHL -> SHL;
            case Op.SHR -> SHR;
            case Op.SAR -> SAR;
            case Op.MUL -> MUL;
            case Op.ADDW -> ADDW;
            case Op.SUBW -> SUBW;
            case Op.SHLW -> SHLW;
            case Op.SHRW -> SHRW;
            case Op.SARW -> SARW;
            case Op.MULW -> MULW;
            case Op.SEQ, Op.SNE, Op.SLT, Op.SLTU -> SEQ + op - Op.SEQ;
            case Op.SEXTB, Op.SEXTH, Op.SEXTW, Op.ZEXTB, Op.ZEXTH, Op.ZEXTW -> SEXTB + op - Op.SEXTB;
            case Op.CMOVZ -> CMOVZ;
            case Op.CMOVNZ -> CMOVNZ;
            default -> op >= Op.LDB && op <= Op.STD ? LDB + op - Op.LDB : OPERATION;
        };
    }

    private static int withConstant(int op) {
        return switch (op) {
            case Op.ADD -> ADD_I;
            case Op.AND -> AND_I;
            case Op.OR -> OR_I;
            case Op.XOR -> XOR_I;
            case Op.SHL -> SHL_I;
            case Op.SHR -> SHR_I;
            case Op.SAR -> SAR_I;
            case Op.ADDW -> ADDW_I;
            case Op.SHLW -> SHLW_I;
            case Op.SHRW -> SHRW_I;
            case Op.SARW -> SARW_I;
            case Op.SLT -> SLT_I;
            case Op.SLTU -> SLTU_I;
            default -> OPERATION;
        };
    }

    private void add(int origin, int step, int d, int a, int b, long imm) {
        check(d);
        check(a);
        check(b);
        if (!isShort(imm)) {
            throw new IllegalStateException("the constant 0x" + Long.toHexString(imm) + " of step " + step + " is too long");
        }
        int before = single;
        put(origin, step | (long) d << 8 | (long) a << 8 + REGISTER_BITS | (long) b << 8 + 2 * REGISTER_BITS
                | imm << CONSTANT_SHIFT);
        if (step == LDD || step == STD) {
            if (before >= 0 && (words[before] & 0xff) == step) {
                words[before] += (step == LDD ? LDD_LDD : STD_STD) - step;
            } else {
                single = count - 1;
            }
        }
    }

    private void check(int register) {
        if (register > constant) {
            throw new IllegalStateException("there is no register " + register);
        }
    }

    private void put(int origin, long word) {
        if (count == words.length) {
            words = Arrays.copyOf(words, 2 * count);
            origins = origins == null ? null : Arrays.copyOf(origins, 2 * count);
        }
        if (origins != null) {
            origins[count] = origin;
        }
        words[count++] = word;
        single = -1;
    }
}
