package org.nesteddune.x86;

import java.util.Arrays;
import org.nesteddune.arch.CpuState;

/** Registers and an XSAVE area in plain arrays. */
final class FakeCpu implements CpuState {

    private final long[] registers = new long[X86Registers.COUNT];
    private final byte[] vector;

    FakeCpu(int vectorSize) {
        vector = new byte[vectorSize];
    }

    @Override
    public long get(int register) {
        return registers[register];
    }

    @Override
    public void set(int register, long value) {
        registers[register] = value;
    }

    @Override
    public int vectorSize() {
        return vector.length;
    }

    @Override
    public void readVector(byte[] target) {
        System.arraycopy(vector, 0, target, 0, vector.length);
    }

    @Override
    public boolean writeVector(byte[] source) {
        System.arraycopy(source, 0, vector, 0, vector.length);
        return true;
    }

    @Override
    public void copyFrom(CpuState source) {
        for (int i = 0; i < registers.length; i++) {
            registers[i] = source.get(i);
        }
        source.readVector(vector);
    }

    byte[] vector() {
        return vector;
    }

    /** A copy of all registers. */
    long[] all() {
        return Arrays.copyOf(registers, registers.length);
    }
}
