package org.nesteddune.riscv;

import static org.nesteddune.riscv.RiscvRegisters.FCSR;
import static org.nesteddune.riscv.RiscvRegisters.ZERO;

import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.engine.software.ir.Op;

/** Integer instructions without memory and branches, system instructions, control registers. One for each block. */
final class IntegerDecoder {

    /** {@code si_code} of SIGTRAP (asm-generic/siginfo.h). */
    private static final int TRAP_BRKPT = 1;

    private static final int FLUSH = RiscvSyscallTable.NUMBERS.number("riscv_flush_icache");

    // Control and status registers
    private static final int FFLAGS = 1;
    private static final int FRM = 2;
    private static final int FCSR_NUMBER = 3;
    private static final int CYCLE = 0xc00;
    private static final int INSTRET = 0xc02;

    private static final int MULTIPLY = 1;
    private static final int ALTERNATE = 0x20;

    private final BlockBuilder block;

    IntegerDecoder(BlockBuilder block) {
        this.block = block;
    }

    /** The register to write: what is written to register 0 is lost. */
    private int to(int register) {
        return register == ZERO ? block.imm() : register;
    }

    /** OP-IMM. */
    void immediate(int word) {
        int d = to(Word.rd(word));
        int a = Word.rs1(word);
        long value = Word.immediateI(word);
        switch (Word.funct3(word)) {
            case 0 -> {
                if (a == ZERO) {
                    block.load(d, value);
                } else if (value == 0) {
                    block.addUnary(Op.MOVE, d, a);
                } else {
                    block.addConstant(Op.ADD, d, a, value);
                }
            }
            case 1 -> shift(word >>> 26 == 0 ? Op.SHL : -1, d, a, value & 63);
            case 2 -> block.addConstant(Op.SLT, d, a, value);
            case 3 -> block.addConstant(Op.SLTU, d, a, value);
            case 4 -> block.addConstant(Op.XOR, d, a, value);
            case 5 -> shift(word >>> 26 == 0 ? Op.SHR : word >>> 26 == 0x10 ? Op.SAR : -1, d, a, value & 63);
            case 6 -> block.addConstant(Op.OR, d, a, value);
            default -> block.addConstant(Op.AND, d, a, value);
        }
    }

    private void shift(int op, int d, int a, long count) {
        if (op < 0) {
            block.exit(RiscvDecoder.ILLEGAL);
        } else {
            block.addConstant(op, d, a, count);
        }
    }

    /** OP-IMM-32. */
    void immediateWord(int word) {
        int d = to(Word.rd(word));
        int a = Word.rs1(word);
        int kind = Word.funct7(word);
        switch (Word.funct3(word)) {
            case 0 -> block.addConstant(Op.ADDW, d, a, Word.immediateI(word));
            case 1 -> shift(kind == 0 ? Op.SHLW : -1, d, a, Word.rs2(word));
            case 5 -> shift(kind == 0 ? Op.SHRW : kind == ALTERNATE ? Op.SARW : -1, d, a, Word.rs2(word));
            default -> block.exit(RiscvDecoder.ILLEGAL);
        }
    }

    /** OP. */
    void registers(int word) {
        int d = to(Word.rd(word));
        int a = Word.rs1(word);
        int b = Word.rs2(word);
        int function = Word.funct3(word);
        switch (Word.funct7(word)) {
            case 0 -> {
                if (function == 0 && a == ZERO) {
                    block.addUnary(Op.MOVE, d, b);
                } else {
                    block.add(
                            switch (function) {
                                case 0 -> Op.ADD;
                                case 1 -> Op.SHL;
                                case 2 -> Op.SLT;
                                case 3 -> Op.SLTU;
                                case 4 -> Op.XOR;
                                case 5 -> Op.SHR;
                                case 6 -> Op.OR;
                                default -> Op.AND;
                            },
                            d, a, b);
                }
            }
            case MULTIPLY -> multiply(function, d, a, b);
            case ALTERNATE -> {
                if (function == 0) {
                    block.add(Op.SUB, d, a, b);
                } else if (function == 5) {
                    block.add(Op.SAR, d, a, b);
                } else {
                    block.exit(RiscvDecoder.ILLEGAL);
                }
            }
            default -> block.exit(RiscvDecoder.ILLEGAL);
        }
    }

    private void multiply(int function, int d, int a, int b) {
        switch (function) {
            case 0 -> block.add(Op.MUL, d, a, b);
            case 1 -> block.add(Op.MULHS, d, a, b);
            case 2 -> {
                // MULHSU: a negative a was taken for 2^64 more than it is.
                int excess = block.temporary();
                int product = block.temporary();
                block.addConstant(Op.SAR, excess, a, 63);
                block.add(Op.AND, excess, excess, b);
                block.add(Op.MULHU, product, a, b);
                block.add(Op.SUB, d, product, excess);
            }
            case 3 -> block.add(Op.MULHU, d, a, b);
            case 4 -> block.add(Op.DIVS, d, a, b);
            case 5 -> block.add(Op.DIVU, d, a, b);
            case 6 -> block.add(Op.REMS, d, a, b);
            default -> block.add(Op.REMU, d, a, b);
        }
    }

    /** OP-32. */
    void registersWord(int word) {
        int op = switch (Word.funct7(word) << 3 | Word.funct3(word)) {
            case 0 -> Op.ADDW;
            case 1 -> Op.SHLW;
            case 5 -> Op.SHRW;
            case ALTERNATE << 3 -> Op.SUBW;
            case ALTERNATE << 3 | 5 -> Op.SARW;
            case MULTIPLY << 3 -> Op.MULW;
            case MULTIPLY << 3 | 4 -> Op.DIVSW;
            case MULTIPLY << 3 | 5 -> Op.DIVUW;
            case MULTIPLY << 3 | 6 -> Op.REMSW;
            case MULTIPLY << 3 | 7 -> Op.REMUW;
            default -> -1;
        };
        if (op < 0) {
            block.exit(RiscvDecoder.ILLEGAL);
        } else {
            block.add(op, to(Word.rd(word)), Word.rs1(word), Word.rs2(word));
        }
    }

    /** SYSTEM: ECALL, EBREAK, control and status registers. */
    void system(int word, long next) {
        switch (word) {
            case 0x0000_0073 -> call(next);
            case 0x0010_0073 -> block.exit(new Exit.DebugTrap(TRAP_BRKPT));
            default -> {
                if ((Word.funct3(word) & 3) == 0) {
                    block.exit(RiscvDecoder.ILLEGAL);
                } else {
                    control(word);
                }
            }
        }
    }

    /** What the host has written may be instructions, and the engine hears only of what the guest itself writes: tell it when asked. */
    private void call(long next) {
        int other = block.temporary();
        int start = block.temporary();
        block.addConstant(Op.SNE, other, RiscvRegisters.A7, FLUSH);
        block.add(Op.SUB, other, ZERO, other);
        block.add(Op.OR, start, RiscvRegisters.A0, other); // −1 if it is another call
        block.add(Op.CALL, block.imm(), start, RiscvRegisters.A1, Call.CODE_CHANGED);
        block.addUnary(Op.MOVE, RiscvRegisters.ORIG_A0, RiscvRegisters.A0);
        block.syscall(next);
    }

    /** CSRRW, CSRRS, CSRRC and those with an immediate. */
    private void control(int word) {
        int number = word >>> 20;
        int kind = Word.funct3(word) & 3;
        int source = Word.rs1(word);
        boolean immediate = (word & 0x4000) != 0;
        boolean writes = kind == 1 || source != 0;
        if (number >= CYCLE && number <= INSTRET && !writes) {
            block.add(Op.CALL, to(Word.rd(word)), ZERO, ZERO, Call.COUNTER);
            return;
        }
        if (number < FFLAGS || number > FCSR_NUMBER) {
            block.exit(RiscvDecoder.ILLEGAL);
            return;
        }
        int shift = number == FRM ? FloatControl.ROUNDING : 0;
        long mask = number == FFLAGS ? FloatControl.FLAGS : number == FRM ? 7 : FloatControl.WRITABLE;
        int old = block.temporary();
        block.addConstant(Op.SHR, old, FCSR, shift);
        block.addConstant(Op.AND, old, old, mask);
        if (writes) {
            int value = block.temporary();
            int rest = block.temporary();
            if (immediate) {
                block.load(value, source);
            } else {
                block.addUnary(Op.MOVE, value, source);
            }
            if (kind == 2) {
                block.add(Op.OR, value, old, value);
            } else if (kind == 3) {
                block.add(Op.ANDN, value, old, value);
            }
            block.addConstant(Op.AND, value, value, mask);
            block.addConstant(Op.SHL, value, value, shift);
            block.addConstant(Op.AND, rest, FCSR, ~(mask << shift));
            block.add(Op.OR, FCSR, rest, value);
        }
        block.addUnary(Op.MOVE, to(Word.rd(word)), old);
    }
}
