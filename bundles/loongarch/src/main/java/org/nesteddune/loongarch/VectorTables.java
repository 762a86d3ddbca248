package org.nesteddune.loongarch;

import java.util.Arrays;

/** What vector instructions are, by bits of theirs. Constants only. */
final class VectorTables {

    /** Element by element; index is bits 24 to 17. */
    static final VectorOp[] LANES = new VectorOp[256];

    /** With results of twice the size. */
    static final VectorOp[] WIDE = new VectorOp[256];

    /** How they take their operands ({@link Widths}). */
    static final int[] WIDE_HOW = new int[256];

    /** With results of half the size: how ({@link Widths}), −1 for none. */
    static final int[] NARROW_HOW = new int[256];

    /** By bits 31 to 18, from this on; what is shifted by an immediate. */
    private static final int FIRST_SHIFT = 0x1ca8;

    private static final VectorOp[] SHIFTS = new VectorOp[0x28];

    /** From bits 31 to 18 of VSRLNI on. */
    private static final int FIRST_NARROW = 0x1cd0;

    private static final int[] NARROW = {
        0,
        Widths.ROUND,
        Widths.SATURATE,
        Widths.SATURATE_UNSIGNED,
        Widths.ROUND | Widths.SATURATE,
        Widths.ROUND | Widths.SATURATE_UNSIGNED,
        Widths.ARITHMETIC,
        Widths.ARITHMETIC | Widths.ROUND,
        Widths.ARITHMETIC | Widths.SATURATE,
        Widths.ARITHMETIC | Widths.SATURATE_UNSIGNED,
        Widths.ARITHMETIC | Widths.ROUND | Widths.SATURATE,
        Widths.ARITHMETIC | Widths.ROUND | Widths.SATURATE_UNSIGNED
    };

    static {
        lanes(0x00, VectorOp.SEQ, VectorOp.SLE, VectorOp.SLEU, VectorOp.SLT, VectorOp.SLTU, VectorOp.ADD, VectorOp.SUB);
        lanes(0x23, VectorOp.SADD, VectorOp.SSUB, VectorOp.SADDU, VectorOp.SSUBU);
        lanes(0x2e, VectorOp.ADDA);
        lanes(0x30, VectorOp.ABSD, VectorOp.ABSDU, VectorOp.AVG, VectorOp.AVGU, VectorOp.AVGR, VectorOp.AVGRU);
        lanes(0x38, VectorOp.MAX, VectorOp.MIN, VectorOp.MAXU, VectorOp.MINU);
        lanes(0x42, VectorOp.MUL, VectorOp.MUH, VectorOp.MUHU);
        lanes(0x54, VectorOp.MADD, VectorOp.MSUB);
        lanes(0x70, VectorOp.DIV, VectorOp.MOD, VectorOp.DIVU, VectorOp.MODU, VectorOp.SLL, VectorOp.SRL, VectorOp.SRA,
                VectorOp.ROTR, VectorOp.SRLR, VectorOp.SRAR);
        lanes(0x86, VectorOp.BITCLR, VectorOp.BITSET, VectorOp.BITREV);
        lanes(0x8b, VectorOp.PACKEV, VectorOp.PACKOD, VectorOp.ILVL, VectorOp.ILVH, VectorOp.PICKEV, VectorOp.PICKOD);
        lanes(0x97, VectorOp.SIGNCOV);

        int both = Widths.A_SIGNED | Widths.B_SIGNED;
        int odd = Widths.A_ODD | Widths.B_ODD;
        wide(0x0f, VectorOp.WADD, both);
        wide(0x10, VectorOp.WSUB, both);
        wide(0x11, VectorOp.WADD, both | odd);
        wide(0x12, VectorOp.WSUB, both | odd);
        wide(0x17, VectorOp.WADD, 0);
        wide(0x18, VectorOp.WSUB, 0);
        wide(0x19, VectorOp.WADD, odd);
        wide(0x1a, VectorOp.WSUB, odd);
        wide(0x1f, VectorOp.WADD, Widths.B_SIGNED);
        wide(0x20, VectorOp.WADD, Widths.B_SIGNED | odd);
        wide(0x2a, VectorOp.WADD, both | Widths.A_ODD);
        wide(0x2b, VectorOp.WSUB, both | Widths.A_ODD);
        wide(0x2c, VectorOp.WADD, Widths.A_ODD);
        wide(0x2d, VectorOp.WSUB, Widths.A_ODD);
        wide(0x48, VectorOp.WMUL, both);
        wide(0x49, VectorOp.WMUL, both | odd);
        wide(0x4c, VectorOp.WMUL, 0);
        wide(0x4d, VectorOp.WMUL, odd);
        wide(0x50, VectorOp.WMUL, Widths.B_SIGNED);
        wide(0x51, VectorOp.WMUL, Widths.B_SIGNED | odd);
        wide(0x56, VectorOp.WMADD, both);
        wide(0x57, VectorOp.WMADD, both | odd);
        wide(0x5a, VectorOp.WMADD, 0);
        wide(0x5b, VectorOp.WMADD, odd);
        wide(0x5e, VectorOp.WMADD, Widths.B_SIGNED);
        wide(0x5f, VectorOp.WMADD, Widths.B_SIGNED | odd);

        Arrays.fill(NARROW_HOW, -1);
        int[] narrow = {
            0,
            Widths.ARITHMETIC,
            Widths.ROUND,
            Widths.ARITHMETIC | Widths.ROUND,
            Widths.SATURATE,
            Widths.ARITHMETIC | Widths.SATURATE,
            Widths.ROUND | Widths.SATURATE,
            Widths.ARITHMETIC | Widths.ROUND | Widths.SATURATE,
            Widths.SATURATE_UNSIGNED,
            Widths.ARITHMETIC | Widths.SATURATE_UNSIGNED,
            Widths.ROUND | Widths.SATURATE_UNSIGNED,
            Widths.ARITHMETIC | Widths.ROUND | Widths.SATURATE_UNSIGNED
        };
        System.arraycopy(narrow, 0, NARROW_HOW, 0x7a, narrow.length);

        shifts(0x1ca8, VectorOp.ROTR, VectorOp.SRLR, VectorOp.SRAR);
        shifts(0x1cc4, VectorOp.BITCLR, VectorOp.BITSET, VectorOp.BITREV);
        shifts(0x1cc9, VectorOp.SAT, VectorOp.SATU, VectorOp.SLL, VectorOp.SRL, VectorOp.SRA);
    }

    private VectorTables() {
    }

    private static void lanes(int first, VectorOp... ops) {
        System.arraycopy(ops, 0, LANES, first, ops.length);
    }

    private static void wide(int index, VectorOp op, int how) {
        WIDE[index] = op;
        WIDE_HOW[index] = how;
    }

    private static void shifts(int first, VectorOp... ops) {
        System.arraycopy(ops, 0, SHIFTS, first - FIRST_SHIFT, ops.length);
    }

    /** What is shifted by an immediate, by bits 31 to 18; null for other instructions. */
    static VectorOp shift(int group) {
        int index = group - FIRST_SHIFT;
        return index >= 0 && index < SHIFTS.length ? SHIFTS[index] : null;
    }

    /** How an instruction narrows by an immediate ({@link Widths}), by bits 31 to 18; −1 for other instructions. */
    static int narrow(int group) {
        int index = group - FIRST_NARROW;
        return index >= 0 && index < NARROW.length ? NARROW[index] : -1;
    }

    /** What VLDI loads into both words, by its immediate. */
    static long constant(int immediate) {
        long low = immediate & 0xff;
        if ((immediate & 0x1000) == 0) {
            long signed = immediate << 22 >> 22;
            return switch (immediate >>> 10) {
                case 0 -> low * VectorDecoder.SPLAT[0];
                case 1 -> (signed & 0xffff) * VectorDecoder.SPLAT[1];
                case 2 -> (signed & 0xffff_ffffL) * VectorDecoder.SPLAT[2];
                default -> signed;
            };
        }
        long sign = low >>> 7;
        long exponent = low >>> 6 & 1;
        long single = sign << 31 | (exponent ^ 1) << 30 | (0x1f * exponent) << 25 | (low & 63) << 19;
        return switch (immediate >>> 8 & 15) {
            case 0 -> low * VectorDecoder.SPLAT[2];
            case 1 -> (low << 8) * VectorDecoder.SPLAT[2];
            case 2 -> (low << 16) * VectorDecoder.SPLAT[2];
            case 3 -> (low << 24) * VectorDecoder.SPLAT[2];
            case 4 -> low * VectorDecoder.SPLAT[1];
            case 5 -> (low << 8) * VectorDecoder.SPLAT[1];
            case 6 -> (low << 8 | 0xff) * VectorDecoder.SPLAT[2];
            case 7 -> (low << 16 | 0xffff) * VectorDecoder.SPLAT[2];
            case 8 -> low * VectorDecoder.SPLAT[0];
            case 9 -> {
                long value = 0;
                for (int i = 0; i < 8; i++) {
                    value |= (low >>> i & 1) * 0xffL << 8 * i;
                }
                yield value;
            }
            case 10 -> single * VectorDecoder.SPLAT[2];
            case 11 -> single;
            default -> sign << 63 | (exponent ^ 1) << 62 | (0xff * exponent) << 54 | (low & 63) << 48;
        };
    }
}
