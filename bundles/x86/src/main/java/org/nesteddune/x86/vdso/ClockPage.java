package org.nesteddune.x86.vdso;

import org.nesteddune.arch.VdsoData;
import org.nesteddune.host.HostException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Mman;

/**
 * The page that a guest's vDSO reads the time's parameters from ("vvar"): shared memory that this side alone can write.
 *
 * <pre>
 *    0 mode       0: make system calls   1: compute
 *    4 newest     number of the newest segment, counting from 1; its place is the number modulo 8
 *    8 tick       nanoseconds of a tick of the coarse clocks
 *   16 resolution nanoseconds that clock_getres says of the other clocks
 *   24 zone       minutes west of Greenwich, kind of daylight saving (struct timezone)
 *  512 segments   8 of 128 bytes each
 * </pre>
 *
 * A segment is a straight piece of the function from the time-stamp counter to CLOCK_MONOTONIC:
 *
 * <pre>
 *    0 start      counter at which it begins
 *    8 base       CLOCK_MONOTONIC there, nanoseconds
 *   16 rate       nanoseconds a count, times 2^48
 *   32 offsets    what is to be added for clock 0 to 11, nanoseconds
 * </pre>
 *
 * A new segment is published before it begins and meets the one before it where it begins: whoever reads a counter value
 * that lies before the start of the newest takes the one before. So each value of the counter means one time, whenever
 * and on whichever CPU it is computed, and nobody waits for anybody. A reader that finds another number of the newest
 * segment after it has read than before starts again; its segments have not been overwritten unless seven more were
 * published, about half a second later.
 */
final class ClockPage implements AutoCloseable {

    static final int SIZE = 4096;

    static final int MODE = 0;
    static final int NEWEST = 4;
    static final int TICK = 8;
    static final int RESOLUTION = 16;
    static final int ZONE = 24;
    static final int SEGMENTS = 512;

    static final int SEGMENT_SHIFT = 7;
    static final int SEGMENT_MASK = 7;

    static final int START = 0;
    static final int BASE = 8;
    static final int RATE = 16;
    static final int OFFSETS = 32;

    /** The binary logarithm of the factor in {@link #RATE}. */
    static final int RATE_SHIFT = 48;

    /** How many clocks have an offset: CLOCK_REALTIME to CLOCK_TAI. */
    static final int CLOCKS = 12;

    static final int MODE_SYSTEM_CALL = 0;
    static final int MODE_COMPUTE = 1;

    private final VdsoData data;
    private long address;
    private int newest;

    /** @throws HostException if the host gives no shared memory */
    ClockPage() {
        int fd;
        try (NativeBuffer name = NativeBuffer.ofCString("vvar")) {
            fd = (int) HostException.check(
                    "memfd_create",
                    Linux.memfd_create(name.address(), Mman.MFD_CLOEXEC | Mman.MFD_ALLOW_SEALING));
        }
        long mapped = 0;
        boolean good = false;
        try {
            HostException.check("ftruncate", Linux.ftruncate(fd, SIZE), fd, SIZE);
            mapped = HostException.check(
                    "mmap",
                    Linux.mmap(0, SIZE, Mman.PROT_READ | Mman.PROT_WRITE, Mman.MAP_SHARED, fd, 0),
                    SIZE);
            // No later mapping can be made writable, so that no guest can move another's clock.
            int seals = Fcntl.F_SEAL_FUTURE_WRITE | Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW | Fcntl.F_SEAL_SEAL;
            HostException.check("fcntl(F_ADD_SEALS)", Linux.fcntl(fd, Fcntl.F_ADD_SEALS, seals), fd, seals);
            good = true;
        } finally {
            if (!good) {
                if (mapped > 0) {
                    Linux.munmap(mapped, SIZE);
                }
                Linux.close(fd);
            }
        }
        data = new VdsoData(fd, SIZE);
        address = mapped;
    }

    /** The shared memory, of which this object has a reference until it is closed. */
    VdsoData data() {
        return data;
    }

    /** The address of this side's mapping. */
    long address() {
        return address;
    }

    /** Sets what does not change from segment to segment. */
    void constants(long tick, long resolution, long zone) {
        Memory.putLong(address + TICK, tick);
        Memory.putLong(address + RESOLUTION, resolution);
        Memory.putLong(address + ZONE, zone);
    }

    /** Says how guests are to get the time. */
    void mode(int mode) {
        Memory.putIntVolatile(address + MODE, mode);
    }

    /**
     * Publishes a segment.
     *
     * @param offsets one for each clock
     */
    void publish(long start, long base, long rate, long[] offsets) {
        int number = newest + 1;
        long segment = address + SEGMENTS + ((long) (number & SEGMENT_MASK) << SEGMENT_SHIFT);
        Memory.putLong(segment + START, start);
        Memory.putLong(segment + BASE, base);
        Memory.putLong(segment + RATE, rate);
        for (int clock = 0; clock < CLOCKS; clock++) {
            Memory.putLong(segment + OFFSETS + 8L * clock, offsets[clock]);
        }
        newest = number;
        Memory.putIntOrdered(address + NEWEST, number);
    }

    /** Lets guests that still have the page make system calls, and gives this side's memory back. Idempotent. */
    @Override
    public void close() {
        long old = address;
        address = 0;
        if (old != 0) {
            Memory.putIntVolatile(old + MODE, MODE_SYSTEM_CALL);
            Linux.munmap(old, SIZE);
            data.release();
        }
    }
}
