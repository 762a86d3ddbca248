package org.nesteddune.engine.software.internal;

/** Operations that take more than an expression. Total and stateless. */
final class Arithmetic {

    private Arithmetic() {
    }

    static long multiplyHighUnsigned(long a, long b) {
        return Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a);
    }

    static long divide(long a, long b) {
        return b == 0 ? -1 : a / b;
    }

    static long divideUnsigned(long a, long b) {
        return b == 0 ? -1 : Long.divideUnsigned(a, b);
    }

    static long remainder(long a, long b) {
        return b == 0 ? a : a % b;
    }

    static long remainderUnsigned(long a, long b) {
        return b == 0 ? a : Long.remainderUnsigned(a, b);
    }

    static int divide(int a, int b) {
        return b == 0 ? -1 : a / b;
    }

    static int divideUnsigned(int a, int b) {
        return b == 0 ? -1 : Integer.divideUnsigned(a, b);
    }

    static int remainder(int a, int b) {
        return b == 0 ? a : a % b;
    }

    static int remainderUnsigned(int a, int b) {
        return b == 0 ? a : Integer.remainderUnsigned(a, b);
    }

    static long swapBytesInHalves(long value) {
        return (value & 0x00ff_00ff_00ff_00ffL) << 8 | value >>> 8 & 0x00ff_00ff_00ff_00ffL;
    }

    private static long mask(long field) {
        int size = (int) (field >>> 8);
        return size == 64 ? -1 : (1L << size) - 1;
    }

    static long extract(long value, long field) {
        return value >>> (field & 0xff) & mask(field);
    }

    static long insert(long into, long value, long field) {
        int position = (int) field & 0xff;
        long mask = mask(field) << position;
        return into & ~mask | value << position & mask;
    }
}
