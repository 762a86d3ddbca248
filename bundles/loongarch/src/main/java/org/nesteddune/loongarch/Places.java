package org.nesteddune.loongarch;

/** Operations that move elements to other places, look for them, or make masks of them. Stateless. */
final class Places {

    private static final long SIGNS = 0x8080_8080_8080_8080L;

    /** Brings bit 7 of byte i to bit 56 + i. */
    private static final long GATHER = 0x0002_0408_1020_4081L;

    private Places() {
    }

    static void execute(VectorOp op, int size, int immediate, Vector a, Vector b, Vector c, long[] result) {
        int count = 16 >> size;
        switch (op) {
            case PACKEV, PACKOD -> {
                int odd = op == VectorOp.PACKOD ? 1 : 0;
                for (int i = 0; i < count; i += 2) {
                    Vector.set(result, size, i, b.unsigned(size, i + odd));
                    Vector.set(result, size, i + 1, a.unsigned(size, i + odd));
                }
            }
            case ILVL, ILVH -> {
                int first = op == VectorOp.ILVH ? count / 2 : 0;
                for (int i = 0; i < count / 2; i++) {
                    Vector.set(result, size, 2 * i, b.unsigned(size, first + i));
                    Vector.set(result, size, 2 * i + 1, a.unsigned(size, first + i));
                }
            }
            case PICKEV, PICKOD -> {
                int odd = op == VectorOp.PICKOD ? 1 : 0;
                for (int i = 0; i < count / 2; i++) {
                    Vector.set(result, size, i, b.unsigned(size, 2 * i + odd));
                    Vector.set(result, size, count / 2 + i, a.unsigned(size, 2 * i + odd));
                }
            }
            case REPLVE -> {
                int index = (int) b.low() & count - 1;
                for (int i = 0; i < count; i++) {
                    Vector.set(result, size, i, a.unsigned(size, index));
                }
            }
            case SHUF -> {
                for (int i = 0; i < count; i++) {
                    Vector.set(result, size, i, either(size, (int) c.unsigned(size, i), count, a, b));
                }
            }
            case SHUFB -> {
                for (int i = 0; i < count; i++) {
                    Vector.set(result, size, i, either(size, (int) c.unsigned(size, i), count, a, b));
                }
            }
            case SHUF4I -> {
                for (int i = 0; i < count; i++) {
                    Vector.set(result, size, i, a.unsigned(size, i & ~3 | immediate >> 2 * (i & 3) & 3));
                }
            }
            case SHUF4ID -> {
                result[0] = ((immediate & 2) != 0 ? a : c).unsigned(3, immediate & 1);
                result[1] = ((immediate & 8) != 0 ? a : c).unsigned(3, immediate >> 2 & 1);
            }
            case PERMI -> {
                for (int i = 0; i < 4; i++) {
                    Vector.set(result, 2, i, (i < 2 ? a : c).unsigned(2, immediate >> 2 * i & 3));
                }
            }
            case EXTRINS -> {
                result[0] = c.low();
                result[1] = c.high();
                Vector.replace(result, size, immediate >> 4 & count - 1, a.unsigned(size, immediate & count - 1));
            }
            case BSLL, BSRL -> {
                int bytes = immediate & 15;
                for (int i = 0; i < 16 - bytes; i++) {
                    boolean left = op == VectorOp.BSLL;
                    Vector.set(result, 0, left ? i + bytes : i, a.unsigned(0, left ? i : i + bytes));
                }
            }
            case FRSTP -> {
                int first = 0;
                while (first < count && a.signed(size, first) >= 0) {
                    first++;
                }
                result[0] = c.low();
                result[1] = c.high();
                Vector.replace(result, size, (int) b.low() & count - 1, first);
            }
            case MSKLTZ, MSKGEZ, MSKNZ -> {
                for (int i = 0; i < count; i++) {
                    long value = a.signed(size, i);
                    boolean set = op == VectorOp.MSKLTZ ? value < 0 : op == VectorOp.MSKGEZ ? value >= 0 : value != 0;
                    result[0] |= set ? 1L << i : 0;
                }
            }
            case SETANYEQZ, SETALLNEZ -> {
                boolean zero = false;
                for (int i = 0; i < count; i++) {
                    zero |= a.unsigned(size, i) == 0;
                }
                result[0] = zero == (op == VectorOp.SETANYEQZ) ? 1 : 0;
            }
            default -> throw new IllegalStateException(op.name());
        }
    }

    /** Masks of bytes, with which C libraries look for characters. */
    static long bytes(VectorOp op, long low, long high) {
        return switch (op) {
            case MSKLTZ -> signs(low) | signs(high) << 8;
            case MSKGEZ -> signs(~low) | signs(~high) << 8;
            case MSKNZ -> signs(notZero(low)) | signs(notZero(high)) << 8;
            case SETANYEQZ -> (notZero(low) & notZero(high) & SIGNS) != SIGNS ? 1 : 0;
            default -> (notZero(low) & notZero(high) & SIGNS) == SIGNS ? 1 : 0;
        };
    }

    /** The sign of each byte is whether it is not 0. */
    private static long notZero(long bytes) {
        return (bytes & ~SIGNS) + ~SIGNS | bytes;
    }

    /** The signs of bytes, beside each other. */
    private static long signs(long bytes) {
        return (bytes & SIGNS) * GATHER >>> 56;
    }

    /** An element of both vectors together, b's first. */
    private static long either(int size, int index, int count, Vector a, Vector b) {
        int place = index & 2 * count - 1;
        return place < count ? b.unsigned(size, place) : a.unsigned(size, place - count);
    }
}
