package org.nesteddune.riscv;

/** The fields of a 32-bit instruction. Registers are at bits 7 (rd), 15 (rs1), 20 (rs2) and 27 (rs3). */
final class Word {

    private Word() {
    }

    static int rd(int word) {
        return word >>> 7 & 31;
    }

    static int rs1(int word) {
        return word >>> 15 & 31;
    }

    static int rs2(int word) {
        return word >>> 20 & 31;
    }

    static int rs3(int word) {
        return word >>> 27;
    }

    static int funct3(int word) {
        return word >>> 12 & 7;
    }

    static int funct7(int word) {
        return word >>> 25;
    }

    /** Of loads, ADDI and their like, JALR. */
    static long immediateI(int word) {
        return word >> 20;
    }

    /** Of stores. */
    static long immediateS(int word) {
        return word >> 25 << 5 | word >>> 7 & 31;
    }

    /** Of branches. */
    static long immediateB(int word) {
        return word >> 31 << 12 | (word >>> 7 & 1) << 11 | (word >>> 25 & 0x3f) << 5 | (word >>> 8 & 15) << 1;
    }

    /** Of LUI and AUIPC. */
    static long immediateU(int word) {
        return word & 0xffff_f000;
    }

    /** Of JAL. */
    static long immediateJ(int word) {
        return word >> 31 << 20 | word & 0xf_f000 | (word >>> 20 & 1) << 11 | (word >>> 21 & 0x3ff) << 1;
    }
}
