package org.nesteddune.mips;

import static org.nesteddune.mips.MipsRegisters.HI;
import static org.nesteddune.mips.MipsRegisters.LO;
import static org.nesteddune.mips.MipsRegisters.ZERO;

import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.engine.software.ir.Op;

/** Integer instructions without branches: arithmetic, memory, traps. One for each block. */
final class IntegerDecoder {

    // si_code of SIGFPE (asm-generic/siginfo.h)
    private static final int FPE_INTDIV = 1;
    private static final int FPE_INTOVF = 2;
    private static final int TRAP_BRKPT = 1;

    // Codes of BREAK and of traps (arch/mips/include/uapi/asm/break.h)
    private static final int BRK_OVERFLOW = 6;
    private static final int BRK_DIVZERO = 7;

    /** What RDHWR $1 tells: bytes that a SYNCI is good for. */
    private static final int SYNCI_STEP = 32;

    static final Exit ILLEGAL = new Exit.IllegalInstruction();
    private static final Exit OVERFLOW = new Exit.ArithmeticFault(FPE_INTOVF);

    private final BlockBuilder block;

    IntegerDecoder(BlockBuilder block) {
        this.block = block;
    }

    /** The register to write: what is written to register 0 is lost. */
    private int to(int register) {
        return register == ZERO ? block.imm() : register;
    }

    void decode(int word) {
        int rs = Word.rs(word);
        int rt = Word.rt(word);
        long signed = Word.signed(word);
        switch (Word.opcode(word)) {
            case 0 -> special(word);
            case 1 -> regimm(word);
            case 8 -> addTrapping(to(rt), rs, constant(signed), true);
            case 9 -> block.addConstant(Op.ADDW, to(rt), rs, signed);
            case 10 -> block.addConstant(Op.SLT, to(rt), rs, signed);
            case 11 -> block.addConstant(Op.SLTU, to(rt), rs, signed);
            case 12 -> block.addConstant(Op.AND, to(rt), rs, Word.unsigned(word));
            case 13 -> block.addConstant(Op.OR, to(rt), rs, Word.unsigned(word));
            case 14 -> block.addConstant(Op.XOR, to(rt), rs, Word.unsigned(word));
            case 15 -> {
                if (rs == 0) {
                    block.load(to(rt), signed << 16);
                } else {
                    block.exit(ILLEGAL); // AUI is release 6
                }
            }
            case 24 -> addTrapping(to(rt), rs, constant(signed), false);
            case 25 -> block.addConstant(Op.ADD, to(rt), rs, signed);
            case 26 -> loadPart(word, true, 8);
            case 27 -> loadPart(word, false, 8);
            case 28 -> special2(word);
            case 31 -> special3(word);
            case 32 -> load(Op.LDB, word);
            case 33 -> load(Op.LDH, word);
            case 34 -> loadPart(word, true, 4);
            case 35 -> load(Op.LDW, word);
            case 36 -> load(Op.LDBU, word);
            case 37 -> load(Op.LDHU, word);
            case 38 -> loadPart(word, false, 4);
            case 39 -> load(Op.LDWU, word);
            case 40 -> store(Op.STB, word);
            case 41 -> store(Op.STH, word);
            case 42 -> storePart(Call.SWL, word);
            case 43 -> store(Op.STW, word);
            case 44 -> storePart(Call.SDL, word);
            case 45 -> storePart(Call.SDR, word);
            case 46 -> storePart(Call.SWR, word);
            case 47, 51 -> { } // CACHE acts on the supervisor's behalf or not at all; PREF is a hint
            case 48 -> load(Op.LLW, word);
            case 52 -> load(Op.LLD, word);
            case 55 -> load(Op.LDD, word);
            case 56 -> block.add(Op.SCW, to(rt), rs, rt, signed);
            case 60 -> block.add(Op.SCD, to(rt), rs, rt, signed);
            case 63 -> store(Op.STD, word);
            default -> block.exit(ILLEGAL);
        }
    }

    private int constant(long value) {
        int register = block.temporary();
        block.load(register, value);
        return register;
    }

    private void load(int op, int word) {
        block.add(op, to(Word.rt(word)), Word.rs(word), ZERO, Word.signed(word));
    }

    private void store(int op, int word) {
        block.add(op, block.imm(), Word.rs(word), Word.rt(word), Word.signed(word));
    }

    /** LWL, LWR, LDL, LDR: the part of a register that the aligned word or doubleword at the address has. */
    private void loadPart(int word, boolean left, int bytes) {
        int rt = Word.rt(word);
        int address = block.temporary();
        int shift = block.temporary();
        int value = block.temporary();
        int mask = block.temporary();
        block.addConstant(Op.ADD, address, Word.rs(word), Word.signed(word));
        block.addConstant(Op.ANDN, value, address, bytes - 1);
        block.add(bytes == 8 ? Op.LDD : Op.LDW, value, value, ZERO, 0);
        block.addConstant(Op.SHL, shift, address, 3);
        int op;
        if (left) {
            block.addConstant(Op.XOR, shift, shift, 8 * (bytes - 1));
            op = bytes == 8 ? Op.SHL : Op.SHLW;
        } else {
            op = bytes == 8 ? Op.SHR : Op.SHRW;
        }
        block.load(mask, -1);
        block.add(op, mask, mask, shift);
        block.add(op, value, value, shift);
        block.add(Op.ANDN, mask, rt, mask);
        block.add(Op.OR, value, value, mask);
        block.addUnary(bytes == 8 ? Op.MOVE : Op.SEXTW, to(rt), value);
    }

    private void storePart(int function, int word) {
        int address = block.temporary();
        block.addConstant(Op.ADD, address, Word.rs(word), Word.signed(word));
        block.add(Op.CALL, block.imm(), address, Word.rt(word), function);
    }

    private void addTrapping(int d, int a, int b, boolean word) {
        int sum = block.temporary();
        block.add(Op.ADD, sum, a, b);
        if (word) {
            trapUnlessWord(sum);
        } else {
            int x = block.temporary();
            int y = block.temporary();
            block.add(Op.XOR, x, a, sum);
            block.add(Op.XOR, y, b, sum);
            block.add(Op.AND, x, x, y);
            block.add(Op.SLT, x, x, ZERO);
            block.exitIf(x, OVERFLOW);
        }
        block.addUnary(Op.MOVE, d, sum);
    }

    private void subtractTrapping(int d, int a, int b, boolean word) {
        int difference = block.temporary();
        block.add(Op.SUB, difference, a, b);
        if (word) {
            trapUnlessWord(difference);
        } else {
            int x = block.temporary();
            int y = block.temporary();
            block.add(Op.XOR, x, a, difference);
            block.add(Op.XOR, y, a, b);
            block.add(Op.AND, x, x, y);
            block.add(Op.SLT, x, x, ZERO);
            block.exitIf(x, OVERFLOW);
        }
        block.addUnary(Op.MOVE, d, difference);
    }

    private void trapUnlessWord(int register) {
        int x = block.temporary();
        block.addUnary(Op.SEXTW, x, register);
        block.add(Op.SNE, x, x, register);
        block.exitIf(x, OVERFLOW);
    }

    private void special(int word) {
        int rs = Word.rs(word);
        int rt = Word.rt(word);
        int d = to(Word.rd(word));
        int sa = Word.sa(word);
        switch (Word.function(word)) {
            case 0 -> {
                if (word != 0) {
                    block.addConstant(Op.SHLW, d, rt, sa);
                }
            }
            case 1 -> {
                int condition = new FloatDecoder(block).condition(Word.condition(word));
                block.add((word >>> 16 & 1) != 0 ? Op.CMOVNZ : Op.CMOVZ, d, rs, condition);
            }
            case 2 -> rotating(rs, word, () -> block.addConstant(rs == 1 ? Op.ROTRW : Op.SHRW, d, rt, sa));
            case 3 -> block.addConstant(Op.SARW, d, rt, sa);
            case 4 -> block.add(Op.SHLW, d, rt, rs);
            case 6 -> rotating(sa, word, () -> block.add(sa == 1 ? Op.ROTRW : Op.SHRW, d, rt, rs));
            case 7 -> block.add(Op.SARW, d, rt, rs);
            case 10 -> block.add(Op.CMOVZ, d, rs, rt);
            case 11 -> block.add(Op.CMOVNZ, d, rs, rt);
            case 13 -> block.exit(breakpoint(word));
            case 15 -> block.add(Op.FENCE, block.imm(), ZERO, ZERO);
            case 16 -> block.addUnary(Op.MOVE, d, HI);
            case 17 -> block.addUnary(Op.MOVE, HI, rs);
            case 18 -> block.addUnary(Op.MOVE, d, LO);
            case 19 -> block.addUnary(Op.MOVE, LO, rs);
            case 20 -> block.add(Op.SHL, d, rt, rs);
            case 22 -> rotating(sa, word, () -> block.add(sa == 1 ? Op.ROTR : Op.SHR, d, rt, rs));
            case 23 -> block.add(Op.SAR, d, rt, rs);
            case 24 -> product(rs, rt, true, 0);
            case 25 -> product(rs, rt, false, 0);
            case 26 -> divide(Op.DIVSW, Op.REMSW, rs, rt);
            case 27 -> divide(Op.DIVUW, Op.REMUW, rs, rt);
            case 28 -> {
                block.add(Op.MULHS, HI, rs, rt);
                block.add(Op.MUL, LO, rs, rt);
            }
            case 29 -> {
                block.add(Op.MULHU, HI, rs, rt);
                block.add(Op.MUL, LO, rs, rt);
            }
            case 30 -> divide(Op.DIVS, Op.REMS, rs, rt);
            case 31 -> divide(Op.DIVU, Op.REMU, rs, rt);
            case 32 -> addTrapping(d, rs, rt, true);
            case 33 -> block.add(Op.ADDW, d, rs, rt);
            case 34 -> subtractTrapping(d, rs, rt, true);
            case 35 -> block.add(Op.SUBW, d, rs, rt);
            case 36 -> block.add(Op.AND, d, rs, rt);
            case 37 -> block.add(Op.OR, d, rs, rt);
            case 38 -> block.add(Op.XOR, d, rs, rt);
            case 39 -> block.add(Op.NOR, d, rs, rt);
            case 42 -> block.add(Op.SLT, d, rs, rt);
            case 43 -> block.add(Op.SLTU, d, rs, rt);
            case 44 -> addTrapping(d, rs, rt, false);
            case 45 -> block.add(Op.ADD, d, rs, rt);
            case 46 -> subtractTrapping(d, rs, rt, false);
            case 47 -> block.add(Op.SUB, d, rs, rt);
            case 48 -> trap(Op.SLT, rs, rt, false, trapCode(word));
            case 49 -> trap(Op.SLTU, rs, rt, false, trapCode(word));
            case 50 -> trap(Op.SLT, rs, rt, true, trapCode(word));
            case 51 -> trap(Op.SLTU, rs, rt, true, trapCode(word));
            case 52 -> trap(Op.SEQ, rs, rt, true, trapCode(word));
            case 54 -> trap(Op.SNE, rs, rt, true, trapCode(word));
            case 56 -> block.addConstant(Op.SHL, d, rt, sa);
            case 58 -> rotating(rs, word, () -> block.addConstant(rs == 1 ? Op.ROTR : Op.SHR, d, rt, sa));
            case 59 -> block.addConstant(Op.SAR, d, rt, sa);
            case 60 -> block.addConstant(Op.SHL, d, rt, sa + 32);
            case 62 -> rotating(rs, word, () -> block.addConstant(rs == 1 ? Op.ROTR : Op.SHR, d, rt, sa + 32));
            case 63 -> block.addConstant(Op.SAR, d, rt, sa + 32);
            default -> block.exit(ILLEGAL);
        }
    }

    /** A right shift has a field that is 1 for a rotation and otherwise 0. */
    private void rotating(int field, int word, Runnable shift) {
        if (field > 1) {
            block.exit(ILLEGAL);
        } else {
            shift.run();
        }
    }

    private void divide(int quotient, int remainder, int a, int b) {
        block.add(quotient, LO, a, b);
        block.add(remainder, HI, a, b);
    }

    /**
     * A product of words into HI and LO.
     *
     * @param sign what is done with what they hold: 1 added to, −1 taken from, 0 replaced
     */
    private void product(int rs, int rt, boolean signed, int sign) {
        int x = block.temporary();
        int y = block.temporary();
        block.addUnary(signed ? Op.SEXTW : Op.ZEXTW, x, rs);
        block.addUnary(signed ? Op.SEXTW : Op.ZEXTW, y, rt);
        block.add(Op.MUL, x, x, y);
        if (sign != 0) {
            int sum = block.temporary();
            block.addConstant(Op.SHL, y, HI, 32);
            block.addUnary(Op.ZEXTW, sum, LO);
            block.add(Op.OR, sum, sum, y);
            block.add(sign > 0 ? Op.ADD : Op.SUB, x, sum, x);
        }
        block.addUnary(Op.SEXTW, LO, x);
        block.addConstant(Op.SAR, HI, x, 32);
    }

    private void trap(int op, int a, int b, boolean sense, Exit exit) {
        int condition = block.temporary();
        block.add(op, condition, a, b);
        if (!sense) {
            block.addConstant(Op.XOR, condition, condition, 1);
        }
        block.exitIf(condition, exit);
    }

    private static Exit trapCode(int word) {
        return byCode(word >>> 6 & 0x3ff, new Exit.Breakpoint());
    }

    private static Exit breakpoint(int word) {
        int code = word >>> 6 & 0xf_ffff;
        // Assemblers put the code into the upper half of the field (do_bp of arch/mips/kernel/traps.c).
        if (code >= 1 << 10) {
            code = (code & 0x3ff) << 10 | code >>> 10;
        }
        return byCode(code, new Exit.DebugTrap(TRAP_BRKPT));
    }

    private static Exit byCode(int code, Exit otherwise) {
        return switch (code) {
            case BRK_DIVZERO -> new Exit.ArithmeticFault(FPE_INTDIV);
            case BRK_OVERFLOW -> OVERFLOW;
            default -> otherwise;
        };
    }

    private void regimm(int word) {
        int rs = Word.rs(word);
        Exit exit = new Exit.Breakpoint();
        switch (Word.rt(word)) {
            case 8 -> trap(Op.SLT, rs, constant(Word.signed(word)), false, exit);
            case 9 -> trap(Op.SLTU, rs, constant(Word.signed(word)), false, exit);
            case 10 -> trap(Op.SLT, rs, constant(Word.signed(word)), true, exit);
            case 11 -> trap(Op.SLTU, rs, constant(Word.signed(word)), true, exit);
            case 12 -> trap(Op.SEQ, rs, constant(Word.signed(word)), true, exit);
            case 14 -> trap(Op.SNE, rs, constant(Word.signed(word)), true, exit);
            case 31 -> {
                int address = block.temporary();
                block.addConstant(Op.ADD, address, rs, Word.signed(word));
                block.add(Op.CALL, block.imm(), address, ZERO, Call.SYNCI);
            }
            default -> block.exit(ILLEGAL);
        }
    }

    private void special2(int word) {
        int rs = Word.rs(word);
        int rt = Word.rt(word);
        int d = to(Word.rd(word));
        switch (Word.function(word)) {
            case 0 -> product(rs, rt, true, 1);
            case 1 -> product(rs, rt, false, 1);
            case 2 -> block.add(Op.MULW, d, rs, rt);
            case 4 -> product(rs, rt, true, -1);
            case 5 -> product(rs, rt, false, -1);
            case 32 -> block.addUnary(Op.CLZW, d, rs);
            case 33 -> countOnes(Op.CLZW, d, rs);
            case 36 -> block.addUnary(Op.CLZ, d, rs);
            case 37 -> countOnes(Op.CLZ, d, rs);
            default -> block.exit(ILLEGAL);
        }
    }

    private void countOnes(int op, int d, int a) {
        int inverse = block.temporary();
        block.add(Op.NOR, inverse, a, a);
        block.addUnary(op, d, inverse);
    }

    private void special3(int word) {
        int rs = Word.rs(word);
        int rt = Word.rt(word);
        int low = Word.sa(word);
        int high = Word.rd(word);
        switch (Word.function(word)) {
            case 0 -> extract(rt, rs, low, high + 1, true);
            case 1 -> extract(rt, rs, low, high + 33, false);
            case 2 -> extract(rt, rs, low + 32, high + 1, false);
            case 3 -> extract(rt, rs, low, high + 1, false);
            case 4 -> insert(rt, rs, low, high - low + 1, true);
            case 5 -> insert(rt, rs, low, high + 33 - low, false);
            case 6 -> insert(rt, rs, low + 32, high - low + 1, false);
            case 7 -> insert(rt, rs, low, high - low + 1, false);
            case 32 -> shuffle(word);
            case 36 -> shuffleDouble(word);
            case 59 -> hardwareRegister(word);
            default -> block.exit(ILLEGAL);
        }
    }

    private void extract(int d, int a, int position, int size, boolean word) {
        if (position + size > (word ? 32 : 64)) {
            block.exit(ILLEGAL);
            return;
        }
        block.add(Op.EXTRACT, to(d), a, a, BlockBuilder.field(position, size));
        if (word && size == 32) {
            block.addUnary(Op.SEXTW, to(d), d);
        }
    }

    private void insert(int d, int a, int position, int size, boolean word) {
        if (size <= 0 || position + size > (word ? 32 : 64)) {
            block.exit(ILLEGAL);
            return;
        }
        if (d == ZERO) {
            return;
        }
        block.add(Op.INSERT, d, a, a, BlockBuilder.field(position, size));
        if (word) {
            block.addUnary(Op.SEXTW, d, d);
        }
    }

    private void shuffle(int word) {
        int rt = Word.rt(word);
        int d = to(Word.rd(word));
        switch (Word.sa(word)) {
            case 2 -> {
                int swapped = block.temporary();
                block.addUnary(Op.BSWAPH, swapped, rt);
                block.addUnary(Op.SEXTW, d, swapped);
            }
            case 16 -> block.addUnary(Op.SEXTB, d, rt);
            case 24 -> block.addUnary(Op.SEXTH, d, rt);
            default -> block.exit(ILLEGAL);
        }
    }

    private void shuffleDouble(int word) {
        int rt = Word.rt(word);
        int d = to(Word.rd(word));
        switch (Word.sa(word)) {
            case 2 -> block.addUnary(Op.BSWAPH, d, rt);
            case 5 -> {
                int swapped = block.temporary();
                block.addUnary(Op.BSWAP, swapped, rt);
                block.addUnary(Op.BSWAPH, d, swapped);
            }
            default -> block.exit(ILLEGAL);
        }
    }

    private void hardwareRegister(int word) {
        int d = to(Word.rt(word));
        switch (Word.rd(word)) {
            case 0 -> block.add(Op.CALL, d, ZERO, ZERO, Call.CPU_NUMBER);
            case 1 -> block.load(d, SYNCI_STEP);
            case 2 -> block.add(Op.CALL, d, ZERO, ZERO, Call.CYCLES);
            case 3 -> block.load(d, 1);
            case 29 -> block.addUnary(Op.MOVE, d, MipsRegisters.USER_LOCAL);
            case 31 -> block.add(Op.CALL, d, ZERO, ZERO, Call.NANOSECONDS);
            default -> block.exit(ILLEGAL);
        }
    }
}
