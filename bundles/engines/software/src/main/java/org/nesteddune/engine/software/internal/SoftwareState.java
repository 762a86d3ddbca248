package org.nesteddune.engine.software.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nesteddune.arch.CpuState;
import org.nesteddune.engine.software.RegisterFile;

/** A vCPU's registers as the core sees them. Not thread-safe. */
final class SoftwareState implements CpuState {

    private final RegisterFile file;
    private final long[] registers;
    private int stepping;

    /** @param registers the file itself, which the vCPU runs on */
    SoftwareState(RegisterFile file, long[] registers) {
        this.file = file;
        this.registers = registers;
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
    public void stepping(int code) {
        stepping = code;
    }

    /** The code of the trap behind each instruction; 0 for no trap. */
    int stepping() {
        return stepping;
    }

    @Override
    public int vectorSize() {
        return 8 * file.vectors();
    }

    @Override
    public void readVector(byte[] target) {
        ByteBuffer.wrap(target).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer()
                .put(registers, file.integers(), file.vectors());
    }

    @Override
    public boolean writeVector(byte[] source) {
        if (source.length != vectorSize()) {
            return false;
        }
        ByteBuffer.wrap(source).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer()
                .get(registers, file.integers(), file.vectors());
        return true;
    }

    @Override
    public void copyFrom(CpuState source) {
        if (source.vectorSize() != vectorSize()) {
            throw new IllegalArgumentException(
                    "a vector state of " + source.vectorSize() + " bytes instead of " + vectorSize());
        }
        if (source instanceof SoftwareState that) {
            System.arraycopy(that.registers, 0, registers, 0, file.firstTemporary());
            return;
        }
        for (int i = 0; i < file.integers(); i++) {
            registers[i] = source.get(i);
        }
        byte[] vector = new byte[vectorSize()];
        source.readVector(vector);
        writeVector(vector);
    }
}
