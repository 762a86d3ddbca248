package org.nesteddune.loongarch;

import static org.nesteddune.loongarch.LoongRegisters.F0;
import static org.nesteddune.loongarch.LoongRegisters.FCC0;
import static org.nesteddune.loongarch.LoongRegisters.FCSR;
import static org.nesteddune.loongarch.LoongRegisters.LAST;
import static org.nesteddune.loongarch.LoongRegisters.OPERAND;
import static org.nesteddune.loongarch.LoongRegisters.ZERO;

import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.engine.software.ir.Op;

/**
 * Scalar floating-point instructions. One for each block. What they leave in the upper half of a register after a result of 32 bits is
 * anything; here it is 0.
 */
final class FloatDecoder {

    private static final long SINGLE_SIGN = 1L << 31;

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

    /** FLD, FST. */
    void access(int word) {
        int fd = f(Word.rd(word));
        int rj = Word.rj(word);
        long offset = Word.signed12(word);
        switch (word >>> 22 & 3) {
            case 0 -> block.add(Op.LDWU, fd, rj, ZERO, offset);
            case 1 -> block.add(Op.STW, block.imm(), rj, fd, offset);
            case 2 -> block.add(Op.LDD, fd, rj, ZERO, offset);
            default -> block.add(Op.STD, block.imm(), rj, fd, offset);
        }
    }

    /** Opcode 0x01. */
    void decode(int word) {
        int fd = f(Word.rd(word));
        int fj = f(Word.rj(word));
        int fk = f(Word.rk(word));
        boolean single = (word >>> 15 & 3) == 1;
        if (word >>> 15 >= 0x228) {
            unary(word, fd, fj);
            return;
        }
        if ((word >>> 15 & 3) == 0 || (word >>> 15 & 3) == 3) {
            block.exit(LoongDecoder.ILLEGAL);
            return;
        }
        switch (word >>> 17) {
            case 0x80 -> operation(single ? Op.FADDS : Op.FADDD, word, fd, fj, fk);
            case 0x81 -> operation(single ? Op.FSUBS : Op.FSUBD, word, fd, fj, fk);
            case 0x82 -> operation(single ? Op.FMULS : Op.FMULD, word, fd, fj, fk);
            case 0x83 -> operation(single ? Op.FDIVS : Op.FDIVD, word, fd, fj, fk);
            case 0x84, 0x85, 0x86, 0x87, 0x88 -> operation(Op.CALL, word, fd, fj, fk);
            case 0x89 -> copySign(single ? SINGLE_SIGN : Long.MIN_VALUE, single, fd, fj, fk);
            default -> block.exit(LoongDecoder.ILLEGAL);
        }
    }

    /** An operation; it is remembered, since what it comes upon is told only when asked. */
    private void operation(int op, int word, int fd, int fj, int fk) {
        block.load(LAST, word);
        block.addUnary(Op.MOVE, LAST + 1, fj);
        block.addUnary(Op.MOVE, LAST + 2, fk);
        block.add(op, fd, fj, fk, word);
    }

    private void copySign(long bit, boolean single, int fd, int fj, int fk) {
        int sign = block.temporary();
        int rest = block.temporary();
        block.addConstant(Op.AND, sign, fk, bit);
        block.addConstant(Op.AND, rest, fj, single ? bit - 1 : Long.MAX_VALUE);
        block.add(Op.OR, fd, sign, rest);
    }

    private void unary(int word, int fd, int fj) {
        int rd = Word.rd(word);
        int rj = Word.rj(word);
        switch (word >>> 10) {
            case 0x4501 -> block.addConstant(Op.AND, fd, fj, SINGLE_SIGN - 1);
            case 0x4502 -> block.addConstant(Op.AND, fd, fj, Long.MAX_VALUE);
            case 0x4505 -> {
                int value = block.temporary();
                block.addUnary(Op.ZEXTW, value, fj);
                block.addConstant(Op.XOR, fd, value, SINGLE_SIGN);
            }
            case 0x4506 -> block.addConstant(Op.XOR, fd, fj, Long.MIN_VALUE);
            case 0x450d, 0x450e -> block.add(Op.CALL, fd, fj, fj, word);
            case 0x4509, 0x450a, 0x4515, 0x4516, 0x4519, 0x451a,
                    0x4681, 0x4682, 0x4689, 0x468a, 0x4691, 0x4692, 0x4699, 0x469a,
                    0x46a1, 0x46a9, 0x46b1, 0x46b2, 0x46b9, 0x46ba,
                    0x46c1, 0x46c2, 0x46c9, 0x46ca, 0x4744, 0x4746, 0x4791, 0x4792 ->
                    operation(Op.CALL, word, fd, fj, fj);
            case 0x4511 -> operation(Op.FSQRTS, word, fd, fj, fj);
            case 0x4512 -> operation(Op.FSQRTD, word, fd, fj, fj);
            case 0x4525, 0x4526 -> block.addUnary(Op.MOVE, fd, fj);
            case 0x4529 -> block.add(Op.INSERT, fd, rj, rj, BlockBuilder.field(0, 32));
            case 0x452a -> block.addUnary(Op.MOVE, fd, rj);
            case 0x452b -> block.add(Op.INSERT, fd, rj, rj, BlockBuilder.field(32, 32));
            case 0x452d -> block.addUnary(Op.SEXTW, to(rd), fj);
            case 0x452e -> block.addUnary(Op.MOVE, to(rd), fj);
            case 0x452f -> block.addConstant(Op.SAR, to(rd), fj, 32);
            case 0x4530 -> writeControl(rd, rj);
            case 0x4532 -> readControl(rd, rj);
            case 0x4534 -> flag(rd, fj, rd);
            case 0x4535 -> flagRead(rj, fd);
            case 0x4536 -> flag(rd, rj, rd);
            case 0x4537 -> flagRead(rj, to(rd));
            case 0x4646 -> operation(Op.FCVTSD, word, fd, fj, fj);
            case 0x4649 -> operation(Op.FCVTDS, word, fd, fj, fj);
            case 0x46a2 -> operation(Op.FTRUNCWD, word, fd, fj, fj);
            case 0x46aa -> operation(Op.FTRUNCLD, word, fd, fj, fj);
            case 0x4748 -> operation(Op.FCVTDW, word, fd, fj, fj);
            case 0x474a -> operation(Op.FCVTDL, word, fd, fj, fj);
            default -> block.exit(LoongDecoder.ILLEGAL);
        }
    }

    /** MOVFR2CF, MOVGR2CF: the lowest bit. */
    private void flag(int number, int from, int field) {
        if ((field & 0x18) != 0) {
            block.exit(LoongDecoder.ILLEGAL);
        } else {
            block.addConstant(Op.AND, FCC0 + number, from, 1);
        }
    }

    private void flagRead(int number, int to) {
        if (number >= 8) {
            block.exit(LoongDecoder.ILLEGAL);
        } else {
            block.addUnary(Op.MOVE, to, FCC0 + number);
        }
    }

    /** Brings the cause up to date. */
    private void ask() {
        for (int i = 0; i < 4; i++) {
            block.addUnary(Op.MOVE, LoongRegisters.ASKED + i, LAST + i);
        }
        block.add(Op.CALL, block.imm(), ZERO, ZERO, Call.RESOLVE);
        block.load(LAST, 0);
    }

    private void readControl(int rd, int number) {
        if (!FloatControl.exists(number)) {
            block.exit(LoongDecoder.ILLEGAL);
            return;
        }
        int value = block.temporary();
        ask();
        block.addConstant(Op.AND, value, FCSR, FloatControl.read(-1, number));
        block.addUnary(Op.SEXTW, to(rd), value);
    }

    private void writeControl(int number, int rj) {
        if (!FloatControl.exists(number)) {
            block.exit(LoongDecoder.ILLEGAL);
            return;
        }
        long mask = FloatControl.read(-1, number);
        int value = block.temporary();
        int rest = block.temporary();
        ask();
        block.addConstant(Op.AND, value, rj, mask);
        block.addConstant(Op.AND, rest, FCSR, ~mask);
        block.add(Op.OR, FCSR, rest, value);
    }

    /** FMADD, FMSUB, FNMADD, FNMSUB. */
    void fused(int word) {
        int format = word >>> 20 & 3;
        if (format == 0 || format == 3) {
            block.exit(LoongDecoder.ILLEGAL);
            return;
        }
        int fa = f(Word.ra(word));
        block.addUnary(Op.MOVE, OPERAND, fa);
        block.addUnary(Op.MOVE, LAST + 3, fa);
        int result = block.temporary();
        block.addUnary(Op.MOVE, result, fa);
        // FMADD, FMSUB, FNMADD, FNMSUB: in this order the architecture's and the engine's.
        int op = (format == 1 ? Op.FMADDS : Op.FMADDD) + (word >>> 22 & 3);
        operation(op, word, result, f(Word.rj(word)), f(Word.rk(word)));
        block.addUnary(Op.MOVE, f(Word.rd(word)), result);
    }

    /** Whether a condition of FCMP and VFCMP exists. */
    static boolean isCondition(int condition) {
        int kind = condition >> 1;
        return kind <= 8 || kind == 10 || kind == 12;
    }

    /** For which orders (less, equal, greater, none) a condition holds, from bit 0. */
    static int orders(int condition) {
        return ((condition & 2) != 0 ? 1 : 0)
                | ((condition & 4) != 0 ? 2 : 0)
                | ((condition & 8) != 0 ? 8 : 0)
                | ((condition & 16) != 0 ? 5 : 0);
    }

    /** FCMP. */
    void compare(int word) {
        int condition = Word.ra(word);
        if ((word & 0x18) != 0 || !isCondition(condition)) {
            block.exit(LoongDecoder.ILLEGAL);
            return;
        }
        int order = block.temporary();
        operation((word >>> 20 & 3) == 1 ? Op.FCMPS : Op.FCMPD, word, order, f(Word.rj(word)), f(Word.rk(word)));
        block.addConstant(Op.HOLDS, FCC0 + (word & 7), order, orders(condition));
    }

    /** FSEL. */
    void select(int word) {
        if ((word >>> 18 & 3) != 0) {
            block.exit(LoongDecoder.ILLEGAL);
            return;
        }
        int value = block.temporary();
        block.addUnary(Op.MOVE, value, f(Word.rj(word)));
        block.add(Op.CMOVNZ, value, f(Word.rk(word)), FCC0 + (word >>> 15 & 7));
        block.addUnary(Op.MOVE, f(Word.rd(word)), value);
    }
}
