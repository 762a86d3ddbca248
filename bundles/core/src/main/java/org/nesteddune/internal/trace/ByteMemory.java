package org.nesteddune.internal.trace;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;

/** Guest memory that is one Java array. Not thread-safe; it has no host address. */
public final class ByteMemory implements GuestMemory {

    private final long base;
    private final ByteBuffer bytes;

    /** @param base the guest address of the array's first byte */
    public ByteMemory(long base, byte[] array) {
        this.base = base;
        this.bytes = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
    }

    private int index(long address, long length) {
        long offset = address - base;
        if (length < 0 || offset < 0 || length > bytes.capacity() || offset > bytes.capacity() - length) {
            throw new GuestFault(address);
        }
        return (int) offset;
    }

    @Override
    public byte readByte(long address) {
        return bytes.get(index(address, 1));
    }

    @Override
    public short readShort(long address) {
        return bytes.getShort(index(address, 2));
    }

    @Override
    public int readInt(long address) {
        return bytes.getInt(index(address, 4));
    }

    @Override
    public long readLong(long address) {
        return bytes.getLong(index(address, 8));
    }

    @Override
    public void writeByte(long address, byte value) {
        bytes.put(index(address, 1), value);
    }

    @Override
    public void writeShort(long address, short value) {
        bytes.putShort(index(address, 2), value);
    }

    @Override
    public void writeInt(long address, int value) {
        bytes.putInt(index(address, 4), value);
    }

    @Override
    public void writeLong(long address, long value) {
        bytes.putLong(index(address, 8), value);
    }

    @Override
    public void read(long address, byte[] target, int offset, int length) {
        bytes.get(index(address, length), target, offset, length);
    }

    @Override
    public void write(long address, byte[] source, int offset, int length) {
        bytes.put(index(address, length), source, offset, length);
    }

    @Override
    public void readTo(long address, long host, long length) {
        throw new UnsupportedOperationException("no host memory");
    }

    @Override
    public void writeFrom(long address, long host, long length) {
        throw new UnsupportedOperationException("no host memory");
    }

    @Override
    public void clear(long address, long length) {
        int first = index(address, length);
        for (int i = 0; i < length; i++) {
            bytes.put(first + i, (byte) 0);
        }
    }

    @Override
    public String readString(long address, int limit) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < limit; i++) {
            byte b = readByte(address + i);
            if (b == 0) {
                return text.toString();
            }
            text.append((char) (b & 0xff));
        }
        return null;
    }

    @Override
    public int compareAndExchangeInt(long address, int expected, int value) {
        int found = readInt(address);
        if (found == expected) {
            writeInt(address, value);
        }
        return found;
    }

    @Override
    public long host(long address, long length) {
        throw new GuestFault(address);
    }
}
