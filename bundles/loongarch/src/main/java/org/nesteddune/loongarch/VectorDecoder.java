package org.nesteddune.loongarch;

import static org.nesteddune.loongarch.LoongRegisters.F0;
import static org.nesteddune.loongarch.LoongRegisters.FCC0;
import static org.nesteddune.loongarch.LoongRegisters.H0;
import static org.nesteddune.loongarch.LoongRegisters.LAST;
import static org.nesteddune.loongarch.LoongRegisters.OPERAND;
import static org.nesteddune.loongarch.LoongRegisters.ZERO;

import org.nesteddune.engine.software.fp.FloatEnvironment;
import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.engine.software.ir.Op;

/**
 * LSX: a vector register is two words. What is as simple in words becomes operations; all else is a call ({@link VectorOp}). One for
 * each block.
 */
final class VectorDecoder {

    /** A factor that puts an element of 8, 16, 32, 64 bits into all places. */
    static final long[] SPLAT = {0x0101_0101_0101_0101L, 0x0001_0001_0001_0001L, 0x0000_0001_0000_0001L, 1};

    private static final int[] LOAD_UNSIGNED = {Op.LDBU, Op.LDHU, Op.LDWU, Op.LDD};
    private static final int[] STORE = {Op.STB, Op.STH, Op.STW, Op.STD};
    private static final int[] SIGN_EXTEND = {Op.SEXTB, Op.SEXTH, Op.SEXTW, Op.MOVE};
    private static final int[] ZERO_EXTEND = {Op.ZEXTB, Op.ZEXTH, Op.ZEXTW, Op.MOVE};

    /** By two bits of instructions: down, up, to zero, to even. */
    private static final int[] ROUNDING = {
        FloatEnvironment.DOWN, FloatEnvironment.UP, FloatEnvironment.TOWARD_ZERO, FloatEnvironment.NEAREST_EVEN
    };

    private final BlockBuilder block;

    VectorDecoder(BlockBuilder block) {
        this.block = block;
    }

    private void illegal() {
        block.exit(LoongDecoder.ILLEGAL);
    }

    /** The word of half a register: the lower or the upper one. */
    private static int word(int register, int half) {
        return (half == 0 ? F0 : H0) + register;
    }

    /** VLD, VST. */
    void access(int word) {
        if (word >>> 22 == 0xb0) {
            load(Word.rj(word), Word.rd(word), Word.signed12(word));
        } else if (word >>> 22 == 0xb1) {
            store(Word.rj(word), Word.rd(word), Word.signed12(word));
        } else {
            illegal();
        }
    }

    private void load(int base, int vd, long offset) {
        int low = block.temporary();
        int high = block.temporary();
        block.add(Op.LDD, low, base, ZERO, offset);
        block.add(Op.LDD, high, base, ZERO, offset + 8);
        block.addUnary(Op.MOVE, F0 + vd, low);
        block.addUnary(Op.MOVE, H0 + vd, high);
    }

    private void store(int base, int vd, long offset) {
        block.add(Op.STD, block.imm(), base, F0 + vd, offset);
        block.add(Op.STD, block.imm(), base, H0 + vd, offset + 8);
    }

    /** VLDX, VSTX. */
    void indexed(int word) {
        int address = block.temporary();
        block.add(Op.ADD, address, Word.rj(word), Word.rk(word));
        if (word >>> 15 == 0x7080) {
            load(address, Word.rd(word), 0);
        } else {
            store(address, Word.rd(word), 0);
        }
    }

    /** VLDREPL, VSTELM. */
    void element(int word) {
        int rj = Word.rj(word);
        int vd = Word.rd(word);
        for (int size = 0; size < 4; size++) {
            int bits = 12 - size;
            if (word >>> 10 + bits == (0x3000_0000 | 0x80_0000 >>> size) >>> 10 + bits) {
                int value = block.temporary();
                long offset = (long) (word << 22 - bits >> 32 - bits) << size;
                block.add(LOAD_UNSIGNED[size], value, rj, ZERO, offset);
                block.addConstant(Op.MUL, F0 + vd, value, SPLAT[size]);
                block.addUnary(Op.MOVE, H0 + vd, F0 + vd);
                return;
            }
            if (word >>> 22 - size == (0x3100_0000 | 0x80_0000 >>> size) >>> 22 - size) {
                int index = word >>> 18 & (16 >> size) - 1;
                int value = block.temporary();
                int position = index << 3 + size;
                block.addConstant(Op.SHR, value, word(vd, position >> 6), position & 63);
                block.add(STORE[size], block.imm(), rj, value, (long) (byte) (word >>> 10) << size);
                return;
            }
        }
        illegal();
    }

    /** VFMADD and its like. */
    void fused(int word) {
        int format = word >>> 20 & 3;
        if (format == 0 || format == 3) {
            illegal();
            return;
        }
        int how = ((word >>> 22 & 1) != 0 ? VectorFloat.SUBTRACT : 0) | ((word >>> 23 & 1) != 0 ? VectorFloat.NEGATE : 0);
        call(VectorOp.FMADD, format + 1, how, Word.rd(word), Word.rj(word), Word.rk(word), Word.ra(word));
    }

    /** VFCMP. */
    void compare(int word) {
        int condition = Word.ra(word);
        if (FloatDecoder.isCondition(condition)) {
            call(VectorOp.FCMP, (word >>> 20 & 3) + 1, condition, word);
        } else {
            illegal();
        }
    }

    /** VBITSEL.V. */
    void select(int word) {
        for (int half = 0; half < 2; half++) {
            int mask = word(Word.ra(word), half);
            select(word(Word.rd(word), half), word(Word.rj(word), half), word(Word.rk(word), half), mask);
        }
    }

    private void select(int d, int zero, int one, int mask) {
        int x = block.temporary();
        int y = block.temporary();
        block.add(Op.AND, x, one, mask);
        block.add(Op.ANDN, y, zero, mask);
        block.add(Op.OR, d, x, y);
    }

    /** VSHUF.B. */
    void shuffle(int word) {
        call(VectorOp.SHUFB, 0, 0, Word.rd(word), Word.rj(word), Word.rk(word), Word.ra(word));
    }

    private void call(VectorOp op, int size, int how, int word) {
        call(op, size, how, Word.rd(word), Word.rj(word), Word.rk(word), Word.rd(word));
    }

    /** A call with three vectors. */
    private void call(VectorOp op, int size, int how, int vd, int va, int vb, int vc) {
        block.addUnary(Op.MOVE, OPERAND + 1, H0 + vb);
        finish(op, size, how, vd, va, F0 + vb, vc);
    }

    /** A call with the same value in all elements as its second operand. */
    private void callConstant(VectorOp op, int size, long value, int word) {
        long mask = size == 3 ? -1 : (1L << (8 << size)) - 1;
        long all = (value & mask) * SPLAT[size];
        int b = block.temporary();
        block.load(b, all);
        block.load(OPERAND + 1, all);
        finish(op, size, 0, Word.rd(word), Word.rj(word), b, Word.rd(word));
    }

    private void finish(VectorOp op, int size, int how, int vd, int va, int b, int vc) {
        block.addUnary(Op.MOVE, OPERAND, H0 + va);
        block.addUnary(Op.MOVE, OPERAND + 2, F0 + vc);
        block.addUnary(Op.MOVE, OPERAND + 3, H0 + vc);
        if (op.tellsCause()) {
            block.load(LAST, 0);
        }
        block.add(Op.CALL, F0 + vd, F0 + va, b, op.call(size, how));
        block.addUnary(Op.MOVE, H0 + vd, OPERAND);
    }

    /** Opcode 0x1c. */
    void decode(int word) {
        switch (word >>> 24) {
            case 0x70, 0x71 -> threeRegisters(word);
            case 0x72 -> {
                if (word >>> 18 >= 0x1ca8) {
                    fields(word);
                } else {
                    immediate(word);
                }
            }
            default -> fields(word);
        }
    }

    /** Bits 16 and 15 are the size; what an instruction is follows from those above. */
    private void threeRegisters(int word) {
        int size = word >>> 15 & 3;
        int group = word >>> 17 & 0xff;
        if (group == 0x05 && size == 3 || group == 0x06 && size == 3) {
            words(group == 0x05 ? Op.ADD : Op.SUB, word);
            return;
        }
        VectorOp op = VectorTables.LANES[group];
        if (op != null) {
            call(op, size, 0, word);
            return;
        }
        op = VectorTables.WIDE[group];
        if (op != null) {
            call(op, size, VectorTables.WIDE_HOW[group], word);
            return;
        }
        if (VectorTables.NARROW_HOW[group] >= 0) {
            if (size == 0) {
                illegal();
            } else {
                call(VectorOp.NARROW, size, VectorTables.NARROW_HOW[group], word);
            }
            return;
        }
        if (group == 0x91) {
            block.addUnary(Op.MOVE, OPERAND + 1, ZERO);
            finish(VectorOp.REPLVE, size, 0, Word.rd(word), Word.rj(word), Word.rk(word), Word.rd(word));
            return;
        }
        others(word);
    }

    private void words(int op, int word) {
        for (int half = 0; half < 2; half++) {
            block.add(op, word(Word.rd(word), half), word(Word.rj(word), half), word(Word.rk(word), half));
        }
    }

    private void others(int word) {
        int number = word >>> 15 & 0x3ff;
        int size = (number & 3) + 1;
        switch (number) {
            case 0x24c -> words(Op.AND, word);
            case 0x24d -> words(Op.OR, word);
            case 0x24e -> words(Op.XOR, word);
            case 0x24f -> words(Op.NOR, word);
            case 0x250 -> {
                for (int half = 0; half < 2; half++) {
                    block.add(Op.ANDN, word(Word.rd(word), half), word(Word.rk(word), half), word(Word.rj(word), half));
                }
            }
            case 0x251 -> words(Op.ORN, word);
            case 0x256 -> call(VectorOp.FRSTP, 0, 0, word);
            case 0x257 -> call(VectorOp.FRSTP, 1, 0, word);
            case 0x25a -> call(VectorOp.ADDQ, 4, 0, word);
            case 0x25b -> call(VectorOp.SUBQ, 4, 0, word);
            case 0x261, 0x262 -> call(VectorOp.FADD, size, 0, word);
            case 0x265, 0x266 -> call(VectorOp.FSUB, size, 0, word);
            case 0x271, 0x272 -> call(VectorOp.FMUL, size, 0, word);
            case 0x275, 0x276 -> call(VectorOp.FDIV, size, 0, word);
            case 0x279, 0x27a -> call(VectorOp.FMAX, size, 0, word);
            case 0x27d, 0x27e -> call(VectorOp.FMIN, size, 0, word);
            case 0x281, 0x282 -> call(VectorOp.FMAXA, size, 0, word);
            case 0x285, 0x286 -> call(VectorOp.FMINA, size, 0, word);
            case 0x28c -> call(VectorOp.FNARROW, 1, 0, word);
            case 0x28d -> call(VectorOp.FNARROW, 2, 0, word);
            case 0x290 -> call(VectorOp.FFINTSL, 2, 0, word);
            case 0x293 -> call(VectorOp.FTINTWD, 2, VectorFloat.DYNAMIC, word);
            case 0x294, 0x295, 0x296, 0x297 -> call(VectorOp.FTINTWD, 2, ROUNDING[number & 3], word);
            case 0x2f5, 0x2f6, 0x2f7 -> call(VectorOp.SHUF, number & 3, 0, word);
            default -> illegal();
        }
    }

    /** An immediate of five bits at bit 10, or one operand. */
    private void immediate(int word) {
        int size = word >>> 15 & 3;
        int group = word >>> 17 & 0xff;
        int bits = Word.rk(word);
        int signed = bits << 27 >> 27;
        switch (group) {
            case 0x40 -> callConstant(VectorOp.SEQ, size, signed, word);
            case 0x41 -> callConstant(VectorOp.SLE, size, signed, word);
            case 0x42 -> callConstant(VectorOp.SLEU, size, bits, word);
            case 0x43 -> callConstant(VectorOp.SLT, size, signed, word);
            case 0x44 -> callConstant(VectorOp.SLTU, size, bits, word);
            case 0x45 -> callConstant(VectorOp.ADD, size, bits, word);
            case 0x46 -> callConstant(VectorOp.SUB, size, bits, word);
            case 0x47 -> {
                if (size > 1) {
                    illegal();
                } else {
                    call(size == 0 ? VectorOp.BSLL : VectorOp.BSRL, 0, bits, word);
                }
            }
            case 0x48 -> callConstant(VectorOp.MAX, size, signed, word);
            case 0x49 -> callConstant(VectorOp.MIN, size, signed, word);
            case 0x4a -> callConstant(VectorOp.MAXU, size, bits, word);
            case 0x4b -> callConstant(VectorOp.MINU, size, bits, word);
            case 0x4d -> {
                if (size > 1) {
                    illegal();
                } else {
                    callConstant(VectorOp.FRSTP, size, bits, word);
                }
            }
            case 0x4e, 0x4f -> single(word);
            default -> illegal();
        }
    }

    private void single(int word) {
        int function = word >>> 10 & 0xff;
        int size = function & 3;
        int floats = size + 1;
        int rounding = ROUNDING[function >>> 1 & 3];
        switch (function) {
            case 0x00, 0x01, 0x02, 0x03 -> call(VectorOp.CLO, size, 0, word);
            case 0x04, 0x05, 0x06, 0x07 -> call(VectorOp.CLZ, size, 0, word);
            case 0x08, 0x09, 0x0a, 0x0b -> call(VectorOp.PCNT, size, 0, word);
            case 0x0c, 0x0d, 0x0e, 0x0f -> call(VectorOp.NEG, size, 0, word);
            case 0x10, 0x11, 0x12, 0x13 -> call(VectorOp.MSKLTZ, size, 0, word);
            case 0x14 -> call(VectorOp.MSKGEZ, 0, 0, word);
            case 0x18 -> call(VectorOp.MSKNZ, 0, 0, word);
            case 0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f -> condition(function, word);
            case 0x31, 0x32 -> call(VectorOp.FLOGB, floats, 0, word);
            case 0x35, 0x36 -> call(VectorOp.FCLASS, floats, 0, word);
            case 0x39, 0x3a -> call(VectorOp.FSQRT, floats, 0, word);
            case 0x3d, 0x3e -> call(VectorOp.FRECIP, floats, 0, word);
            case 0x41, 0x42 -> call(VectorOp.FRSQRT, floats, 0, word);
            case 0x4d, 0x4e -> call(VectorOp.FRINT, floats, VectorFloat.DYNAMIC, word);
            case 0x51, 0x52, 0x55, 0x56, 0x59, 0x5a, 0x5d, 0x5e ->
                    call(VectorOp.FRINT, floats, ROUNDING[function >>> 2 & 3], word);
            case 0x7a, 0x7b -> call(VectorOp.FWIDEN, 1, VectorFloat.UPPER * (function & 1), word);
            case 0x7c, 0x7d -> call(VectorOp.FWIDEN, 2, VectorFloat.UPPER * (function & 1), word);
            case 0x80, 0x82 -> call(VectorOp.FFINT, 2 + (function >>> 1 & 1), 0, word);
            case 0x81, 0x83 -> call(VectorOp.FFINTU, 2 + (function >>> 1 & 1), 0, word);
            case 0x84, 0x85 -> call(VectorOp.FFINTDW, 2, VectorFloat.UPPER * (function & 1), word);
            case 0x8c, 0x8d -> call(VectorOp.FTINT, 2 + (function & 1), VectorFloat.DYNAMIC, word);
            case 0x8e, 0x8f, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95 ->
                    call(VectorOp.FTINT, 2 + (function & 1), ROUNDING[(function >>> 1) - 0x47], word);
            case 0x96, 0x97 -> call(VectorOp.FTINTU, 2 + (function & 1), VectorFloat.DYNAMIC, word);
            case 0x9c, 0x9d -> call(VectorOp.FTINTU, 2 + (function & 1), FloatEnvironment.TOWARD_ZERO, word);
            case 0xa0, 0xa1 ->
                    call(VectorOp.FTINTLS, 2, VectorFloat.DYNAMIC | VectorFloat.UPPER * (function & 1), word);
            case 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9 -> call(
                    VectorOp.FTINTLS, 2, ROUNDING[(function >>> 1) - 0x51] | VectorFloat.UPPER * (function & 1), word);
            case 0xb8, 0xb9, 0xba, 0xbb -> call(VectorOp.EXTEND, size, Widths.UPPER | Widths.SIGNED, word);
            case 0xbc, 0xbd, 0xbe, 0xbf -> call(VectorOp.EXTEND, size, Widths.UPPER, word);
            case 0xc0, 0xc1, 0xc2, 0xc3 -> {
                int value = block.temporary();
                block.addUnary(ZERO_EXTEND[size], value, Word.rj(word));
                block.addConstant(Op.MUL, F0 + Word.rd(word), value, SPLAT[size]);
                block.addUnary(Op.MOVE, H0 + Word.rd(word), F0 + Word.rd(word));
            }
            default -> illegal();
        }
    }

    /** VSETEQZ.V and its like: into a condition flag. */
    private void condition(int function, int word) {
        if ((word & 0x18) != 0) {
            illegal();
            return;
        }
        int flag = FCC0 + (word & 7);
        int vj = Word.rj(word);
        if (function < 0x28) {
            int any = block.temporary();
            block.add(Op.OR, any, F0 + vj, H0 + vj);
            block.addConstant(function == 0x26 ? Op.SEQ : Op.SNE, flag, any, 0);
            return;
        }
        block.addUnary(Op.MOVE, OPERAND, H0 + vj);
        VectorOp op = function < 0x2c ? VectorOp.SETANYEQZ : VectorOp.SETALLNEZ;
        block.add(Op.CALL, flag, F0 + vj, ZERO, op.call(function & 3, 0));
    }

    /** Those where a field from bit 10 on has a size and an immediate, or an immediate of eight bits. */
    private void fields(int word) {
        int group = word >>> 18;
        int field = word >>> 10 & 0xff;
        int length = 31 - Integer.numberOfLeadingZeros(field); // of the immediate: a one stands before it
        int immediate = length < 0 ? 0 : field & (1 << length) - 1;
        VectorOp shift = VectorTables.shift(group);
        if (shift != null) {
            if (length < 3 || length > 6) {
                illegal();
            } else {
                callConstant(shift, length - 3, immediate, word);
            }
            return;
        }
        int narrow = VectorTables.narrow(group);
        if (narrow >= 0) {
            if (length < 4) {
                illegal();
            } else {
                call(VectorOp.NARROW, length - 3, narrow | Widths.IMMEDIATE | immediate, word);
            }
            return;
        }
        int vd = Word.rd(word);
        int vj = Word.rj(word);
        switch (group) {
            case 0x1cba, 0x1cbb, 0x1cbc, 0x1cbd -> oneElement(group, field, word);
            case 0x1cc2, 0x1cc3 -> {
                int signed = group == 0x1cc2 ? Widths.SIGNED : 0;
                if (length < 3 || length > 6 || length == 6 && immediate != 0) {
                    illegal();
                } else {
                    call(VectorOp.EXTEND, length - 3, signed | immediate, word);
                }
            }
            case 0x1ce0, 0x1ce1, 0x1ce2, 0x1ce3 -> call(VectorOp.EXTRINS, 0x1ce3 - group, field, word);
            case 0x1ce4, 0x1ce5, 0x1ce6 -> call(VectorOp.SHUF4I, group - 0x1ce4, field, word);
            case 0x1ce7 -> call(VectorOp.SHUF4ID, 3, field, word);
            case 0x1cf1 -> {
                int one = block.temporary();
                block.load(one, field * SPLAT[0]);
                select(F0 + vd, F0 + vj, one, F0 + vd);
                select(H0 + vd, H0 + vj, one, H0 + vd);
            }
            case 0x1cf4 -> bytes(Op.AND, field, vd, vj);
            case 0x1cf5 -> bytes(Op.OR, field, vd, vj);
            case 0x1cf6 -> bytes(Op.XOR, field, vd, vj);
            case 0x1cf7 -> bytes(Op.NOR, field, vd, vj);
            case 0x1cf8 -> {
                int kind = word >>> 13 & 0x1f;
                if (kind > 0x1c) {
                    illegal();
                } else {
                    long value = VectorTables.constant(word >>> 5 & 0x1fff);
                    block.load(F0 + vd, value);
                    block.load(H0 + vd, value);
                }
            }
            case 0x1cf9 -> call(VectorOp.PERMI, 2, field, word);
            default -> illegal();
        }
    }

    private void bytes(int op, int value, int vd, int vj) {
        block.addConstant(op, F0 + vd, F0 + vj, value * SPLAT[0]);
        block.addConstant(op, H0 + vd, H0 + vj, value * SPLAT[0]);
    }

    /** VINSGR2VR, VPICKVE2GR, VREPLVEI. */
    private void oneElement(int group, int field, int word) {
        int size;
        if ((field & 0xf0) == 0xe0) {
            size = 0;
        } else if ((field & 0xf8) == 0xf0) {
            size = 1;
        } else if ((field & 0xfc) == 0xf8) {
            size = 2;
        } else if ((field & 0xfe) == 0xfc) {
            size = 3;
        } else {
            illegal();
            return;
        }
        int bits = 8 << size;
        int position = (field & (16 >> size) - 1) * bits;
        int rd = Word.rd(word);
        int rj = Word.rj(word);
        long place = BlockBuilder.field(position & 63, bits);
        if (group == 0x1cba) {
            block.add(Op.INSERT, word(rd, position >> 6), rj, rj, place);
            return;
        }
        int from = word(rj, position >> 6);
        int value = block.temporary();
        block.add(Op.EXTRACT, value, from, from, place);
        if (group == 0x1cbd) {
            block.addConstant(Op.MUL, F0 + rd, value, SPLAT[size]);
            block.addUnary(Op.MOVE, H0 + rd, F0 + rd);
        } else {
            block.addUnary(group == 0x1cbb ? SIGN_EXTEND[size] : Op.MOVE, rd == ZERO ? block.imm() : rd, value);
        }
    }
}
