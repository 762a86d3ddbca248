package org.nesteddune.riscv;

import static org.nesteddune.riscv.RiscvRegisters.ZERO;

import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.engine.software.ir.Op;

/** Accesses to memory by integer registers. One for each block. */
final class MemoryDecoder {

    private static final int[] LOADS = {Op.LDB, Op.LDH, Op.LDW, Op.LDD, Op.LDBU, Op.LDHU, Op.LDWU};
    private static final int[] STORES = {Op.STB, Op.STH, Op.STW, Op.STD};

    // Bits 31 to 27 of atomic instructions
    private static final int LR = 2;
    private static final int SC = 3;

    private final BlockBuilder block;

    MemoryDecoder(BlockBuilder block) {
        this.block = block;
    }

    private int to(int register) {
        return register == ZERO ? block.imm() : register;
    }

    void load(int word) {
        int kind = Word.funct3(word);
        if (kind >= LOADS.length) {
            block.exit(RiscvDecoder.ILLEGAL);
        } else {
            block.add(LOADS[kind], to(Word.rd(word)), Word.rs1(word), ZERO, Word.immediateI(word));
        }
    }

    void store(int word) {
        int kind = Word.funct3(word);
        if (kind >= STORES.length) {
            block.exit(RiscvDecoder.ILLEGAL);
        } else {
            block.add(STORES[kind], block.imm(), Word.rs1(word), Word.rs2(word), Word.immediateS(word));
        }
    }

    /**
     * LR, SC and AMO*. The latter are: loaded, changed, and stored on condition that nobody has stored in between; else once more from
     * the beginning of the instruction. All of them are ordered as by aq and rl.
     */
    void atomic(long pc, int word) {
        int size = Word.funct3(word);
        int kind = word >>> 27;
        if (size != 2 && size != 3 || kind == LR && Word.rs2(word) != 0) {
            block.exit(RiscvDecoder.ILLEGAL);
            return;
        }
        boolean doubleword = size == 3;
        int d = to(Word.rd(word));
        int a = Word.rs1(word);
        int b = Word.rs2(word);
        int old = block.temporary();
        switch (kind) {
            case LR -> block.add(doubleword ? Op.LLD : Op.LLW, d, a, ZERO, 0);
            case SC -> {
                block.add(doubleword ? Op.SCD : Op.SCW, old, a, b, 0);
                block.addConstant(Op.XOR, d, old, 1);
            }
            case 0, 1, 4, 8, 12, 16, 20, 24, 28 -> {
                int value = block.temporary();
                int done = block.temporary();
                block.add(doubleword ? Op.LLD : Op.LLW, old, a, ZERO, 0);
                change(kind, value, old, b, doubleword ? Op.MOVE : Op.SEXTW);
                block.add(doubleword ? Op.SCD : Op.SCW, done, a, value, 0);
                block.branch(Op.BEQ, done, ZERO, pc);
                block.addUnary(Op.MOVE, d, old);
            }
            default -> block.exit(RiscvDecoder.ILLEGAL);
        }
    }

    private void change(int kind, int value, int old, int b, int extension) {
        switch (kind) {
            case 0 -> block.add(Op.ADD, value, old, b);
            case 1 -> block.addUnary(Op.MOVE, value, b);
            case 4 -> block.add(Op.XOR, value, old, b);
            case 8 -> block.add(Op.OR, value, old, b);
            case 12 -> block.add(Op.AND, value, old, b);
            case 16 -> choose(Op.SLT, value, old, b, false, extension);
            case 20 -> choose(Op.SLT, value, old, b, true, extension);
            case 24 -> choose(Op.SLTU, value, old, b, false, extension);
            default -> choose(Op.SLTU, value, old, b, true, extension);
        }
    }

    /** The greater or the less; words are compared with their signs extended, which does for unsigned ones too. */
    private void choose(int less, int value, int old, int b, boolean greater, int extension) {
        int other = block.temporary();
        int isLess = block.temporary();
        block.addUnary(extension, other, b);
        block.add(less, isLess, old, other);
        block.addUnary(Op.MOVE, value, old);
        block.add(greater ? Op.CMOVNZ : Op.CMOVZ, value, other, isLess);
    }
}
