package org.nesteddune.memory;

import org.osgi.annotation.versioning.ProviderType;

/**
 * A guest's memory as system calls see it. Every method takes guest virtual addresses, checks them, and throws
 * {@link GuestFault} if the guest could not make the same access itself: never is a byte outside the guest's window
 * read or written, and never does a bad pointer reach the JVM. Values are in the guest's byte order (little-endian).
 *
 * <p>Thread-safe; an access of up to eight aligned bytes is atomic, larger ones are not.
 */
@ProviderType
public interface GuestMemory {

    byte readByte(long address);

    short readShort(long address);

    int readInt(long address);

    long readLong(long address);

    void writeByte(long address, byte value);

    void writeShort(long address, short value);

    void writeInt(long address, int value);

    void writeLong(long address, long value);

    /** Copies guest bytes into an array. */
    void read(long address, byte[] target, int offset, int length);

    /** Copies array bytes into the guest. */
    void write(long address, byte[] source, int offset, int length);

    /** Copies guest bytes to host memory that belongs to the caller. */
    void readTo(long address, long host, long length);

    /** Copies host memory of the caller into the guest. */
    void writeFrom(long address, long host, long length);

    /** Fills guest memory with zero bytes. */
    void clear(long address, long length);

    /**
     * Reads a NUL-terminated byte string. Linux strings are bytes, not characters: each byte becomes one char
     * (ISO-8859-1), so nothing is lost on the way back.
     *
     * @param limit the greatest number of bytes, the NUL included (PATH_MAX is 4096)
     * @return the string, or null if there is no NUL within the limit
     */
    String readString(long address, int limit);

    /**
     * Compares and sets a 32-bit word, as futex operations need it.
     *
     * @param address a multiple of 4
     * @return the value that was found; the word was set if and only if that is {@code expected}
     */
    int compareAndExchangeInt(long address, int expected, int value);

    /**
     * The host address of a guest range, to be handed to the host kernel and to nobody else: the kernel itself checks
     * that the pages are there and answers EFAULT if not. Only that the whole range lies inside the guest's window is
     * checked here. Java code must not dereference the result.
     *
     * @throws GuestFault if part of the range is outside the window
     */
    long host(long address, long length);
}
