package org.nesteddune.mips;

import static org.nesteddune.mips.MipsRegisters.RA;

import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.InstructionFetch;
import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.engine.software.ir.Op;

/**
 * Decodes blocks of MIPS64 release 2. Source: "MIPS Architecture For Programmers", volumes I-A and II-A, revision 2.x/5. One for
 * each block.
 *
 * <p>A branch takes its delay slot with it: what it depends on is put aside, then come the operations of the slot, which count as part
 * of the branch, since the kernel reports faults in a delay slot at the branch, and then the branch itself.
 */
final class MipsDecoder {

    private static final int SPECIAL = 0;
    private static final int REGIMM = 1;
    private static final int COP1 = 17;
    private static final int BC1 = 8;
    private static final int ADDRESS_BITS = 47;

    private static final int CACHEFLUSH = MipsSyscallTable.NUMBERS.number("cacheflush");
    private static final int SYSMIPS = MipsSyscallTable.NUMBERS.number("sysmips");

    private final InstructionFetch code;
    private final BlockBuilder block;
    private final IntegerDecoder integers;
    private final FloatDecoder floats;

    MipsDecoder(InstructionFetch code, BlockBuilder block) {
        this.code = code;
        this.block = block;
        integers = new IntegerDecoder(block);
        floats = new FloatDecoder(block);
    }

    /** Decodes a block. */
    void decode(long start) {
        for (long pc = start; !block.isEnded(); pc += 4) {
            if (pc != start && (block.isFull() || !code.isExecutable(pc))) {
                block.jump(pc);
                return;
            }
            int word = code.word(pc);
            if (isBranch(word)) {
                if (pc != start && !code.isExecutable(pc + 4)) {
                    block.jump(pc);
                    return;
                }
                int slot = code.word(pc + 4);
                block.at(pc);
                branch(pc, word, slot);
            } else {
                block.at(pc);
                plain(pc, word, false);
            }
        }
    }

    /** Whether an instruction has a delay slot. */
    private static boolean isBranch(int word) {
        int rt = Word.rt(word);
        return switch (Word.opcode(word)) {
            case SPECIAL -> Word.function(word) == 8 || Word.function(word) == 9;
            case REGIMM -> rt <= 3 || rt >= 16 && rt <= 19;
            case 2, 3, 4, 5, 6, 7, 20, 21, 22, 23 -> true;
            case COP1 -> Word.rs(word) == BC1;
            default -> false;
        };
    }

    private void plain(long pc, int word, boolean slot) {
        switch (Word.opcode(word)) {
            case 17, 19, 49, 53, 57, 61 -> floats.decode(word);
            default -> {
                if (word == 0x0000000c || (word & 0xfc00003f) == 0x0000000c) {
                    if (slot) {
                        block.exit(new Exit.IllegalInstruction()); // undefined there
                    } else {
                        syscall(pc);
                    }
                } else {
                    integers.decode(word);
                }
            }
        }
    }

    private void syscall(long pc) {
        // The kernel's cacheflush does nothing that the engine would hear of: tell it here. Any other call flushes 0 bytes.
        int bytes = block.temporary();
        block.addConstant(Op.SEQ, bytes, MipsRegisters.V0, CACHEFLUSH);
        block.add(Op.MUL, bytes, bytes, MipsRegisters.A1);
        // sysmips(FLUSH_CACHE) flushes all that there can be.
        int all = block.temporary();
        int command = block.temporary();
        block.addConstant(Op.SEQ, all, MipsRegisters.V0, SYSMIPS);
        block.addConstant(Op.SEQ, command, MipsRegisters.A0, MipsCalls.FLUSH_CACHE);
        block.add(Op.AND, all, all, command);
        block.addConstant(Op.SHL, all, all, ADDRESS_BITS);
        block.add(Op.OR, bytes, bytes, all);
        block.add(Op.CALL, block.imm(), MipsRegisters.A0, bytes, Call.FLUSH);
        block.addUnary(Op.MOVE, MipsRegisters.ORIG_V0, MipsRegisters.V0);
        block.addUnary(Op.MOVE, MipsRegisters.ORIG_A3, MipsRegisters.A3);
        block.syscall(pc + 4);
    }

    private void slot(long pc, int word) {
        block.at(pc);
        if (isBranch(word)) {
            block.exit(new Exit.IllegalInstruction()); // undefined
        } else if (word != 0) {
            plain(pc, word, true);
        }
    }

    private void branch(long pc, int word, int slot) {
        int rs = Word.rs(word);
        int rt = Word.rt(word);
        long target = pc + 4 + (Word.signed(word) << 2);
        switch (Word.opcode(word)) {
            case SPECIAL -> {
                int to = block.temporary();
                block.addUnary(Op.MOVE, to, rs);
                if (Word.function(word) == 9 && Word.rd(word) != 0) {
                    block.load(Word.rd(word), pc + 8);
                }
                slot(pc, slot);
                if (!block.isEnded()) {
                    block.jumpRegister(to);
                }
            }
            case REGIMM -> {
                boolean likely = (rt & 2) != 0;
                int condition = block.temporary();
                block.add(Op.SLT, condition, rs, MipsRegisters.ZERO);
                if (rt >= 16) {
                    block.load(RA, pc + 8);
                }
                conditional(pc, slot, condition, (rt & 1) == 0, likely, target);
            }
            case 2, 3 -> {
                if (Word.opcode(word) == 3) {
                    block.load(RA, pc + 8);
                }
                slot(pc, slot);
                if (!block.isEnded()) {
                    block.jump(pc + 4 & -1L << 28 | (word & 0x3ff_ffffL) << 2);
                }
            }
            case 4, 20 -> compare(pc, slot, Op.SEQ, rs, rt, true, Word.opcode(word) == 20, target);
            case 5, 21 -> compare(pc, slot, Op.SEQ, rs, rt, false, Word.opcode(word) == 21, target);
            // rs <= 0 is not 0 < rs
            case 6, 22 -> compare(pc, slot, Op.SLT, MipsRegisters.ZERO, rs, false, Word.opcode(word) == 22, target);
            case 7, 23 -> compare(pc, slot, Op.SLT, MipsRegisters.ZERO, rs, true, Word.opcode(word) == 23, target);
            default -> {
                int condition = floats.condition(Word.condition(word));
                conditional(pc, slot, condition, (rt & 1) != 0, (rt & 2) != 0, target);
            }
        }
    }

    private void compare(long pc, int slot, int op, int a, int b, boolean sense, boolean likely, long target) {
        if (op == Op.SEQ && a == b && sense) {
            slot(pc, slot);
            if (!block.isEnded()) {
                block.jump(target);
            }
            return;
        }
        int condition = block.temporary();
        block.add(op, condition, a, b);
        conditional(pc, slot, condition, sense, likely, target);
    }

    /** @param sense whether the branch is taken if the condition is 1 */
    private void conditional(long pc, int slot, int condition, boolean sense, boolean likely, long target) {
        if (likely) {
            block.branch(sense ? Op.BEQ : Op.BNE, condition, MipsRegisters.ZERO, pc + 8);
        }
        slot(pc, slot);
        if (block.isEnded()) {
            return;
        }
        if (!likely) {
            block.branch(sense ? Op.BNE : Op.BEQ, condition, MipsRegisters.ZERO, target);
        }
        block.jump(likely ? target : pc + 8);
    }
}
