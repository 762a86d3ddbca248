package org.nesteddune.riscv;

import static org.nesteddune.riscv.RiscvRegisters.F0;
import static org.nesteddune.riscv.RiscvRegisters.OPERAND;
import static org.nesteddune.riscv.RiscvRegisters.ZERO;

import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.engine.software.ir.Op;

/**
 * Floating-point instructions. One for each block.
 *
 * <p>A single lies in a register with ones above it; one without is taken for the canonical NaN. Where the block itself has put it
 * there this is not looked at. Operations get their operands as the engine has singles, whose upper half does not count.
 */
final class FloatDecoder {

    /** What is above a single. */
    private static final long BOX = -1L << 32;

    private static final long SINGLE_SIGN = 1L << 31;
    private static final long SINGLE_NAN = 0x7fc0_0000L;

    // Bits 26 and 25 of an instruction
    private static final int SINGLE = 0;
    private static final int DOUBLE = 1;

    private static final int OPCODE = 0x53;

    private final BlockBuilder block;
    /** Registers of which the block knows that they hold a single, by bit. */
    private int boxed;

    FloatDecoder(BlockBuilder block) {
        this.block = block;
    }

    private static int f(int register) {
        return F0 + register;
    }

    private int to(int register) {
        return register == ZERO ? block.imm() : register;
    }

    /** The register of a result; what it holds is a double, or no more known. */
    private int result(int register) {
        boxed &= ~(1 << register);
        return f(register);
    }

    /** A value of 32 bits with anything above it becomes a single. */
    private void box(int register, int value) {
        boxed |= 1 << register;
        block.addConstant(Op.OR, f(register), value, BOX);
    }

    /** A register that has a single's bits in its lower half. */
    private int single(int register) {
        if ((boxed >>> register & 1) != 0) {
            return f(register);
        }
        int wrong = block.temporary();
        int value = block.temporary();
        block.addConstant(Op.SAR, wrong, f(register), 32);
        block.addConstant(Op.ADD, wrong, wrong, 1);
        block.addUnary(Op.MOVE, value, f(register));
        block.add(Op.CMOVNZ, value, block.imm(), wrong, SINGLE_NAN);
        return value;
    }

    private int operand(boolean single, int register) {
        return single ? single(register) : f(register);
    }

    /** FLW, FLD. */
    void load(int word) {
        int rd = Word.rd(word);
        switch (Word.funct3(word)) {
            case 2 -> {
                int value = block.temporary();
                block.add(Op.LDWU, value, Word.rs1(word), ZERO, Word.immediateI(word));
                box(rd, value);
            }
            case 3 -> block.add(Op.LDD, result(rd), Word.rs1(word), ZERO, Word.immediateI(word));
            default -> block.exit(RiscvDecoder.ILLEGAL);
        }
    }

    /** FSW, FSD. */
    void store(int word) {
        int kind = Word.funct3(word);
        if (kind != 2 && kind != 3) {
            block.exit(RiscvDecoder.ILLEGAL);
        } else {
            block.add(
                    kind == 2 ? Op.STW : Op.STD, block.imm(), Word.rs1(word), f(Word.rs2(word)), Word.immediateS(word));
        }
    }

    /** FMADD, FMSUB, FNMSUB, FNMADD. */
    void fused(int word) {
        int format = word >>> 25 & 3;
        if (format > DOUBLE || !FloatControl.isMode(Word.funct3(word))) {
            block.exit(RiscvDecoder.ILLEGAL);
            return;
        }
        boolean single = format == SINGLE;
        int a = operand(single, Word.rs1(word));
        int b = operand(single, Word.rs2(word));
        int c = operand(single, Word.rs3(word));
        int value = block.temporary();
        block.addUnary(Op.MOVE, OPERAND, c);
        block.addUnary(Op.MOVE, value, c);
        int op = !isNearest(Word.funct3(word)) ? Op.CALL : (single ? Op.FMADDS : Op.FMADDD) + switch (word & 0x7f) {
            case 0x43 -> 0;
            case 0x47 -> Op.FMSUBS - Op.FMADDS;
            case 0x4b -> Op.FNMSUBS - Op.FMADDS;
            default -> Op.FNMADDS - Op.FMADDS;
        };
        block.add(op, value, a, b, word);
        if (single) {
            box(Word.rd(word), value);
        } else {
            block.addUnary(Op.MOVE, result(Word.rd(word)), value);
        }
    }

    /** An operation with a number for its result. */
    private void operation(int op, int word, boolean single, int rd, int a, int b) {
        if (single) {
            int value = block.temporary();
            block.add(op, value, a, b, word);
            box(rd, value);
        } else {
            block.add(op, result(rd), a, b, word);
        }
    }

    /** OP-FP. */
    void decode(int word) {
        int format = word >>> 25 & 3;
        int rounding = Word.funct3(word);
        int kind = word >>> 27;
        boolean rounds = kind < 4 || kind == 8 || kind == 11 || kind == 24 || kind == 26;
        if (format > DOUBLE || rounds && !FloatControl.isMode(rounding)) {
            block.exit(RiscvDecoder.ILLEGAL);
            return;
        }
        boolean single = format == SINGLE;
        int rd = Word.rd(word);
        int rs1 = Word.rs1(word);
        int rs2 = Word.rs2(word);
        switch (kind) {
            case 0 -> arithmetic(single ? Op.FADDS : Op.FADDD, word, single);
            case 1 -> arithmetic(single ? Op.FSUBS : Op.FSUBD, word, single);
            case 2 -> arithmetic(single ? Op.FMULS : Op.FMULD, word, single);
            case 3 -> arithmetic(single ? Op.FDIVS : Op.FDIVD, word, single);
            case 4 -> sign(rounding, single, rd, rs1, rs2);
            case 5 -> {
                if (rounding > 1) {
                    block.exit(RiscvDecoder.ILLEGAL);
                } else {
                    operation(Op.CALL, word, single, rd, operand(single, rs1), operand(single, rs2));
                }
            }
            case 8 -> format(word, single);
            case 11 -> {
                if (rs2 != 0) {
                    block.exit(RiscvDecoder.ILLEGAL);
                } else {
                    int a = operand(single, rs1);
                    operation(isNearest(rounding) ? single ? Op.FSQRTS : Op.FSQRTD : Op.CALL, word, single, rd, a, a);
                }
            }
            case 20 -> compare(word, single);
            case 24 -> toInteger(word, single);
            case 26 -> fromInteger(word, single);
            case 28 -> {
                if (rs2 != 0 || rounding > 1) {
                    block.exit(RiscvDecoder.ILLEGAL);
                } else if (rounding == 1) {
                    int a = operand(single, rs1);
                    block.add(Op.CALL, to(rd), a, a, word);
                } else {
                    block.addUnary(single ? Op.SEXTW : Op.MOVE, to(rd), f(rs1));
                }
            }
            case 30 -> {
                if (rs2 != 0 || rounding != 0) {
                    block.exit(RiscvDecoder.ILLEGAL);
                } else if (single) {
                    box(rd, rs1);
                } else {
                    block.addUnary(Op.MOVE, result(rd), rs1);
                }
            }
            default -> block.exit(RiscvDecoder.ILLEGAL);
        }
    }

    /** Whether the engine's own operations may do for it; what the register says the guard looks at. */
    private static boolean isNearest(int rounding) {
        return rounding == FloatControl.NEAREST || rounding == FloatControl.DYNAMIC;
    }

    private void arithmetic(int op, int word, boolean single) {
        int a = operand(single, Word.rs1(word));
        int b = operand(single, Word.rs2(word));
        operation(isNearest(Word.funct3(word)) ? op : Op.CALL, word, single, Word.rd(word), a, b);
    }

    /** FSGNJ, FSGNJN, FSGNJX, which are the moves too. */
    private void sign(int kind, boolean single, int rd, int rs1, int rs2) {
        if (kind > 2) {
            block.exit(RiscvDecoder.ILLEGAL);
            return;
        }
        long bit = single ? SINGLE_SIGN : Long.MIN_VALUE;
        int a = operand(single, rs1);
        int value = single ? block.temporary() : result(rd);
        if (rs1 == rs2 && kind == 0) {
            block.addUnary(Op.MOVE, value, a);
        } else if (rs1 == rs2 && kind == 1) {
            block.addConstant(Op.XOR, value, a, bit);
        } else if (rs1 == rs2) {
            block.addConstant(Op.AND, value, a, ~bit);
        } else {
            int sign = block.temporary();
            int rest = block.temporary();
            int b = operand(single, rs2);
            block.addConstant(Op.AND, sign, b, bit);
            if (kind == 1) {
                block.addConstant(Op.XOR, sign, sign, bit);
            }
            if (kind == 2) {
                block.add(Op.XOR, value, a, sign);
            } else {
                block.addConstant(Op.AND, rest, a, ~bit);
                block.add(Op.OR, value, rest, sign);
            }
        }
        if (single) {
            box(rd, value);
        }
    }

    /** FCVT.S.D, FCVT.D.S. */
    private void format(int word, boolean single) {
        int rd = Word.rd(word);
        if (Word.rs2(word) != (single ? DOUBLE : SINGLE)) {
            block.exit(RiscvDecoder.ILLEGAL);
        } else if (single) {
            int a = f(Word.rs1(word));
            operation(isNearest(Word.funct3(word)) ? Op.FCVTSD : Op.CALL, word, true, rd, a, a);
        } else {
            int a = single(Word.rs1(word));
            operation(Op.FCVTDS, word, false, rd, a, a);
        }
    }

    /** FLE, FLT, FEQ. */
    private void compare(int word, boolean single) {
        int kind = Word.funct3(word);
        int a = operand(single, Word.rs1(word));
        int b = operand(single, Word.rs2(word));
        int order = block.temporary();
        int d = to(Word.rd(word));
        if (kind > 2) {
            block.exit(RiscvDecoder.ILLEGAL);
            return;
        }
        block.add(single ? Op.FCMPS : Op.FCMPD, order, a, b, word);
        // Less or equal, less, equal.
        block.addConstant(Op.HOLDS, d, order, kind == 0 ? 3 : kind);
    }

    /** FCVT.W, WU, L, LU of a number. */
    private void toInteger(int word, boolean single) {
        int kind = Word.rs2(word);
        int a = operand(single, Word.rs1(word));
        int d = to(Word.rd(word));
        if (kind > 3) {
            block.exit(RiscvDecoder.ILLEGAL);
        } else if ((kind & 1) != 0 || Word.funct3(word) != FloatControl.TOWARD_ZERO) {
            block.add(Op.CALL, d, a, a, word);
        } else {
            int number = a;
            if (single) {
                number = block.temporary();
                block.add(Op.FCVTDS, number, a, a, conversion(8, DOUBLE, SINGLE, FloatControl.NEAREST));
            }
            int ofDouble = conversion(24, DOUBLE, kind, FloatControl.TOWARD_ZERO);
            if (kind == 0) {
                int value = block.temporary();
                block.add(Op.FTRUNCWD, value, number, number, ofDouble);
                block.addUnary(Op.SEXTW, d, value);
            } else {
                block.add(Op.FTRUNCLD, d, number, number, ofDouble);
            }
        }
    }

    /** The word of a conversion, for a step of another one. */
    private static int conversion(int kind, int format, int other, int rounding) {
        return OPCODE | kind << 27 | format << 25 | other << 20 | rounding << 12;
    }

    /** FCVT.S and FCVT.D of W, WU, L, LU. */
    private void fromInteger(int word, boolean single) {
        int kind = Word.rs2(word);
        int rounding = Word.funct3(word);
        int rs1 = Word.rs1(word);
        int rd = Word.rd(word);
        if (kind > 3) {
            block.exit(RiscvDecoder.ILLEGAL);
        } else if (kind == 0 && !single) {
            operation(Op.FCVTDW, word, false, rd, rs1, rs1);
        } else if (kind == 0 && isNearest(rounding)) {
            int exact = block.temporary();
            block.add(Op.FCVTDW, exact, rs1, rs1, word);
            operation(Op.FCVTSD, conversion(8, SINGLE, DOUBLE, rounding), true, rd, exact, exact);
        } else if (kind == 1 && !single) {
            int unsigned = block.temporary();
            block.addUnary(Op.ZEXTW, unsigned, rs1);
            operation(Op.FCVTDL, conversion(26, DOUBLE, 2, rounding), false, rd, unsigned, unsigned);
        } else if (kind == 2 && !single && isNearest(rounding)) {
            operation(Op.FCVTDL, word, false, rd, rs1, rs1);
        } else {
            operation(Op.CALL, word, single, rd, rs1, rs1);
        }
    }
}
