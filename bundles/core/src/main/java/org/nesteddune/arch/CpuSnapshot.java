package org.nesteddune.arch;

import java.util.Arrays;

/**
 * Everything a CPU holds of a guest thread, as plain data: the form in which a thread is kept while it has no vCPU.
 */
public final class CpuSnapshot implements CpuState {

    private final long[] registers;
    private final byte[] vector;

    private CpuSnapshot(long[] registers, byte[] vector) {
        this.registers = registers;
        this.vector = vector;
    }

    /** Copies a CPU's state. */
    public static CpuSnapshot of(CpuState state, RegisterSet set) {
        long[] registers = new long[set.count()];
        for (int i = 0; i < registers.length; i++) {
            registers[i] = state.get(i);
        }
        byte[] vector = new byte[state.vectorSize()];
        state.readVector(vector);
        return new CpuSnapshot(registers, vector);
    }

    /** Puts this state into a CPU. */
    public void restore(CpuState target) {
        for (int i = 0; i < registers.length; i++) {
            target.set(i, registers[i]);
        }
        if (vector.length > 0 && !target.writeVector(vector)) {
            throw new IllegalStateException("the vCPU does not take a vector state of " + vector.length + " bytes");
        }
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
        System.arraycopy(source, 0, vector, 0, Math.min(source.length, vector.length));
        return true;
    }

    @Override
    public void copyFrom(CpuState source) {
        if (source.vectorSize() != vector.length) {
            throw new IllegalArgumentException("a vector state of " + source.vectorSize() + " bytes instead of "
                    + vector.length);
        }
        for (int i = 0; i < registers.length; i++) {
            registers[i] = source.get(i);
        }
        source.readVector(vector);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CpuSnapshot that
                && Arrays.equals(registers, that.registers)
                && Arrays.equals(vector, that.vector);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(registers) + Arrays.hashCode(vector);
    }
}
