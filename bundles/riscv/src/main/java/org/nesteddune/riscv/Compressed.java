package org.nesteddune.riscv;

/**
 * The instruction that one of 16 bits stands for. Source: "The RISC-V Instruction Set Manual", volume I, "C" extension for RV64. Stateless.
 */
final class Compressed {

    /** No instruction: what 16 bits that are reserved stand for. */
    static final int RESERVED = 0;

    private static final int LOAD = 0x03;
    private static final int LOAD_FP = 0x07;
    private static final int OP_IMM = 0x13;
    private static final int OP_IMM_32 = 0x1b;
    private static final int STORE = 0x23;
    private static final int STORE_FP = 0x27;
    private static final int OP = 0x33;
    private static final int LUI = 0x37;
    private static final int OP_32 = 0x3b;
    private static final int BRANCH = 0x63;
    private static final int JALR = 0x67;
    private static final int JAL = 0x6f;
    private static final int EBREAK = 0x0010_0073;

    private static final int WORD = 2;
    private static final int DOUBLEWORD = 3;
    private static final int RA = RiscvRegisters.RA;
    private static final int SP = RiscvRegisters.SP;

    private Compressed() {
    }

    /**
     * The instruction of 32 bits that does the same, but for its length.
     *
     * @param half 16 bits of which the lowest two are not both 1
     */
    static int expand(int half) {
        int kind = half >>> 13 & 7;
        return switch (half & 3) {
            case 0 -> quadrant0(half, kind);
            case 1 -> quadrant1(half, kind);
            default -> quadrant2(half, kind);
        };
    }

    private static int bits(int half, int from, int count, int to) {
        return (half >>> from & (1 << count) - 1) << to;
    }

    /** The lower register field, of x8 to x15. */
    private static int low(int half) {
        return 8 + (half >>> 2 & 7);
    }

    private static int high(int half) {
        return 8 + (half >>> 7 & 7);
    }

    private static int rd(int half) {
        return half >>> 7 & 31;
    }

    private static int rs2(int half) {
        return half >>> 2 & 31;
    }

    /** Six bits with a sign. */
    private static int signed6(int half) {
        return (bits(half, 12, 1, 5) | bits(half, 2, 5, 0)) << 26 >> 26;
    }

    private static int shift6(int half) {
        return bits(half, 12, 1, 5) | bits(half, 2, 5, 0);
    }

    private static int i(int opcode, int funct3, int rd, int rs1, int immediate) {
        return opcode | rd << 7 | funct3 << 12 | rs1 << 15 | immediate << 20;
    }

    private static int s(int opcode, int funct3, int rs1, int rs2, int immediate) {
        return opcode | (immediate & 31) << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | immediate >>> 5 << 25;
    }

    private static int r(int opcode, int funct3, int funct7, int rd, int rs1, int rs2) {
        return opcode | rd << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | funct7 << 25;
    }

    private static int quadrant0(int half, int kind) {
        int words = bits(half, 10, 3, 3) | bits(half, 6, 1, 2) | bits(half, 5, 1, 6);
        int doublewords = bits(half, 10, 3, 3) | bits(half, 5, 2, 6);
        return switch (kind) {
            case 0 -> { // C.ADDI4SPN
                int immediate = bits(half, 11, 2, 4) | bits(half, 7, 4, 6) | bits(half, 6, 1, 2) | bits(half, 5, 1, 3);
                yield immediate == 0 ? RESERVED : i(OP_IMM, 0, low(half), SP, immediate);
            }
            case 1 -> i(LOAD_FP, DOUBLEWORD, low(half), high(half), doublewords);
            case 2 -> i(LOAD, WORD, low(half), high(half), words);
            case 3 -> i(LOAD, DOUBLEWORD, low(half), high(half), doublewords);
            case 5 -> s(STORE_FP, DOUBLEWORD, high(half), low(half), doublewords);
            case 6 -> s(STORE, WORD, high(half), low(half), words);
            case 7 -> s(STORE, DOUBLEWORD, high(half), low(half), doublewords);
            default -> RESERVED;
        };
    }

    private static int quadrant1(int half, int kind) {
        int rd = rd(half);
        return switch (kind) {
            case 0 -> i(OP_IMM, 0, rd, rd, signed6(half)); // C.ADDI, C.NOP
            case 1 -> rd == 0 ? RESERVED : i(OP_IMM_32, 0, rd, rd, signed6(half));
            case 2 -> i(OP_IMM, 0, rd, 0, signed6(half)); // C.LI
            case 3 -> upper(half, rd);
            case 4 -> arithmetic(half);
            case 5 -> { // C.J
                int to = bits(half, 12, 1, 11) | bits(half, 11, 1, 4) | bits(half, 9, 2, 8) | bits(half, 8, 1, 10)
                        | bits(half, 7, 1, 6) | bits(half, 6, 1, 7) | bits(half, 3, 3, 1) | bits(half, 2, 1, 5);
                int by = to << 20 >> 20;
                yield JAL | (by >>> 12 & 0xff) << 12 | (by >>> 11 & 1) << 20 | (by >>> 1 & 0x3ff) << 21 | by >>> 31 << 31;
            }
            default -> { // C.BEQZ, C.BNEZ
                int to = bits(half, 12, 1, 8) | bits(half, 10, 2, 3) | bits(half, 5, 2, 6) | bits(half, 3, 2, 1)
                        | bits(half, 2, 1, 5);
                int by = to << 23 >> 23;
                yield BRANCH | kind - 6 << 12 | high(half) << 15 | (by >>> 11 & 1) << 7 | (by >>> 1 & 15) << 8
                        | (by >>> 5 & 0x3f) << 25 | by >>> 31 << 31;
            }
        };
    }

    /** C.ADDI16SP, C.LUI. */
    private static int upper(int half, int rd) {
        if (rd == SP) {
            int sum = bits(half, 12, 1, 9) | bits(half, 6, 1, 4) | bits(half, 5, 1, 6) | bits(half, 3, 2, 7)
                    | bits(half, 2, 1, 5);
            return sum == 0 ? RESERVED : i(OP_IMM, 0, SP, SP, sum << 22 >> 22);
        }
        return signed6(half) == 0 ? RESERVED : LUI | rd << 7 | signed6(half) << 12;
    }

    private static int arithmetic(int half) {
        int rd = high(half);
        int rs2 = low(half);
        boolean words = (half & 0x1000) != 0;
        return switch (half >>> 10 & 3) {
            case 0 -> i(OP_IMM, 5, rd, rd, shift6(half)); // C.SRLI
            case 1 -> i(OP_IMM, 5, rd, rd, shift6(half) | 0x400); // C.SRAI
            case 2 -> i(OP_IMM, 7, rd, rd, signed6(half)); // C.ANDI
            default -> switch (half >>> 5 & 3) {
                case 0 -> r(words ? OP_32 : OP, 0, 0x20, rd, rd, rs2); // C.SUB, C.SUBW
                case 1 -> words ? r(OP_32, 0, 0, rd, rd, rs2) : r(OP, 4, 0, rd, rd, rs2); // C.ADDW, C.XOR
                case 2 -> words ? RESERVED : r(OP, 6, 0, rd, rd, rs2); // C.OR
                default -> words ? RESERVED : r(OP, 7, 0, rd, rd, rs2); // C.AND
            };
        };
    }

    private static int quadrant2(int half, int kind) {
        int rd = rd(half);
        int rs2 = rs2(half);
        int loadDoubleword = bits(half, 12, 1, 5) | bits(half, 5, 2, 3) | bits(half, 2, 3, 6);
        int storeDoubleword = bits(half, 10, 3, 3) | bits(half, 7, 3, 6);
        return switch (kind) {
            case 0 -> i(OP_IMM, 1, rd, rd, shift6(half)); // C.SLLI
            case 1 -> i(LOAD_FP, DOUBLEWORD, rd, SP, loadDoubleword);
            case 2 -> rd == 0 ? RESERVED
                    : i(LOAD, WORD, rd, SP, bits(half, 12, 1, 5) | bits(half, 4, 3, 2) | bits(half, 2, 2, 6));
            case 3 -> rd == 0 ? RESERVED : i(LOAD, DOUBLEWORD, rd, SP, loadDoubleword);
            case 4 -> {
                boolean link = (half & 0x1000) != 0;
                if (rs2 != 0) {
                    yield r(OP, 0, 0, rd, link ? rd : 0, rs2); // C.ADD, C.MV
                }
                if (rd == 0) {
                    yield link ? EBREAK : RESERVED;
                }
                yield i(JALR, 0, link ? RA : 0, rd, 0); // C.JALR, C.JR
            }
            case 5 -> s(STORE_FP, DOUBLEWORD, SP, rs2, storeDoubleword);
            case 6 -> s(STORE, WORD, SP, rs2, bits(half, 9, 4, 2) | bits(half, 7, 2, 6));
            default -> s(STORE, DOUBLEWORD, SP, rs2, storeDoubleword);
        };
    }
}
