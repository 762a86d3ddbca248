package org.nesteddune.socket;

import org.nesteddune.host.Memory;

/**
 * {@code struct cmsghdr} of the 64-bit kernel's {@code linux/socket.h} in host memory, the same on every machine: length
 * with the header at 0 (64 bits), level at 8, type at 12, data from 16; the next one at a multiple of eight. Stateless.
 */
public final class ControlHeader {

    /** Bytes in the structure, before the data. */
    public static final int SIZE = 16;

    private ControlHeader() {}

    /** {@code CMSG_ALIGN}. */
    public static long align(long length) {
        return (length + 7) & ~7L;
    }

    /** {@code CMSG_SPACE}: bytes that a message with so much data takes. */
    public static long space(long data) {
        return SIZE + align(data);
    }

    /** Writes a header for so many bytes of data. */
    public static void put(long at, long data, int level, int type) {
        Memory.putLong(at, SIZE + data);
        Memory.putInt(at + 8, level);
        Memory.putInt(at + 12, type);
    }

    /** {@code cmsg_len}. */
    public static long length(long at) {
        return Memory.getLong(at);
    }

    public static int level(long at) {
        return Memory.getInt(at + 8);
    }

    public static int type(long at) {
        return Memory.getInt(at + 12);
    }
}
