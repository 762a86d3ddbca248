package org.nesteddune.engine.software;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.nesteddune.arch.Vdso;
import org.nesteddune.arch.VdsoData;
import org.nesteddune.host.HostException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Mman;

/**
 * An architecture's vDSO and the page before it, which tells how far CLOCK_REALTIME is ahead of the counter that its guests can read:
 * {@link System#nanoTime}, which is CLOCK_MONOTONIC ({@code src/main/vdso/vdso.c} of the architectures). That distance is constant until
 * somebody sets the clock; a thread looks for that some twenty times a second. Thread-safe.
 *
 * <pre>
 *    0 compute     0: make system calls   1: compute
 *    8 ahead       nanoseconds, of CLOCK_REALTIME, CLOCK_MONOTONIC
 * </pre>
 */
final class ClockPage implements AutoCloseable {

    /** As long as the largest page there may be; {@code DATA} in vdso.c. */
    private static final int SIZE = 65536;

    private static final int REALTIME = 8;
    private static final long PERIOD_NANOS = 50_000_000;
    private static final long SECOND = 1_000_000_000;

    /** How near two readings of the monotonic clock must be to tell the other one's distance, and how often that is tried. */
    private static final long NEAR_NANOS = 60;

    private static final int TRIES = 2000;

    /** A distance that has changed by more than that is a clock that was set. */
    private static final long SET_NANOS = 1_000;

    private final long address;
    private final Vdso vdso;
    private final Thread thread;
    private volatile boolean closed;

    /**
     * @param owner whose resource the image is
     * @param resource its name
     * @param pageSize what the image's length must be a multiple of
     * @throws HostException if the host gives no shared memory
     */
    ClockPage(Class<?> owner, String resource, int pageSize) {
        byte[] image = image(owner, resource, pageSize);
        int fd;
        try (NativeBuffer name = NativeBuffer.ofCString("vvar")) {
            fd = (int) HostException.check(
                    "memfd_create", Linux.memfd_create(name.address(), Mman.MFD_CLOEXEC | Mman.MFD_ALLOW_SEALING));
        }
        long mapped = 0;
        boolean good = false;
        try {
            HostException.check("ftruncate", Linux.ftruncate(fd, SIZE), fd, SIZE);
            mapped = HostException.check(
                    "mmap", Linux.mmap(0, SIZE, Mman.PROT_READ | Mman.PROT_WRITE, Mman.MAP_SHARED, fd, 0), SIZE);
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
        address = mapped;
        vdso = new Vdso(image, new VdsoData(fd, SIZE), -1);
        Memory.putLong(address + REALTIME, distance());
        Memory.putLongVolatile(address, 1);
        thread = new Thread(this::watch, "dune-clock-" + owner.getSimpleName());
        thread.setDaemon(true);
        thread.start();
    }

    private static byte[] image(Class<?> owner, String resource, int pageSize) {
        try (InputStream file = owner.getResourceAsStream(resource)) {
            byte[] bytes = file.readAllBytes();
            return Arrays.copyOf(bytes, (bytes.length + pageSize - 1) / pageSize * pageSize);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** The vDSO; this object has a reference to its data until it is closed. */
    Vdso vdso() {
        return vdso;
    }

    private static long realtime() {
        Instant now = Instant.now();
        return now.getEpochSecond() * SECOND + now.getNano();
    }

    /** How far CLOCK_REALTIME is ahead of CLOCK_MONOTONIC, at least, and less than {@link #NEAR_NANOS} more where the host is quick. */
    private static long distance() {
        long best = Long.MAX_VALUE;
        long distance = 0;
        for (int i = 0; i < TRIES && best > NEAR_NANOS; i++) {
            long before = System.nanoTime();
            long real = realtime();
            long after = System.nanoTime();
            if (after - before < best) {
                best = after - before;
                distance = real - after;
            }
        }
        return distance;
    }

    private void watch() {
        while (!closed) {
            LockSupport.parkNanos(PERIOD_NANOS);
            long known = Memory.getLong(address + REALTIME);
            long before = System.nanoTime();
            long real = realtime();
            long after = System.nanoTime();
            if (real - before < known - SET_NANOS || real - after > known + SET_NANOS) {
                Memory.putLongVolatile(address + REALTIME, distance());
            }
        }
    }

    /** Lets guests that still have the page make system calls, and gives this side's memory back. Idempotent. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        Memory.putLongVolatile(address, 0);
        Linux.munmap(address, SIZE);
        vdso.data().release();
    }
}
