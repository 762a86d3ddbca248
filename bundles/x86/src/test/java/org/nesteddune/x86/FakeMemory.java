package org.nesteddune.x86;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;

/** A few pages of guest memory at one address. */
final class FakeMemory implements GuestMemory {

    private final long base;
    private final ByteBuffer bytes;

    FakeMemory(long base, int size) {
        this.base = base;
        bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private int at(long address, long length) {
        long offset = address - base;
        if (offset < 0 || length < 0 || offset > bytes.capacity() - length) {
            throw new GuestFault(address);
        }
        return (int) offset;
    }

    @Override
    public byte readByte(long address) {
        return bytes.get(at(address, 1));
    }

    @Override
    public short readShort(long address) {
        return bytes.getShort(at(address, 2));
    }

    @Override
    public int readInt(long address) {
        return bytes.getInt(at(address, 4));
    }

    @Override
    public long readLong(long address) {
        return bytes.getLong(at(address, 8));
    }

    @Override
    public void writeByte(long address, byte value) {
        bytes.put(at(address, 1), value);
    }

    @Override
    public void writeShort(long address, short value) {
        bytes.putShort(at(address, 2), value);
    }

    @Override
    public void writeInt(long address, int value) {
        bytes.putInt(at(address, 4), value);
    }

    @Override
    public void writeLong(long address, long value) {
        bytes.putLong(at(address, 8), value);
    }

    @Override
    public void read(long address, byte[] target, int offset, int length) {
        bytes.get(at(address, length), target, offset, length);
    }

    @Override
    public void write(long address, byte[] source, int offset, int length) {
        bytes.put(at(address, length), source, offset, length);
    }

    @Override
    public void readTo(long address, long host, long length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void writeFrom(long address, long host, long length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void clear(long address, long length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String readString(long address, int limit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int compareAndExchangeInt(long address, int expected, int value) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long host(long address, long length) {
        throw new UnsupportedOperationException();
    }
}
