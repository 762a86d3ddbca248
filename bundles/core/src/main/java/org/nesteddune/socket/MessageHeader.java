package org.nesteddune.socket;

import org.nesteddune.host.Memory;

/**
 * {@code struct msghdr} of the 64-bit kernel's {@code linux/socket.h} in host memory, the same on every machine:
 *
 * <pre>
 *  0 msg_name   8 msg_namelen (32 bits)  16 msg_iov  24 msg_iovlen  32 msg_control  40 msg_controllen
 * 48 msg_flags (32 bits)  56
 * </pre>
 *
 * Stateless.
 */
public final class MessageHeader {

    /** Bytes in the structure. */
    public static final int SIZE = 56;

    public static final int NAME = 0;
    public static final int NAME_LENGTH = 8;
    public static final int VECTOR = 16;
    public static final int VECTOR_LENGTH = 24;
    public static final int CONTROL = 32;
    public static final int CONTROL_LENGTH = 40;
    public static final int FLAGS = 48;

    private MessageHeader() {}

    /** Sets name, or none with 0, 0. */
    public static void name(long header, long address, int length) {
        Memory.putLong(header + NAME, address);
        Memory.putInt(header + NAME_LENGTH, length);
        Memory.putInt(header + NAME_LENGTH + 4, 0);
    }

    /** Sets the buffers: {@code count} {@code struct iovec}s. */
    public static void vector(long header, long address, long count) {
        Memory.putLong(header + VECTOR, address);
        Memory.putLong(header + VECTOR_LENGTH, count);
    }

    /** Sets the control messages, or none with 0, 0. */
    public static void control(long header, long address, long length) {
        Memory.putLong(header + CONTROL, address);
        Memory.putLong(header + CONTROL_LENGTH, length);
    }
}
