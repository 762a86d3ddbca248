package org.nesteddune.engine.software.internal;

import org.nesteddune.engine.software.ir.Op;

/**
 * Floating-point operations, each tested by itself: the host's where that is all there is to it, else the architecture's. One method for each,
 * short enough for HotSpot to put into what calls it. Stateless.
 */
final class TestedFloats {

    private TestedFloats() {
    }

    static long addS(SoftwareVcpu cpu, int function, long a, long b) {
        long result = Floats.addS(a, b);
        return cpu.hasHostFloats() && Floats.isSumS(a, b, result) ? result : cpu.call(function, a, b);
    }

    static long subtractS(SoftwareVcpu cpu, int function, long a, long b) {
        long result = Floats.subtractS(a, b);
        return cpu.hasHostFloats() && Floats.isSumS(a, b, result) ? result : cpu.call(function, a, b);
    }

    static long multiplyS(SoftwareVcpu cpu, int function, long a, long b) {
        long result = Floats.multiplyS(a, b);
        return cpu.hasHostFloats() && Floats.isProductS(a, b, result) ? result : cpu.call(function, a, b);
    }

    static long divideS(SoftwareVcpu cpu, int function, long a, long b) {
        long result = Floats.divideS(a, b);
        return cpu.hasHostFloats() && Floats.isNormalS(a, b, result) ? result : cpu.call(function, a, b);
    }

    static long squareRootS(SoftwareVcpu cpu, int function, long a, long b) {
        long result = Floats.squareRootS(a, b);
        return cpu.hasHostFloats() && Floats.isNormalS(a, b, result) ? result : cpu.call(function, a, b);
    }

    static long addD(SoftwareVcpu cpu, int function, long a, long b) {
        long result = Floats.addD(a, b);
        return cpu.hasHostFloats() && Floats.isSumD(a, b, result) ? result : cpu.call(function, a, b);
    }

    static long subtractD(SoftwareVcpu cpu, int function, long a, long b) {
        long result = Floats.subtractD(a, b);
        return cpu.hasHostFloats() && Floats.isSumD(a, b, result) ? result : cpu.call(function, a, b);
    }

    static long multiplyD(SoftwareVcpu cpu, int function, long a, long b) {
        long result = Floats.multiplyD(a, b);
        return cpu.hasHostFloats() && Floats.isProductD(a, b, result) ? result : cpu.call(function, a, b);
    }

    static long divideD(SoftwareVcpu cpu, int function, long a, long b) {
        long result = Floats.divideD(a, b);
        return cpu.hasHostFloats() && Floats.isNormalD(a, b, result) ? result : cpu.call(function, a, b);
    }

    static long squareRootD(SoftwareVcpu cpu, int function, long a, long b) {
        long result = Floats.squareRootD(a, b);
        return cpu.hasHostFloats() && Floats.isNormalD(a, b, result) ? result : cpu.call(function, a, b);
    }

    static long compareS(SoftwareVcpu cpu, int function, long a, long b) {
        long result = Floats.compareS(a, b);
        return Floats.isOrdered(a, b, result) ? result : cpu.call(function, a, b);
    }

    static long compareD(SoftwareVcpu cpu, int function, long a, long b) {
        long result = Floats.compareD(a, b);
        return Floats.isOrdered(a, b, result) ? result : cpu.call(function, a, b);
    }

    static long doubleFromSingle(SoftwareVcpu cpu, int function, long a, long b) {
        long result = Floats.doubleFromSingle(a, b);
        return Floats.isSumD(a, b, result) ? result : cpu.call(function, a, b);
    }

    static long singleFromDouble(SoftwareVcpu cpu, int function, long a, long b) {
        long result = Floats.singleFromDouble(a, b);
        return cpu.hasHostFloats() && Floats.isNarrowed(a, b, result) ? result : cpu.call(function, a, b);
    }

    static long doubleFromWord(SoftwareVcpu cpu, int function, long a, long b) {
        return Floats.doubleFromWord(a, b);
    }

    static long doubleFromLong(SoftwareVcpu cpu, int function, long a, long b) {
        long result = Floats.doubleFromLong(a, b);
        return cpu.hasHostFloats() ? result : cpu.call(function, a, b);
    }

    static long wordFromDouble(SoftwareVcpu cpu, int function, long a, long b) {
        long result = Floats.wordFromDouble(a, b);
        return cpu.hasHostFloats() && Floats.isInWord(a, b, result) ? result : cpu.call(function, a, b);
    }

    static long longFromDouble(SoftwareVcpu cpu, int function, long a, long b) {
        long result = Floats.longFromDouble(a, b);
        return cpu.hasHostFloats() && Floats.isInLong(a, b, result) ? result : cpu.call(function, a, b);
    }

    /** A fused operation; the architecture has the addend itself. */
    static long fused(SoftwareVcpu cpu, int function, long a, long b, int op, long c) {
        boolean single = op < Op.FMADDD;
        long result = single ? Floats.fusedS(op, a, b, c) : Floats.fusedD(op, a, b, c);
        return cpu.hasHostFloats() && (single ? Floats.isFusedS(result) : Floats.isFusedD(result))
                ? result
                : cpu.call(function, a, b);
    }
}
