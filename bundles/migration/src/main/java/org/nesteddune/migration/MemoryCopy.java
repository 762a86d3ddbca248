package org.nesteddune.migration;

import org.nesteddune.escape.EscapeException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;

/**
 * Copies ranges between this process's memory and another's, many in one call (process_vm_readv(2), process_vm_writev(2)). For one
 * thread.
 */
final class MemoryCopy implements AutoCloseable {

    /** {@code struct iovec}s of each side in one call, and bytes in one. */
    private static final int VECTORS = 256;

    /** {@code struct iovec}: address and length. */
    private static final int VECTOR = 16;

    private static final long MOST_BYTES = 1L << 30;

    private final int pid;
    private final boolean writes;
    private final NativeBuffer vectors;
    private int count;
    private long bytes;

    private MemoryCopy(int pid, boolean writes, int most) {
        this.pid = pid;
        this.writes = writes;
        this.vectors = new NativeBuffer(2 * most * VECTOR);
    }

    /** What is added is read from the other process. */
    static MemoryCopy from(int pid) {
        return new MemoryCopy(pid, false, VECTORS);
    }

    /** What is added is written to the other process. */
    static MemoryCopy to(int pid) {
        return new MemoryCopy(pid, true, VECTORS);
    }

    /** Reads one range. */
    static byte[] read(int pid, long address, int length) throws EscapeException {
        try (NativeBuffer content = new NativeBuffer(Math.max(1, length)); MemoryCopy copy = new MemoryCopy(pid, false, 1)) {
            String failure = copy.single(content.address(), address, length);
            if (failure != null) {
                throw new EscapeException("0x" + Long.toHexString(address) + " of process " + pid + " could not be read: " + failure);
            }
            return content.bytes(0, length);
        }
    }

    /** Writes one range, which has to be writable. */
    static void write(int pid, long address, byte[] content) throws EscapeException {
        try (NativeBuffer own = new NativeBuffer(content.length); MemoryCopy copy = new MemoryCopy(pid, true, 1)) {
            Memory.copyTo(own.address(), content, 0, content.length);
            String failure = copy.single(own.address(), address, content.length);
            if (failure != null) {
                throw new EscapeException("0x" + Long.toHexString(address) + " of the native process could not be written: " + failure);
            }
        }
    }

    private String single(long own, long other, int length) {
        put(0, own, other, length, 1);
        count = 1;
        bytes = length;
        return carryOut(1);
    }

    /**
     * Adds a range.
     *
     * @param own its address here
     * @param other its address in the other process
     */
    void add(long own, long other, long length) throws EscapeException {
        for (long done = 0; done < length; ) {
            long part = Math.min(length - done, MOST_BYTES - bytes);
            put(count, own + done, other + done, part, VECTORS);
            count++;
            done += part;
            bytes += part;
            if (count == VECTORS || bytes == MOST_BYTES) {
                finish();
            }
        }
    }

    /** Copies what has been added. */
    void finish() throws EscapeException {
        if (count > 0) {
            String failure = carryOut(VECTORS);
            if (failure != null) {
                throw new EscapeException("memory could not be copied: " + failure);
            }
        }
    }

    private void put(int index, long own, long other, long length, int most) {
        long vector = vectors.address() + (long) index * VECTOR;
        Memory.putLong(vector, own);
        Memory.putLong(vector + 8, length);
        Memory.putLong(vector + (long) most * VECTOR, other);
        Memory.putLong(vector + (long) most * VECTOR + 8, length);
    }

    /** Gives what went wrong, or null. */
    private String carryOut(int most) {
        long own = vectors.address();
        long other = own + (long) most * VECTOR;
        long result = writes
                ? Linux.process_vm_writev(pid, own, count, other, count)
                : Linux.process_vm_readv(pid, own, count, other, count);
        String failure = result == bytes
                ? null
                : Errno.isError(result) ? Errno.text((int) -result) : "only " + result + " of " + bytes + " bytes";
        count = 0;
        bytes = 0;
        return failure;
    }

    @Override
    public void close() {
        vectors.close();
    }
}
