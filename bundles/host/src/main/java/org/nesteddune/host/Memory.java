package org.nesteddune.host;

import java.lang.reflect.Field;
import java.util.Objects;
import sun.misc.Unsafe;

/**
 * Memory of this process at plain addresses. A method without a memory order in its name is a plain access: whole for
 * aligned addresses, in no order with regard to other threads. Addresses need not be aligned except for the volatile,
 * ordered and atomic ones. Values are in the byte order of the host.
 *
 * <p>Nothing is checked: an address that is not mapped ends the JVM, and one in a mapping beyond the end of its file
 * makes an {@link InternalError}. Check an address against what is mapped first; memory that another program controls
 * is to be read by {@link Linux#process_vm_readv} or a system call, which answer EFAULT.
 *
 * <p>Stateless, safe for any thread. Stands on {@link Unsafe}, which is the only way on Java 17 and still as fast as
 * any on later ones. From JDK 24 on the JVM warns of its use unless started with
 * {@code --sun-misc-unsafe-memory-access=allow}, which the distribution's JVM options have where the JVM knows it. A twin
 * on the foreign-memory API could only be compiled by JDK 22+, and so would differ from build to build.
 */
@SuppressWarnings({"removal", "deprecation"})
public final class Memory {
    private static final Unsafe UNSAFE = find();
    private static final long BYTES = Unsafe.ARRAY_BYTE_BASE_OFFSET;
    private static final long LONGS = Unsafe.ARRAY_LONG_BASE_OFFSET;

    private Memory() {
    }

    private static Unsafe find() {
        try {
            Field field = Unsafe.class.getDeclaredField("theUnsafe");
            field.setAccessible(true);
            return (Unsafe) field.get(null);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /**
     * What the methods here stand on, for generated code, which cannot afford a call more: HotSpot's compiler gives up on methods
     * that have become too long by what they call.
     */
    public static Unsafe unsafe() {
        return UNSAFE;
    }

    public static byte getByte(long address) {
        return UNSAFE.getByte(address);
    }

    public static void putByte(long address, byte value) {
        UNSAFE.putByte(address, value);
    }

    public static short getShort(long address) {
        return UNSAFE.getShort(address);
    }

    public static void putShort(long address, short value) {
        UNSAFE.putShort(address, value);
    }

    public static int getInt(long address) {
        return UNSAFE.getInt(address);
    }

    public static void putInt(long address, int value) {
        UNSAFE.putInt(address, value);
    }

    public static long getLong(long address) {
        return UNSAFE.getLong(address);
    }

    public static void putLong(long address, long value) {
        UNSAFE.putLong(address, value);
    }

    public static byte getByteVolatile(long address) {
        return UNSAFE.getByteVolatile(null, address);
    }

    public static void putByteVolatile(long address, byte value) {
        UNSAFE.putByteVolatile(null, address, value);
    }

    public static int getIntVolatile(long address) {
        return UNSAFE.getIntVolatile(null, address);
    }

    public static void putIntVolatile(long address, int value) {
        UNSAFE.putIntVolatile(null, address, value);
    }

    public static long getLongVolatile(long address) {
        return UNSAFE.getLongVolatile(null, address);
    }

    public static void putLongVolatile(long address, long value) {
        UNSAFE.putLongVolatile(null, address, value);
    }

    /** Stores an int after all earlier stores (release), without waiting until others see it. */
    public static void putIntOrdered(long address, int value) {
        UNSAFE.putOrderedInt(null, address, value);
    }

    /** Stores a long after all earlier stores (release), without waiting until others see it. */
    public static void putLongOrdered(long address, long value) {
        UNSAFE.putOrderedLong(null, address, value);
    }

    /** Sets an int to a new value if it has the expected one, with the order of a volatile access. */
    public static boolean compareAndSetInt(long address, int expected, int value) {
        return UNSAFE.compareAndSwapInt(null, address, expected, value);
    }

    /** Sets a long to a new value if it has the expected one, with the order of a volatile access. */
    public static boolean compareAndSetLong(long address, long expected, long value) {
        return UNSAFE.compareAndSwapLong(null, address, expected, value);
    }

    /** Adds to an int with the order of a volatile access and returns what it was before. */
    public static int getAndAddInt(long address, int delta) {
        return UNSAFE.getAndAddInt(null, address, delta);
    }

    /** Adds to a long with the order of a volatile access and returns what it was before. */
    public static long getAndAddLong(long address, long delta) {
        return UNSAFE.getAndAddLong(null, address, delta);
    }

    /** Sets an int with the order of a volatile access and returns what it was before. */
    public static int getAndSetInt(long address, int value) {
        return UNSAFE.getAndSetInt(null, address, value);
    }

    /** All accesses before this come before all accesses after it, for every thread. */
    public static void fullFence() {
        UNSAFE.fullFence();
    }

    /** Copies bytes from one address to another; the ranges may overlap. */
    public static void copy(long source, long target, long length) {
        UNSAFE.copyMemory(source, target, length);
    }

    /**
     * Copies bytes from an address into an array.
     *
     * @throws IndexOutOfBoundsException when the array has no such range
     */
    public static void copyFrom(long address, byte[] target, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, target.length);
        UNSAFE.copyMemory(null, address, target, BYTES + offset, length);
    }

    /**
     * Copies bytes from an array to an address.
     *
     * @throws IndexOutOfBoundsException when the array has no such range
     */
    public static void copyTo(long address, byte[] source, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, source.length);
        UNSAFE.copyMemory(source, BYTES + offset, null, address, length);
    }

    /**
     * Copies words from an address, a multiple of 8, into an array; each word is read as a whole.
     *
     * @throws IndexOutOfBoundsException when the array has no such range
     */
    public static void copyFrom(long address, long[] target, int offset, int count) {
        Objects.checkFromIndexSize(offset, count, target.length);
        UNSAFE.copyMemory(null, address, target, LONGS + 8L * offset, 8L * count);
    }

    /**
     * Copies words from an array to an address, a multiple of 8; each word is written as a whole.
     *
     * @throws IndexOutOfBoundsException when the array has no such range
     */
    public static void copyTo(long address, long[] source, int offset, int count) {
        Objects.checkFromIndexSize(offset, count, source.length);
        UNSAFE.copyMemory(source, LONGS + 8L * offset, null, address, 8L * count);
    }

    /** Sets every byte of a range. */
    public static void fill(long address, long length, byte value) {
        UNSAFE.setMemory(address, length, value);
    }

    /** The number of bytes before the first zero byte at or after an address, but at most a limit. */
    public static int stringLength(long address, int limit) {
        int length = 0;
        while (length < limit && UNSAFE.getByte(address + length) != 0) {
            length++;
        }
        return length;
    }

    static int pageSize() {
        return UNSAFE.pageSize();
    }

    /** Native memory of a size in bytes above zero; to be given back to {@link #free}. */
    static long allocate(long size) {
        return UNSAFE.allocateMemory(size);
    }

    static void free(long address) {
        UNSAFE.freeMemory(address);
    }
}
