package org.nesteddune.riscv;

import static org.nesteddune.riscv.RiscvRegisters.ZERO;

import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.InstructionFetch;
import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.engine.software.ir.Op;

/**
 * Decodes blocks of rv64gc. Source: "The RISC-V Instruction Set Manual", volume I, version 20240411. One for each block.
 */
final class RiscvDecoder {

    static final Exit ILLEGAL = new Exit.IllegalInstruction();

    private static final int HALF = 2;
    private static final int WORD = 4;

    private final InstructionFetch code;
    private final BlockBuilder block;
    private final IntegerDecoder integers;
    private final MemoryDecoder accesses;
    private final FloatDecoder floats;

    RiscvDecoder(InstructionFetch code, BlockBuilder block) {
        this.code = code;
        this.block = block;
        integers = new IntegerDecoder(block);
        accesses = new MemoryDecoder(block);
        floats = new FloatDecoder(block);
    }

    /** Decodes a block. An instruction whose second half is on a page that may not be executed begins one of its own. */
    void decode(long start) {
        long pc = start;
        while (!block.isEnded()) {
            if (pc != start && (block.isFull() || !code.isExecutable(pc))) {
                block.jump(pc);
                return;
            }
            int word = code.halfword(pc);
            int length = HALF;
            if ((word & 3) != 3) {
                word = Compressed.expand(word);
            } else {
                length = WORD;
                if (pc != start && !code.isExecutable(pc + HALF)) {
                    block.jump(pc);
                    return;
                }
                word |= code.halfword(pc + HALF) << 16;
            }
            block.at(pc);
            instruction(pc, word, pc + length);
            pc += length;
        }
    }

    /** @param next the address behind it */
    private void instruction(long pc, int word, long next) {
        switch (word & 0x7f) {
            case 0x03 -> accesses.load(word);
            case 0x07 -> floats.load(word);
            case 0x0f -> fence(word, next);
            case 0x13 -> integers.immediate(word);
            case 0x17 -> block.load(to(Word.rd(word)), pc + Word.immediateU(word));
            case 0x1b -> integers.immediateWord(word);
            case 0x23 -> accesses.store(word);
            case 0x27 -> floats.store(word);
            case 0x2f -> accesses.atomic(pc, word);
            case 0x33 -> integers.registers(word);
            case 0x37 -> block.load(to(Word.rd(word)), Word.immediateU(word));
            case 0x3b -> integers.registersWord(word);
            case 0x43, 0x47, 0x4b, 0x4f -> floats.fused(word);
            case 0x53 -> floats.decode(word);
            case 0x63 -> branch(pc, word, next);
            case 0x67 -> jumpRegister(word, next);
            case 0x6f -> {
                if (Word.rd(word) != ZERO) {
                    block.load(Word.rd(word), next);
                }
                block.jump(pc + Word.immediateJ(word));
            }
            case 0x73 -> integers.system(word, next);
            default -> block.exit(ILLEGAL);
        }
    }

    private int to(int register) {
        return register == ZERO ? block.imm() : register;
    }

    /** FENCE of all kinds; what hints say of rd and rs1 does not count. */
    private void fence(int word, long next) {
        switch (Word.funct3(word)) {
            case 0 -> block.add(Op.FENCE, block.imm(), block.imm(), block.imm());
            case 1 -> {
                // What has changed is decoded anew behind a jump by a register.
                int behind = block.temporary();
                block.add(Op.CALL, block.imm(), ZERO, ZERO, Call.CODE_BARRIER);
                block.load(behind, next);
                block.jumpRegister(behind);
            }
            default -> block.exit(ILLEGAL);
        }
    }

    private void branch(long pc, int word, long next) {
        int op = switch (Word.funct3(word)) {
            case 0 -> Op.BEQ;
            case 1 -> Op.BNE;
            case 4 -> Op.BLT;
            case 5 -> Op.BGE;
            case 6 -> Op.BLTU;
            case 7 -> Op.BGEU;
            default -> -1;
        };
        int a = Word.rs1(word);
        int b = Word.rs2(word);
        long target = pc + Word.immediateB(word);
        if (op < 0) {
            block.exit(ILLEGAL);
        } else if (a == b) {
            block.jump(op == Op.BEQ || op == Op.BGE || op == Op.BGEU ? target : next);
        } else {
            block.branch(op, a, b, target);
            block.jump(next);
        }
    }

    private void jumpRegister(int word, long next) {
        if (Word.funct3(word) != 0) {
            block.exit(ILLEGAL);
            return;
        }
        int target = block.temporary();
        block.addConstant(Op.ADD, target, Word.rs1(word), Word.immediateI(word));
        block.addConstant(Op.AND, target, target, -2);
        if (Word.rd(word) != ZERO) {
            block.load(Word.rd(word), next);
        }
        block.jumpRegister(target);
    }
}
