package org.nesteddune.loongarch;

import static org.nesteddune.loongarch.LoongRegisters.F0;
import static org.nesteddune.loongarch.LoongRegisters.ZERO;

import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.engine.software.ir.Op;

/** Accesses to memory by integer registers, and those with an index or a bound by floating-point registers too. One for each block. */
final class MemoryDecoder {

    /** By bits 25 to 22 of the instruction, from LD.B on; −1 is PRELD, a hint. */
    private static final int[] PLAIN = {
        Op.LDB, Op.LDH, Op.LDW, Op.LDD, Op.STB, Op.STH, Op.STW, Op.STD, Op.LDBU, Op.LDHU, Op.LDWU, -1
    };

    /** By bits 20 to 18, from LDX.B on; −1 is PRELDX. */
    private static final int[] INDEXED = {
        Op.LDB, Op.LDH, Op.LDW, Op.LDD, Op.STB, Op.STH, Op.STW, Op.STD, Op.LDBU, Op.LDHU, Op.LDWU, -1
    };

    private static final int[] BOUNDED_FLOAT = {Op.LDWU, Op.LDD, Op.STW, Op.STD};

    private final BlockBuilder block;

    MemoryDecoder(BlockBuilder block) {
        this.block = block;
    }

    private int to(int register) {
        return register == ZERO ? block.imm() : register;
    }

    private static boolean isStore(int op) {
        return op >= Op.STB && op <= Op.STD;
    }

    private void access(int op, int base, int value, long offset) {
        if (isStore(op)) {
            block.add(op, block.imm(), base, value, offset);
        } else {
            block.add(op, to(value), base, ZERO, offset);
        }
    }

    /** LL, SC, LDPTR, STPTR, LD, ST, PRELD. */
    void decode(int word) {
        int rd = Word.rd(word);
        int rj = Word.rj(word);
        long offset = Word.signed14(word);
        switch (word >>> 24) {
            case 0x20 -> block.add(Op.LLW, to(rd), rj, ZERO, offset);
            case 0x21 -> block.add(Op.SCW, to(rd), rj, rd, offset);
            case 0x22 -> block.add(Op.LLD, to(rd), rj, ZERO, offset);
            case 0x23 -> block.add(Op.SCD, to(rd), rj, rd, offset);
            case 0x24 -> access(Op.LDW, rj, rd, offset);
            case 0x25 -> access(Op.STW, rj, rd, offset);
            case 0x26 -> access(Op.LDD, rj, rd, offset);
            case 0x27 -> access(Op.STD, rj, rd, offset);
            default -> {
                int op = PLAIN[word >>> 22 & 15];
                if (op >= 0) {
                    access(op, rj, rd, Word.signed12(word));
                }
            }
        }
    }

    /** Those of opcode 0x38: indexed, atomic, bounded. */
    void indexed(long pc, int word) {
        int kind = word >>> 15;
        int rd = Word.rd(word);
        int rj = Word.rj(word);
        int rk = Word.rk(word);
        if (kind >= 0x7000 && kind <= 0x7058 && (kind & 7) == 0) {
            int op = INDEXED[kind >>> 3 & 15];
            if (op >= 0) {
                access(op, sum(rj, rk), rd, 0);
            }
        } else if (kind >= 0x7060 && kind <= 0x7078 && (kind & 7) == 0) {
            access(BOUNDED_FLOAT[kind >>> 3 & 3], sum(rj, rk), F0 + rd, 0);
        } else if (kind >= 0x70c0 && kind <= 0x70e3) {
            atomic(pc, kind - 0x70c0, rd, rj, rk);
        } else if (kind >= 0x70e8 && kind <= 0x70ef) {
            int op = BOUNDED_FLOAT[kind >>> 1 & 2 | kind & 1];
            bounded(op, (kind & 2) != 0, F0 + rd, rj, rk);
        } else if (kind >= 0x70f0 && kind <= 0x70ff) {
            int op = PLAIN[(kind >>> 1 & 4) | kind & 3];
            bounded(op, (kind & 4) != 0, rd, rj, rk);
        } else {
            block.exit(LoongDecoder.ILLEGAL);
        }
    }

    private int sum(int a, int b) {
        int address = block.temporary();
        block.add(Op.ADD, address, a, b);
        return address;
    }

    /** ASRTLE and ASRTGT: a register must be above, or not above, another one. */
    static void check(BlockBuilder block, boolean below, int rj, int rk) {
        block.add(Op.CALL, block.imm(), rj, rk, below ? Call.NOT_ABOVE : Call.ABOVE);
    }

    /** LDGT, LDLE and their like: the address must be above, or not above, the bound. */
    private void bounded(int op, boolean below, int value, int rj, int rk) {
        check(block, below, rj, rk);
        access(op, rj, value, 0);
    }

    /**
     * AMSWAP and its like: loaded, changed, and stored on condition that nobody has stored in between; else once more from the
     * beginning of the instruction.
     */
    private void atomic(long pc, int kind, int rd, int rj, int rk) {
        if (rd != ZERO && (rd == rj || rd == rk)) {
            block.exit(LoongDecoder.ILLEGAL);
            return;
        }
        boolean doubleword = (kind & 1) != 0;
        int old = block.temporary();
        int value = block.temporary();
        int done = block.temporary();
        block.add(doubleword ? Op.LLD : Op.LLW, old, rj, ZERO, 0);
        switch (kind % 18 >> 1) {
            case 0 -> block.addUnary(Op.MOVE, value, rk);
            case 1 -> block.add(Op.ADD, value, old, rk);
            case 2 -> block.add(Op.AND, value, old, rk);
            case 3 -> block.add(Op.OR, value, old, rk);
            case 4 -> block.add(Op.XOR, value, old, rk);
            case 5 -> choose(Op.SLT, value, old, rk, true, doubleword ? Op.MOVE : Op.SEXTW);
            case 6 -> choose(Op.SLT, value, old, rk, false, doubleword ? Op.MOVE : Op.SEXTW);
            case 7 -> choose(Op.SLTU, value, old, rk, true, doubleword ? Op.MOVE : Op.SEXTW);
            default -> choose(Op.SLTU, value, old, rk, false, doubleword ? Op.MOVE : Op.SEXTW);
        }
        block.add(doubleword ? Op.SCD : Op.SCW, done, rj, value, 0);
        block.branch(Op.BEQ, done, ZERO, pc);
        block.addUnary(Op.MOVE, to(rd), old);
    }

    /** The greater or the less; words are compared with their signs extended, which does for unsigned ones too. */
    private void choose(int less, int value, int old, int rk, boolean greater, int extension) {
        int other = block.temporary();
        int isLess = block.temporary();
        block.addUnary(extension, other, rk);
        block.add(less, isLess, old, other);
        block.addUnary(Op.MOVE, value, old);
        block.add(greater ? Op.CMOVNZ : Op.CMOVZ, value, other, isLess);
    }
}
