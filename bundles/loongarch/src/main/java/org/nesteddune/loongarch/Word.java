package org.nesteddune.loongarch;

/**
 * The fields of an instruction. Registers are at bits 0 (rd), 5 (rj), 10 (rk) and 15 (ra); immediates at bit 10, but for the longest, which
 * begin at bit 5 or continue at bit 0.
 */
final class Word {

    private Word() {
    }

    static int rd(int word) {
        return word & 31;
    }

    static int rj(int word) {
        return word >>> 5 & 31;
    }

    static int rk(int word) {
        return word >>> 10 & 31;
    }

    static int ra(int word) {
        return word >>> 15 & 31;
    }

    static long signed12(int word) {
        return word << 10 >> 20;
    }

    static long unsigned12(int word) {
        return word >>> 10 & 0xfff;
    }

    /** Of LL, SC, LDPTR, STPTR: in units of 4 bytes. */
    static long signed14(int word) {
        return (long) (word << 8 >> 18) << 2;
    }

    static long signed16(int word) {
        return word << 6 >> 16;
    }

    /** si20 at bit 5. */
    static long signed20(int word) {
        return word << 7 >> 12;
    }

    /** Of BEQZ and its like, in bytes. */
    static long offset21(int word) {
        return (long) ((word & 31) << 27 >> 11 | word >>> 10 & 0xffff) << 2;
    }

    /** Of B and BL, in bytes. */
    static long offset26(int word) {
        return (long) ((word & 0x3ff) << 22 >> 6 | word >>> 10 & 0xffff) << 2;
    }
}
