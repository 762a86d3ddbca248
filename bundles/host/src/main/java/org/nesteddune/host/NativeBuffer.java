package org.nesteddune.host;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A piece of native memory that stays at one address, for the structures and strings that system calls read and write.
 * Zero at first, aligned to 16 bytes. Belongs to whoever made it: not for use by two threads without agreement between
 * them, and not after {@link #close}.
 */
public final class NativeBuffer implements AutoCloseable {
    private final int size;
    private long address;

    /**
     * Allocates a buffer.
     *
     * @param size in bytes, above zero
     * @throws OutOfMemoryError when the host has none left
     */
    public NativeBuffer(int size) {
        if (size <= 0) {
            throw new IllegalArgumentException("size " + size);
        }
        this.size = size;
        address = Memory.allocate(size);
        clear();
    }

    /** A buffer with the UTF-8 bytes of a string and a zero byte after them. */
    public static NativeBuffer ofCString(String string) {
        byte[] bytes = string.getBytes(StandardCharsets.UTF_8);
        NativeBuffer buffer = new NativeBuffer(bytes.length + 1);
        buffer.cString(0, bytes);
        return buffer;
    }

    /**
     * The address of the first byte.
     *
     * @throws IllegalStateException when the buffer is closed
     */
    public long address() {
        if (address == 0) {
            throw new IllegalStateException("closed");
        }
        return address;
    }

    /** The size in bytes. */
    public int size() {
        return size;
    }

    /** Sets every byte to zero. */
    public void clear() {
        Memory.fill(address(), size, (byte) 0);
    }

    /**
     * Writes bytes and a zero byte after them and returns the address where they are.
     *
     * @throws IndexOutOfBoundsException when they do not fit
     */
    public long cString(int offset, byte[] bytes) {
        if (offset < 0 || offset > size - bytes.length - 1) {
            throw new IndexOutOfBoundsException("a string of " + bytes.length + " bytes does not fit at " + offset
                + " into " + size);
        }
        long target = address() + offset;
        Memory.copyTo(target, bytes, 0, bytes.length);
        Memory.putByte(target + bytes.length, (byte) 0);
        return target;
    }

    /** Writes the UTF-8 bytes of a string and a zero byte after them at the start and returns their address. */
    public long cString(String string) {
        return cString(0, string.getBytes(StandardCharsets.UTF_8));
    }

    /** A copy of a range of bytes. */
    public byte[] bytes(int offset, int length) {
        if (offset < 0 || length < 0 || offset > size - length) {
            throw new IndexOutOfBoundsException(length + " bytes at " + offset + " of " + size);
        }
        byte[] bytes = new byte[length];
        Memory.copyFrom(address() + offset, bytes, 0, length);
        return bytes;
    }

    /** The string up to the first zero byte at or after an offset, or to the end of the buffer, read as UTF-8. */
    public String string(int offset) {
        byte[] bytes = bytes(offset, size - offset);
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return new String(Arrays.copyOf(bytes, end), StandardCharsets.UTF_8);
    }

    /** Gives the memory back. Closing twice does nothing. */
    @Override
    public void close() {
        long old = address;
        address = 0;
        if (old != 0) {
            Memory.free(old);
        }
    }
}
