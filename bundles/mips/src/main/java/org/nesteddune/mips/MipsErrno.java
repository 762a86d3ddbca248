package org.nesteddune.mips;

/**
 * Error numbers, which MIPS has in an order of its own from 35 on. Source: {@code arch/mips/include/uapi/asm/errno.h}. Constants
 * only.
 */
final class MipsErrno {

    /** MIPS's numbers by generic number; 0 where there is none. */
    private static final short[] NUMBERS = {
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
        28, 29, 30, 31, 32, 33, 34, 45, 78, 46, 89, 93, 90, 0, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 50,
        51, 52, 53, 54, 55, 0, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 74, 73, 77, 79, 80, 81,
        82, 83, 84, 85, 86, 87, 88, 91, 92, 94, 95, 96, 97, 98, 99, 120, 121, 122, 123, 124, 125, 126, 127,
        128, 129, 130, 131, 132, 133, 134, 143, 144, 145, 146, 147, 148, 149, 150, 151, 135, 137, 138, 139,
        140, 1133, 159, 160, 158, 161, 162, 163, 164, 165, 166, 167, 168
    };

    private MipsErrno() {
    }

    /** The number of a generic error. */
    static int of(int generic) {
        return generic > 0 && generic < NUMBERS.length && NUMBERS[generic] != 0 ? NUMBERS[generic] : generic;
    }
}
