package org.nesteddune.mips;

/**
 * The fields of an instruction.
 *
 * <pre>
 *   31   26 25 21 20 16 15 11 10  6 5      0
 *   opcode   rs    rt    rd    sa   function
 *            fr    ft    fs    fd
 *                  immediate (16)
 *            target (26)
 * </pre>
 */
final class Word {

    private Word() {
    }

    static int opcode(int word) {
        return word >>> 26;
    }

    static int rs(int word) {
        return word >>> 21 & 31;
    }

    static int rt(int word) {
        return word >>> 16 & 31;
    }

    static int rd(int word) {
        return word >>> 11 & 31;
    }

    static int sa(int word) {
        return word >>> 6 & 31;
    }

    static int function(int word) {
        return word & 63;
    }

    /** The immediate with its sign. */
    static long signed(int word) {
        return (short) word;
    }

    static long unsigned(int word) {
        return word & 0xffff;
    }

    /** Condition code of a floating-point branch or move, bits 20 to 18. */
    static int condition(int word) {
        return word >>> 18 & 7;
    }
}
