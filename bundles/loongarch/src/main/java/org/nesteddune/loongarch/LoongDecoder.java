package org.nesteddune.loongarch;

import static org.nesteddune.loongarch.LoongRegisters.ZERO;

import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.InstructionFetch;
import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.engine.software.ir.Op;

/**
 * Decodes blocks of LA64 v1.0. Source: "LoongArch Reference Manual", volume 1, v1.02; for vectors what qemu-user 11 does. One for each
 * block.
 */
final class LoongDecoder {

    static final Exit ILLEGAL = new Exit.IllegalInstruction();

    /** So many instructions of which each may become as many operations as a vector one end a block. */
    private static final int MOST_LONG = 24;

    private final InstructionFetch code;
    private final BlockBuilder block;
    private final IntegerDecoder integers;
    private final MemoryDecoder accesses;
    private final FloatDecoder floats;
    private final VectorDecoder vectors;

    LoongDecoder(InstructionFetch code, BlockBuilder block) {
        this.code = code;
        this.block = block;
        integers = new IntegerDecoder(block);
        accesses = new MemoryDecoder(block);
        floats = new FloatDecoder(block);
        vectors = new VectorDecoder(block);
    }

    /** Decodes a block. */
    void decode(long start) {
        int longs = 0;
        for (long pc = start; !block.isEnded(); pc += 4) {
            if (pc != start && (block.isFull() || longs > MOST_LONG || !code.isExecutable(pc))) {
                block.jump(pc);
                return;
            }
            int word = code.word(pc);
            block.at(pc);
            instruction(pc, word);
            if (word >>> 24 == 1 || word >>> 27 == 1 || word >>> 26 == 0x1c) {
                longs++;
            }
        }
    }

    private void instruction(long pc, int word) {
        switch (word >>> 26) {
            case 0 -> {
                if (word >>> 24 == 1) {
                    floats.decode(word);
                } else {
                    integers.decode(pc, word);
                }
            }
            case 2 -> {
                if ((word >>> 24 & 1) == 0) {
                    floats.fused(word);
                } else {
                    vectors.fused(word);
                }
            }
            case 3 -> compareOrSelect(word);
            case 4 -> block.addConstant(Op.ADD, to(Word.rd(word)), Word.rj(word), Word.signed16(word) << 16);
            case 5, 6, 7 -> integers.longImmediate(pc, word);
            case 8, 9 -> accesses.decode(word);
            case 10 -> {
                if ((word >>> 24 & 3) == 3) {
                    floats.access(word);
                } else {
                    accesses.decode(word);
                }
            }
            case 11 -> vectors.access(word);
            case 12 -> vectors.element(word);
            case 14 -> indexed(pc, word);
            case 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27 -> branch(pc, word);
            case 28 -> vectors.decode(word);
            default -> block.exit(ILLEGAL);
        }
    }

    private int to(int register) {
        return register == ZERO ? block.imm() : register;
    }

    private void compareOrSelect(int word) {
        int kind = word >>> 20 & 0x3f;
        switch (kind) {
            case 1, 2 -> floats.compare(word);
            case 5, 6 -> vectors.compare(word);
            case 0x10 -> floats.select(word);
            case 0x11 -> vectors.select(word);
            case 0x15 -> vectors.shuffle(word);
            default -> block.exit(ILLEGAL);
        }
    }

    /** Accesses with an index register, atomic ones, barriers. */
    private void indexed(long pc, int word) {
        int kind = word >>> 15;
        if (kind == 0x70e4) {
            block.add(Op.FENCE, block.imm(), block.imm(), block.imm());
        } else if (kind == 0x70e5) {
            // Where code has changed, the way on is a safe point only if it is a jump by a register.
            int behind = block.temporary();
            block.add(Op.CALL, block.imm(), ZERO, ZERO, Call.CODE_BARRIER);
            block.load(behind, pc + 4);
            block.jumpRegister(behind);
        } else if (kind == 0x7080 || kind == 0x7088) {
            vectors.indexed(word);
        } else {
            accesses.indexed(pc, word);
        }
    }

    private void branch(long pc, int word) {
        int rj = Word.rj(word);
        int rd = Word.rd(word);
        long near = pc + (Word.signed16(word) << 2);
        long middle = pc + Word.offset21(word);
        switch (word >>> 26) {
            case 16 -> conditional(Op.BEQ, rj, ZERO, middle, pc);
            case 17 -> conditional(Op.BNE, rj, ZERO, middle, pc);
            case 18 -> {
                if ((word & 0x200) != 0) {
                    block.exit(ILLEGAL);
                } else {
                    int flag = LoongRegisters.FCC0 + (word >>> 5 & 7);
                    conditional((word & 0x100) != 0 ? Op.BNE : Op.BEQ, flag, ZERO, middle, pc);
                }
            }
            case 19 -> {
                int target = block.temporary();
                block.addConstant(Op.ADD, target, rj, Word.signed16(word) << 2);
                if (rd != ZERO) {
                    block.load(rd, pc + 4);
                }
                block.jumpRegister(target);
            }
            case 20 -> block.jump(pc + Word.offset26(word));
            case 21 -> {
                block.load(LoongRegisters.RA, pc + 4);
                block.jump(pc + Word.offset26(word));
            }
            case 22 -> conditional(Op.BEQ, rj, rd, near, pc);
            case 23 -> conditional(Op.BNE, rj, rd, near, pc);
            case 24 -> conditional(Op.BLT, rj, rd, near, pc);
            case 25 -> conditional(Op.BGE, rj, rd, near, pc);
            case 26 -> conditional(Op.BLTU, rj, rd, near, pc);
            default -> conditional(Op.BGEU, rj, rd, near, pc);
        }
    }

    private void conditional(int op, int a, int b, long target, long pc) {
        if (a == b) {
            block.jump(op == Op.BEQ || op == Op.BGE || op == Op.BGEU ? target : pc + 4);
            return;
        }
        block.branch(op, a, b, target);
        block.jump(pc + 4);
    }
}
