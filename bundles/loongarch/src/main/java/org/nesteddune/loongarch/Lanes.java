package org.nesteddune.loongarch;

/** Operations on elements by themselves, in half a vector. Stateless. */
final class Lanes {

    private static final long BYTES_LOW = 0x7f7f_7f7f_7f7f_7f7fL;

    private Lanes() {
    }

    /**
     * An operation in the elements of a word.
     *
     * @param size 0 to 3
     */
    static long half(VectorOp op, int size, long a, long b, long c) {
        if (size == 0) {
            // What C libraries look for characters with.
            if (op == VectorOp.SEQ) {
                long x = a ^ b;
                long different = (x & BYTES_LOW) + BYTES_LOW | x;
                return (~different >>> 7 & 0x0101_0101_0101_0101L) * 0xff;
            }
            if (op == VectorOp.ADD) {
                return (a & BYTES_LOW) + (b & BYTES_LOW) ^ (a ^ b) & ~BYTES_LOW;
            }
        }
        int bits = 8 << size;
        if (bits == 64) {
            return lane(op, 64, a, b, c);
        }
        long mask = (1L << bits) - 1;
        long result = 0;
        for (int shift = 64 - bits; shift >= 0; shift -= bits) {
            int up = 64 - bits - shift;
            long value = lane(op, bits, a << up >> 64 - bits, b << up >> 64 - bits, c << up >> 64 - bits);
            result |= (value & mask) << shift;
        }
        return result;
    }

    /** One element of so many bits, operands with their signs; the result's upper bits are anything. */
    private static long lane(VectorOp op, int bits, long a, long b, long c) {
        long mask = bits == 64 ? -1 : (1L << bits) - 1;
        int count = (int) b & bits - 1;
        long least = -1L << bits - 1;
        return switch (op) {
            case SEQ -> a == b ? -1 : 0;
            case SLE -> a <= b ? -1 : 0;
            case SLEU -> Long.compareUnsigned(a, b) <= 0 ? -1 : 0; // signs extended keep the order
            case SLT -> a < b ? -1 : 0;
            case SLTU -> Long.compareUnsigned(a, b) < 0 ? -1 : 0;
            case ADD -> a + b;
            case SUB -> a - b;
            case SADD -> saturated(a, a + b, ((a ^ (a + b)) & (b ^ (a + b))) < 0, least);
            case SSUB -> saturated(a, a - b, ((a ^ b) & (a ^ (a - b))) < 0, least);
            case SADDU -> {
                long sum = (a & mask) + (b & mask);
                yield bits == 64 ? Long.compareUnsigned(sum, a) < 0 ? -1 : sum : Math.min(sum, mask);
            }
            case SSUBU -> Long.compareUnsigned(a & mask, b & mask) < 0 ? 0 : a - b;
            case ADDA -> Math.abs(a) + Math.abs(b);
            case ABSD -> a < b ? b - a : a - b;
            case ABSDU -> Long.compareUnsigned(a, b) < 0 ? b - a : a - b;
            case AVG -> (a & b) + ((a ^ b) >> 1);
            case AVGU -> (a & b & mask) + (((a ^ b) & mask) >>> 1);
            case AVGR -> (a | b) - ((a ^ b) >> 1);
            case AVGRU -> ((a | b) & mask) - (((a ^ b) & mask) >>> 1);
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
            case MAXU -> Long.compareUnsigned(a, b) < 0 ? b : a;
            case MINU -> Long.compareUnsigned(a, b) < 0 ? a : b;
            case MUL -> a * b;
            case MUH -> bits == 64 ? Math.multiplyHigh(a, b) : a * b >> bits;
            case MUHU -> bits == 64 ? multiplyHighUnsigned(a, b) : (a & mask) * (b & mask) >>> bits;
            case MADD -> c + a * b;
            case MSUB -> c - a * b;
            case DIV -> b == 0 ? 0 : a / b;
            case MOD -> b == 0 ? 0 : a % b;
            case DIVU -> b == 0 ? 0 : Long.divideUnsigned(a & mask, b & mask);
            case MODU -> b == 0 ? 0 : Long.remainderUnsigned(a & mask, b & mask);
            case SLL -> a << count;
            case SRL -> (a & mask) >>> count;
            case SRA -> a >> count;
            case ROTR -> count == 0 ? a : (a & mask) >>> count | a << bits - count;
            case SRLR -> count == 0 ? a : ((a & mask) >>> count) + (a >>> count - 1 & 1);
            case SRAR -> count == 0 ? a : (a >> count) + (a >> count - 1 & 1);
            case BITCLR -> a & ~(1L << count);
            case BITSET -> a | 1L << count;
            case BITREV -> a ^ 1L << count;
            case SIGNCOV -> a == 0 ? 0 : a < 0 ? -b : b;
            case SAT -> Math.max(-1L << count, Math.min((1L << count) - 1, a));
            case SATU -> {
                long most = count == 63 ? -1 : (2L << count) - 1;
                yield Long.compareUnsigned(a & mask, most) > 0 ? most : a;
            }
            case CLO -> Long.numberOfLeadingZeros(~a << 64 - bits | (bits == 64 ? 0 : 1L << 63 - bits));
            case CLZ -> Long.numberOfLeadingZeros(a << 64 - bits | (bits == 64 ? 0 : 1L << 63 - bits));
            case PCNT -> Long.bitCount(a & mask);
            case NEG -> -a;
            default -> throw new IllegalStateException(op.name());
        };
    }

    /** A sum or difference, or the limit that it has passed. */
    private static long saturated(long a, long value, boolean overflow, long least) {
        if (overflow) {
            return a < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
        return Math.max(least, Math.min(~least, value));
    }

    static long multiplyHighUnsigned(long a, long b) {
        return Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a);
    }
}
