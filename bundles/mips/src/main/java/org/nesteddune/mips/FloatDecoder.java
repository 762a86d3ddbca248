package org.nesteddune.mips;

import static org.nesteddune.mips.MipsRegisters.F0;
import static org.nesteddune.mips.MipsRegisters.FCSR;
import static org.nesteddune.mips.MipsRegisters.ZERO;

import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.engine.software.ir.Op;

/** Floating-point instructions without branches, for 64-bit registers (FR = 1). One for each block. */
final class FloatDecoder {

    static final int SINGLE = 16;
    static final int DOUBLE = 17;
    static final int WORD = 20;
    static final int LONG = 21;

    private final BlockBuilder block;

    FloatDecoder(BlockBuilder block) {
        this.block = block;
    }

    private static int f(int register) {
        return F0 + register;
    }

    private int to(int register) {
        return register == ZERO ? block.imm() : register;
    }

    /** A temporary that becomes the condition code, 0 or 1. */
    int condition(int code) {
        int register = block.temporary();
        block.add(Op.EXTRACT, register, FCSR, FCSR, BlockBuilder.field(FloatControl.conditionBit(code), 1));
        return register;
    }

    void decode(int word) {
        int rs = Word.rs(word);
        int ft = f(Word.rt(word));
        long offset = Word.signed(word);
        switch (Word.opcode(word)) {
            case 17 -> cop1(word);
            case 19 -> cop1x(word);
            case 49 -> block.add(Op.LDWU, ft, rs, ZERO, offset);
            case 53 -> block.add(Op.LDD, ft, rs, ZERO, offset);
            case 57 -> block.add(Op.STW, block.imm(), rs, ft, offset);
            case 61 -> block.add(Op.STD, block.imm(), rs, ft, offset);
            default -> block.exit(IntegerDecoder.ILLEGAL);
        }
    }

    private void cop1(int word) {
        int rt = Word.rt(word);
        int fs = f(Word.rd(word));
        switch (Word.rs(word)) {
            case 0 -> block.addUnary(Op.SEXTW, to(rt), fs);
            case 1 -> block.addUnary(Op.MOVE, to(rt), fs);
            case 2 -> {
                ask();
                block.add(Op.CALL, to(rt), number(Word.rd(word)), ZERO, Call.READ_CONTROL);
            }
            case 3 -> block.addConstant(Op.SAR, to(rt), fs, 32);
            case 4 -> block.addUnary(Op.ZEXTW, fs, rt);
            case 5 -> block.addUnary(Op.MOVE, fs, rt);
            case 6 -> {
                ask();
                block.add(Op.CALL, block.imm(), number(Word.rd(word)), rt, Call.WRITE_CONTROL);
            }
            case 7 -> block.add(Op.INSERT, fs, rt, rt, BlockBuilder.field(32, 32));
            case SINGLE, DOUBLE, WORD, LONG -> arithmetic(word);
            default -> block.exit(IntegerDecoder.ILLEGAL);
        }
    }

    /** Lets a call see which instruction was the last; afterwards its cause is there. */
    private void ask() {
        for (int i = 0; i < 4; i++) {
            block.addUnary(Op.MOVE, MipsRegisters.ASKED + i, MipsRegisters.LAST + i);
        }
        block.add(Op.CALL, block.imm(), ZERO, ZERO, Call.RESOLVE);
        block.load(MipsRegisters.LAST, 0);
    }

    private int number(int value) {
        int register = block.temporary();
        block.load(register, value);
        return register;
    }

    private void arithmetic(int word) {
        int format = Word.rs(word);
        int function = Word.function(word);
        int rt = Word.rt(word);
        int ft = f(rt);
        int fs = f(Word.rd(word));
        int fd = f(Word.sa(word));
        if (format == WORD || format == LONG) {
            if (function == 32 || function == 33) {
                call(fd, fs, fs, format, function);
            } else {
                block.exit(IntegerDecoder.ILLEGAL);
            }
            return;
        }
        if (function >= 48) {
            if ((word & 0xc0) != 0) {
                block.exit(IntegerDecoder.ILLEGAL);
            } else {
                compare(word >>> 8 & 7, fs, ft, format, function);
            }
            return;
        }
        switch (function) {
            case 0, 1, 2, 3 -> call(fd, fs, ft, format, function);
            case 5 -> sign(Op.AND, fd, fs, format, -1);
            case 7 -> sign(Op.XOR, fd, fs, format, 0);
            case 4, 8, 9, 10, 11, 12, 13, 14, 15, 21, 22, 36, 37 -> call(fd, fs, fs, format, function);
            case 6 -> block.addUnary(Op.MOVE, fd, fs);
            case 17 -> block.add((rt & 1) != 0 ? Op.CMOVNZ : Op.CMOVZ, fd, fs, condition(Word.condition(word)));
            case 18 -> block.add(Op.CMOVZ, fd, fs, rt);
            case 19 -> block.add(Op.CMOVNZ, fd, fs, rt);
            case 32, 33 -> {
                if (function - 32 == format - SINGLE) {
                    block.exit(IntegerDecoder.ILLEGAL);
                } else {
                    call(fd, fs, fs, format, function);
                }
            }
            default -> block.exit(IntegerDecoder.ILLEGAL);
        }
    }

    private void call(int d, int a, int b, int format, int function) {
        int function32 = Call.FLOAT | format << 6 | function;
        int op = operation(format, function);
        if (op != 0) {
            remember(function32, a, b);
        } else {
            block.load(MipsRegisters.LAST, 0);
        }
        block.add(op != 0 ? op : Op.CALL, d, a, b, function32);
    }

    private void remember(int instruction, int a, int b) {
        block.load(MipsRegisters.LAST, instruction);
        block.addUnary(Op.MOVE, MipsRegisters.LAST_A, a);
        block.addUnary(Op.MOVE, MipsRegisters.LAST_B, b);
    }

    /** The engine's operation for a function, or 0. */
    private static int operation(int format, int function) {
        return switch (format << 6 | function) {
            case SINGLE << 6 -> Op.FADDS;
            case SINGLE << 6 | 1 -> Op.FSUBS;
            case SINGLE << 6 | 2 -> Op.FMULS;
            case SINGLE << 6 | 3 -> Op.FDIVS;
            case SINGLE << 6 | 4 -> Op.FSQRTS;
            case SINGLE << 6 | 33 -> Op.FCVTDS;
            case DOUBLE << 6 -> Op.FADDD;
            case DOUBLE << 6 | 1 -> Op.FSUBD;
            case DOUBLE << 6 | 2 -> Op.FMULD;
            case DOUBLE << 6 | 3 -> Op.FDIVD;
            case DOUBLE << 6 | 4 -> Op.FSQRTD;
            case DOUBLE << 6 | 9 -> Op.FTRUNCLD;
            case DOUBLE << 6 | 13 -> Op.FTRUNCWD;
            case DOUBLE << 6 | 32 -> Op.FCVTSD;
            case WORD << 6 | 33 -> Op.FCVTDW;
            case LONG << 6 | 33 -> Op.FCVTDL;
            default -> 0;
        };
    }

    /** C.cond: bit 0 of the condition is "unordered", bit 1 "equal", bit 2 "less". */
    private void compare(int code, int a, int b, int format, int function) {
        int order = block.temporary();
        int holds = block.temporary();
        int instruction = Call.FLOAT | format << 6 | function;
        remember(instruction, a, b);
        block.add(format == SINGLE ? Op.FCMPS : Op.FCMPD, order, a, b, instruction);
        block.addConstant(Op.HOLDS, holds, order, (function & 4) >> 2 | function & 2 | (function & 1) << 3);
        block.add(Op.INSERT, FCSR, holds, holds, BlockBuilder.field(FloatControl.conditionBit(code), 1));
    }

    private void cop1x(int word) {
        int fr = f(Word.rs(word));
        int ft = f(Word.rt(word));
        int fs = f(Word.rd(word));
        int fd = f(Word.sa(word));
        int function = Word.function(word);
        switch (function) {
            case 0 -> block.add(Op.LDWU, fd, sum(word), ZERO, 0);
            case 1 -> block.add(Op.LDD, fd, sum(word), ZERO, 0);
            case 5 -> block.add(Op.LDD, fd, aligned(word), ZERO, 0);
            case 8 -> block.add(Op.STW, block.imm(), sum(word), fs, 0);
            case 9 -> block.add(Op.STD, block.imm(), sum(word), fs, 0);
            case 13 -> block.add(Op.STD, block.imm(), aligned(word), fs, 0);
            case 15 -> { } // PREFX is a hint
            case 32, 33, 40, 41, 48, 49, 56, 57 -> {
                // Two roundings, as MIPS64 before release 6 has it.
                int format = (function & 1) == 0 ? SINGLE : DOUBLE;
                int product = block.temporary();
                int kind = function >> 3 & 3; // madd, msub, nmadd, nmsub
                block.addUnary(Op.MOVE, MipsRegisters.LAST_C, fr);
                remember(Call.FLOAT | Call.THREE | format << 6 | kind & 1, fs, ft);
                block.add(operation(format, 2), product, fs, ft, Call.FLOAT | format << 6 | 2);
                block.add(operation(format, kind & 1), product, product, fr,
                        Call.FLOAT | Call.SECOND | format << 6 | kind & 1);
                if (kind >= 2) {
                    sign(Op.XOR, product, product, format, 0);
                }
                block.addUnary(Op.MOVE, fd, product);
            }
            default -> block.exit(IntegerDecoder.ILLEGAL);
        }
    }

    /** ABS and NEG: nothing but the sign bit, of NaNs too. */
    private void sign(int op, int d, int a, int format, long others) {
        long bit = format == SINGLE ? 1L << 31 : 1L << 63;
        block.addConstant(op, d, a, bit ^ others);
    }

    private int sum(int word) {
        int address = block.temporary();
        block.add(Op.ADD, address, Word.rs(word), Word.rt(word));
        return address;
    }

    private int aligned(int word) {
        int address = sum(word);
        block.addConstant(Op.ANDN, address, address, 7);
        return address;
    }
}
