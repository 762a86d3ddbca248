package org.nesteddune.kernel;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.ErrnoException;

/**
 * {@code struct timespec} and {@code struct timeval} of 64-bit machines: two 64-bit words, seconds and nanoseconds or
 * microseconds. Times are handled as nanoseconds in a {@code long}, which saturates at 292 years as in the kernel.
 * Stateless.
 */
public final class Timespec {

    /** Bytes in either structure. */
    public static final int SIZE = 16;

    /** Nanoseconds in a second. */
    public static final long SECOND = 1_000_000_000L;

    private Timespec() {
    }

    /**
     * Reads a {@code timespec}.
     *
     * @throws ErrnoException EINVAL if it is negative or has too many nanoseconds
     */
    public static long read(GuestMemory memory, long address) {
        return nanos(memory.readLong(address), memory.readLong(address + 8), SECOND);
    }

    /**
     * Reads a {@code timeval}.
     *
     * @throws ErrnoException EINVAL if it is negative or has too many microseconds
     */
    public static long readTimeval(GuestMemory memory, long address) {
        return nanos(memory.readLong(address), memory.readLong(address + 8), 1_000_000);
    }

    private static long nanos(long seconds, long fraction, long fractionsPerSecond) {
        if (seconds < 0 || fraction < 0 || fraction >= fractionsPerSecond) {
            throw new ErrnoException(Errno.EINVAL);
        }
        long rest = fraction * (SECOND / fractionsPerSecond);
        return seconds > (Long.MAX_VALUE - rest) / SECOND ? Long.MAX_VALUE : seconds * SECOND + rest;
    }

    /** Writes a {@code timespec}. */
    public static void write(GuestMemory memory, long address, long nanos) {
        memory.writeLong(address, nanos / SECOND);
        memory.writeLong(address + 8, nanos % SECOND);
    }

    /** Writes a {@code timeval}, rounded down. */
    public static void writeTimeval(GuestMemory memory, long address, long nanos) {
        memory.writeLong(address, nanos / SECOND);
        memory.writeLong(address + 8, nanos % SECOND / 1000);
    }

    /** Sum of two times that are not negative, saturating. */
    public static long add(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }

    /** A deadline by host CLOCK_MONOTONIC, which {@link System#nanoTime} reads, this long from now. */
    public static long deadlineAfter(long nanos) {
        return add(System.nanoTime(), nanos);
    }

    /**
     * The time of a host clock in nanoseconds.
     *
     * @param clock {@code CLOCK_*}, not a CPU-time clock
     * @throws ErrnoException EINVAL for a clock that the host does not have
     */
    public static long now(int clock) {
        try (NativeBuffer time = new NativeBuffer(SIZE)) {
            ErrnoException.check(Linux.clock_gettime(clock, time.address()));
            return Memory.getLong(time.address()) * SECOND + Memory.getLong(time.address() + 8);
        }
    }
}
