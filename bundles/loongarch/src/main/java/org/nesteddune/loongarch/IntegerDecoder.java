package org.nesteddune.loongarch;

import static org.nesteddune.loongarch.LoongRegisters.ZERO;

import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.engine.software.ir.Op;

/** Integer instructions without memory and branches. One for each block. */
final class IntegerDecoder {

    // si_code of SIGFPE and SIGTRAP (asm-generic/siginfo.h)
    private static final int FPE_INTDIV = 1;
    private static final int FPE_INTOVF = 2;
    private static final int TRAP_BRKPT = 1;

    // Codes of BREAK (arch/loongarch/include/uapi/asm/break.h)
    private static final int BRK_OVERFLOW = 6;
    private static final int BRK_DIVZERO = 7;

    private static final int READ = LoongSyscallTable.NUMBERS.number("read");
    private static final int PREAD = LoongSyscallTable.NUMBERS.number("pread64");

    private final BlockBuilder block;

    IntegerDecoder(BlockBuilder block) {
        this.block = block;
    }

    /** The register to write: what is written to register 0 is lost. */
    private int to(int register) {
        return register == ZERO ? block.imm() : register;
    }

    /** Those whose six uppermost bits are 0. */
    void decode(long pc, int word) {
        int d = to(Word.rd(word));
        int rj = Word.rj(word);
        switch (word >>> 22) {
            case 0 -> registers(pc, word);
            case 1 -> shiftImmediate(word, d, rj);
            case 8 -> block.addConstant(Op.SLT, d, rj, Word.signed12(word));
            case 9 -> block.addConstant(Op.SLTU, d, rj, Word.signed12(word));
            case 10 -> block.addConstant(Op.ADDW, d, rj, Word.signed12(word));
            case 11 -> block.addConstant(Op.ADD, d, rj, Word.signed12(word));
            case 12 -> {
                int low = block.temporary();
                block.addConstant(Op.AND, low, rj, (1L << 52) - 1);
                block.addConstant(Op.OR, d, low, Word.signed12(word) << 52);
            }
            case 13 -> block.addConstant(Op.AND, d, rj, Word.unsigned12(word));
            case 14 -> block.addConstant(Op.OR, d, rj, Word.unsigned12(word));
            case 15 -> block.addConstant(Op.XOR, d, rj, Word.unsigned12(word));
            case 2, 3 -> field(word, d, rj);
            default -> block.exit(LoongDecoder.ILLEGAL);
        }
    }

    /** LU12I.W, LU32I.D, PCADDI, PCALAU12I, PCADDU12I, PCADDU18I. */
    void longImmediate(long pc, int word) {
        int rd = Word.rd(word);
        int d = to(rd);
        long value = Word.signed20(word);
        switch (word >>> 25) {
            case 10 -> block.load(d, value << 12);
            case 11 -> {
                int low = block.temporary();
                block.addUnary(Op.ZEXTW, low, rd);
                block.addConstant(Op.OR, d, low, value << 32);
            }
            case 12 -> block.load(d, pc + (value << 2));
            case 13 -> block.load(d, pc + (value << 12) & -4096);
            case 14 -> block.load(d, pc + (value << 12));
            default -> block.load(d, pc + (value << 18));
        }
    }

    private void shiftImmediate(int word, int d, int rj) {
        int kind = word >>> 18 & 3;
        boolean doubleword = (word >>> 16 & 1) != 0;
        int count = word >>> 10 & 63;
        if ((word & 0x0020_0000) != 0) {
            bits(word, d, rj);
            return;
        }
        if ((word >>> 20 & 1) != 0 || (word >>> 17 & 1) != 0 || !doubleword && (word >>> 15 & 1) == 0) {
            block.exit(LoongDecoder.ILLEGAL);
            return;
        }
        int op = switch (kind) {
            case 0 -> doubleword ? Op.SHL : Op.SHLW;
            case 1 -> doubleword ? Op.SHR : Op.SHRW;
            case 2 -> doubleword ? Op.SAR : Op.SARW;
            default -> doubleword ? Op.ROTR : Op.ROTRW;
        };
        block.addConstant(op, d, rj, doubleword ? count : count & 31);
    }

    /** BSTRINS.W, BSTRPICK.W. */
    private void bits(int word, int d, int rj) {
        int most = word >>> 16 & 31;
        int least = word >>> 10 & 31;
        if (most < least) {
            block.exit(LoongDecoder.ILLEGAL);
            return;
        }
        long field = BlockBuilder.field(least, most - least + 1);
        int value = block.temporary();
        if ((word >>> 15 & 1) != 0) {
            block.add(Op.EXTRACT, value, rj, rj, field);
        } else {
            block.addUnary(Op.MOVE, value, Word.rd(word));
            block.add(Op.INSERT, value, rj, rj, field);
        }
        block.addUnary(Op.SEXTW, d, value);
    }

    /** BSTRINS.D, BSTRPICK.D. */
    private void field(int word, int d, int rj) {
        int most = word >>> 16 & 63;
        int least = word >>> 10 & 63;
        if (most < least) {
            block.exit(LoongDecoder.ILLEGAL);
            return;
        }
        long field = BlockBuilder.field(least, most - least + 1);
        if (word >>> 22 == 3) {
            block.add(Op.EXTRACT, d, rj, rj, field);
        } else if (d != block.imm()) {
            block.add(Op.INSERT, d, rj, rj, field);
        }
    }

    private void registers(long pc, int word) {
        int rd = Word.rd(word);
        int d = to(rd);
        int rj = Word.rj(word);
        int rk = Word.rk(word);
        switch (word >>> 15) {
            case 0 -> single(word, d, rj);
            case 2, 3 -> {
                if (rd != 0) {
                    block.exit(LoongDecoder.ILLEGAL);
                } else {
                    MemoryDecoder.check(block, word >>> 15 == 2, rj, rk); // ASRTLE, ASRTGT
                }
            }
            case 8, 9, 10, 11 -> shiftAndAdd(Op.ADDW, d, word);
            case 12, 13, 14, 15 -> {
                int sum = block.temporary();
                shiftAndAdd(Op.ADD, sum, word);
                block.addUnary(Op.ZEXTW, d, sum);
            }
            case 16, 17, 18, 19 -> bytePickWord(word, d, rj, rk);
            case 24, 25, 26, 27, 28, 29, 30, 31 -> bytePickDoubleword(word, d, rj, rk);
            case 0x20 -> block.add(Op.ADDW, d, rj, rk);
            case 0x21 -> block.add(Op.ADD, d, rj, rk);
            case 0x22 -> block.add(Op.SUBW, d, rj, rk);
            case 0x23 -> block.add(Op.SUB, d, rj, rk);
            case 0x24 -> block.add(Op.SLT, d, rj, rk);
            case 0x25 -> block.add(Op.SLTU, d, rj, rk);
            case 0x26 -> mask(Op.CMOVZ, d, rj, rk);
            case 0x27 -> mask(Op.CMOVNZ, d, rj, rk);
            case 0x28 -> block.add(Op.NOR, d, rj, rk);
            case 0x29 -> block.add(Op.AND, d, rj, rk);
            case 0x2a -> {
                if (rk == ZERO) {
                    block.addUnary(Op.MOVE, d, rj);
                } else {
                    block.add(Op.OR, d, rj, rk);
                }
            }
            case 0x2b -> block.add(Op.XOR, d, rj, rk);
            case 0x2c -> block.add(Op.ORN, d, rj, rk);
            case 0x2d -> block.add(Op.ANDN, d, rj, rk);
            case 0x2e -> block.add(Op.SHLW, d, rj, rk);
            case 0x2f -> block.add(Op.SHRW, d, rj, rk);
            case 0x30 -> block.add(Op.SARW, d, rj, rk);
            case 0x31 -> block.add(Op.SHL, d, rj, rk);
            case 0x32 -> block.add(Op.SHR, d, rj, rk);
            case 0x33 -> block.add(Op.SAR, d, rj, rk);
            case 0x36 -> block.add(Op.ROTRW, d, rj, rk);
            case 0x37 -> block.add(Op.ROTR, d, rj, rk);
            case 0x38 -> block.add(Op.MULW, d, rj, rk);
            case 0x39 -> wordProduct(Op.SEXTW, d, rj, rk, true);
            case 0x3a -> wordProduct(Op.ZEXTW, d, rj, rk, true);
            case 0x3b -> block.add(Op.MUL, d, rj, rk);
            case 0x3c -> block.add(Op.MULHS, d, rj, rk);
            case 0x3d -> block.add(Op.MULHU, d, rj, rk);
            case 0x3e -> wordProduct(Op.SEXTW, d, rj, rk, false);
            case 0x3f -> wordProduct(Op.ZEXTW, d, rj, rk, false);
            case 0x40 -> divide(Op.DIVSW, d, rj, rk);
            case 0x41 -> divide(Op.REMSW, d, rj, rk);
            case 0x42 -> divide(Op.DIVUW, d, rj, rk);
            case 0x43 -> divide(Op.REMUW, d, rj, rk);
            case 0x44 -> divide(Op.DIVS, d, rj, rk);
            case 0x45 -> divide(Op.REMS, d, rj, rk);
            case 0x46 -> divide(Op.DIVU, d, rj, rk);
            case 0x47 -> divide(Op.REMU, d, rj, rk);
            case 0x48, 0x49, 0x4a, 0x4b -> block.add(Op.CALL, d, rj, rk, Call.CRC + (4 << (word >>> 15 & 3)));
            case 0x4c, 0x4d, 0x4e, 0x4f -> block.add(Op.CALL, d, rj, rk, Call.CRCC + (4 << (word >>> 15 & 3)));
            case 0x54 -> breakpoint(word & 0x7fff);
            case 0x56 -> syscall(pc);
            case 0x58, 0x59, 0x5a, 0x5b -> shiftAndAdd(Op.ADD, d, word);
            default -> block.exit(LoongDecoder.ILLEGAL);
        }
    }

    /** What is read from a file may be instructions, and the engine hears only of what the guest itself writes: tell it before. */
    private void syscall(long pc) {
        int bytes = block.temporary();
        int other = block.temporary();
        block.addConstant(Op.SEQ, bytes, LoongRegisters.A7, READ);
        block.addConstant(Op.SEQ, other, LoongRegisters.A7, PREAD);
        block.add(Op.OR, bytes, bytes, other);
        block.add(Op.MUL, bytes, bytes, LoongRegisters.A2);
        block.add(Op.CALL, block.imm(), LoongRegisters.A1, bytes, Call.WRITTEN);
        block.addUnary(Op.MOVE, LoongRegisters.ORIG_A0, LoongRegisters.A0);
        block.syscall(pc + 4);
    }

    private void single(int word, int d, int rj) {
        int t = block.temporary();
        switch (word >>> 10 & 31) {
            case 4 -> inverted(Op.CLZW, d, rj);
            case 5 -> block.addUnary(Op.CLZW, d, rj);
            case 6 -> inverted(Op.CTZW, d, rj);
            case 7 -> block.addUnary(Op.CTZW, d, rj);
            case 8 -> inverted(Op.CLZ, d, rj);
            case 9 -> block.addUnary(Op.CLZ, d, rj);
            case 10 -> inverted(Op.CTZ, d, rj);
            case 11 -> block.addUnary(Op.CTZ, d, rj);
            case 12 -> {
                block.addUnary(Op.BSWAPH, t, rj);
                block.addUnary(Op.SEXTW, d, t);
            }
            case 13 -> block.addUnary(Op.BSWAPH, d, rj);
            case 14 -> {
                block.addUnary(Op.BSWAP, t, rj);
                block.addConstant(Op.ROTR, d, t, 32);
            }
            case 15 -> block.addUnary(Op.BSWAP, d, rj);
            case 16 -> {
                // Halves of words: all bytes backwards, then those of each half, then the words.
                block.addUnary(Op.BSWAP, t, rj);
                block.addUnary(Op.BSWAPH, t, t);
                block.addConstant(Op.ROTR, d, t, 32);
            }
            case 17 -> {
                block.addUnary(Op.BSWAP, t, rj);
                block.addUnary(Op.BSWAPH, d, t);
            }
            case 18 -> {
                block.addUnary(Op.BITREVW, t, rj);
                block.addUnary(Op.BSWAPW, d, t);
            }
            case 19 -> {
                block.addUnary(Op.BITREV, t, rj);
                block.addUnary(Op.BSWAP, d, t);
            }
            case 20 -> block.addUnary(Op.BITREVW, d, rj);
            case 21 -> block.addUnary(Op.BITREV, d, rj);
            case 22 -> block.addUnary(Op.SEXTH, d, rj);
            case 23 -> block.addUnary(Op.SEXTB, d, rj);
            case 24 -> counter(Op.SEXTW, 0, d, rj);
            case 25 -> counter(Op.SEXTW, 32, d, rj);
            case 26 -> counter(Op.MOVE, 0, d, rj);
            case 27 -> block.add(Op.CALL, d, rj, ZERO, Call.CPUCFG);
            default -> block.exit(LoongDecoder.ILLEGAL);
        }
    }

    private void inverted(int op, int d, int rj) {
        int t = block.temporary();
        block.add(Op.NOR, t, rj, ZERO);
        block.addUnary(op, d, t);
    }

    /** RDTIME: the counter in rd, its number, which is 0, in rj. */
    private void counter(int op, int shift, int d, int rj) {
        int value = block.temporary();
        block.add(Op.CALL, value, ZERO, ZERO, Call.COUNTER);
        if (shift != 0) {
            block.addConstant(Op.SHR, value, value, shift);
        }
        block.addUnary(op, d, value);
        if (rj != ZERO) {
            block.load(rj, 0);
        }
    }

    private void shiftAndAdd(int op, int d, int word) {
        int shifted = block.temporary();
        block.addConstant(Op.SHL, shifted, Word.rj(word), (word >>> 15 & 3) + 1);
        block.add(op, d, shifted, Word.rk(word));
    }

    private void bytePickWord(int word, int d, int rj, int rk) {
        int bits = 8 * (word >>> 15 & 3);
        if (bits == 0) {
            block.addUnary(Op.SEXTW, d, rk);
            return;
        }
        int high = block.temporary();
        int low = block.temporary();
        block.addConstant(Op.SHLW, high, rk, bits);
        block.addConstant(Op.SHRW, low, rj, 32 - bits);
        block.add(Op.OR, d, high, low);
    }

    private void bytePickDoubleword(int word, int d, int rj, int rk) {
        int bits = 8 * (word >>> 15 & 7);
        if (bits == 0) {
            block.addUnary(Op.MOVE, d, rk);
            return;
        }
        int high = block.temporary();
        int low = block.temporary();
        block.addConstant(Op.SHL, high, rk, bits);
        block.addConstant(Op.SHR, low, rj, 64 - bits);
        block.add(Op.OR, d, high, low);
    }

    /** MASKEQZ, MASKNEZ: 0 under the condition, else rj. */
    private void mask(int op, int d, int rj, int rk) {
        int value = block.temporary();
        block.addUnary(Op.MOVE, value, rj);
        block.add(op, value, ZERO, rk);
        block.addUnary(Op.MOVE, d, value);
    }

    private void wordProduct(int extension, int d, int rj, int rk, boolean upper) {
        int a = block.temporary();
        int b = block.temporary();
        block.addUnary(extension, a, rj);
        block.addUnary(extension, b, rk);
        block.add(Op.MUL, upper ? a : d, a, b);
        if (upper) {
            block.addConstant(Op.SAR, d, a, 32);
        }
    }

    /** What a division by 0 gives is anything; here the quotient is the dividend and the remainder 0, as by 1. */
    private void divide(int op, int d, int rj, int rk) {
        int divisor = block.temporary();
        int zero = block.temporary();
        boolean word = op >= Op.DIVSW && op <= Op.REMUW;
        block.addUnary(word ? Op.SEXTW : Op.MOVE, divisor, rk);
        block.addConstant(Op.SEQ, zero, divisor, 0);
        block.add(Op.OR, divisor, divisor, zero);
        block.add(op, d, rj, divisor);
    }

    private void breakpoint(int code) {
        block.exit(switch (code) {
            case BRK_OVERFLOW -> new Exit.ArithmeticFault(FPE_INTOVF);
            case BRK_DIVZERO -> new Exit.ArithmeticFault(FPE_INTDIV);
            default -> new Exit.DebugTrap(TRAP_BRKPT);
        });
    }
}
