package org.nesteddune.x86.vdso;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.arch.Vdso;
import org.nesteddune.host.HostException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Time;

/** Owns the vDSO's image, its data page and the clock behind it; makes them when they are first wanted. Thread-safe. */
public final class VdsoService implements AutoCloseable {

    /** A limit of the segment with the CPU's number that no CPU has: {@code getcpu} must not use RDTSCP. */
    public static final int NO_RDTSCP = 0xfffff;

    private static final Path RELEASE = Path.of("/proc/sys/kernel/osrelease");

    /** A tick where the host does not say: 4 ms, of CONFIG_HZ=250. */
    private static final long USUAL_TICK = 4_000_000;

    private final SyscallNumbers numbers;
    private final boolean hostIsX86;

    private Vdso vdso;
    private ClockPage page;
    private Timekeeper timekeeper;
    private boolean closed;

    /**
     * @param numbers of the system calls that the image falls back on
     * @param hostIsX86 whether the host's time-stamp counter can be the guest's
     */
    public VdsoService(SyscallNumbers numbers, boolean hostIsX86) {
        this.numbers = numbers;
        this.hostIsX86 = hostIsX86;
    }

    /**
     * The vDSO; null after {@link #close}.
     *
     * @throws HostException if the host has no descriptor or memory left for the data page
     */
    public synchronized Vdso vdso() {
        if (vdso == null && !closed) {
            ClockPage made = new ClockPage();
            try {
                made.constants(
                        resolution(Time.CLOCK_MONOTONIC_COARSE, USUAL_TICK), resolution(Time.CLOCK_MONOTONIC, 1), zone());
                byte[] image = VdsoImage.build(numbers, kernelVersion(), ClockPage.SIZE);
                Vdso built = new Vdso(image, made.data(), -1);
                if (hostIsX86) {
                    timekeeper = new Timekeeper(made);
                }
                page = made;
                vdso = built;
            } finally {
                if (page == null) {
                    made.close();
                }
            }
        }
        return vdso;
    }

    /** Ends the clock. The page of guests that still run tells them to make system calls. Idempotent. */
    @Override
    public synchronized void close() {
        closed = true;
        vdso = null;
        if (timekeeper != null) {
            timekeeper.close();
            timekeeper = null;
        }
        if (page != null) {
            page.close();
            page = null;
        }
    }

    private static long resolution(int clock, long otherwise) {
        try (NativeBuffer spec = new NativeBuffer(16)) {
            long result = Linux.clock_getres(clock, spec.address());
            long nanos = Memory.getLong(spec.address() + 8);
            return result == 0 && nanos > 0 ? nanos : otherwise;
        }
    }

    /** The kernel's struct timezone in one word. */
    private long zone() {
        if (!hostIsX86) {
            return 0; // most others have no such call
        }
        try (NativeBuffer zone = new NativeBuffer(8)) {
            Linux.call(org.nesteddune.host.SyscallNumbers.SYS_gettimeofday, 0, zone.address());
            return Memory.getLong(zone.address());
        }
    }

    /** The host kernel's version as LINUX_VERSION_CODE; 0 if it cannot be told. */
    private static int kernelVersion() {
        try {
            return versionCode(Files.readString(RELEASE));
        } catch (IOException notShown) {
            return 0;
        }
    }

    /** {@code 6.1.0-13-amd64} as 0x060100; what is missing or is no number counts as 0. */
    static int versionCode(String release) {
        int[] parts = new int[3];
        int part = 0;
        for (int i = 0; i < release.length() && part < parts.length; i++) {
            int digit = Character.digit(release.charAt(i), 10);
            if (digit >= 0) {
                parts[part] = Math.min(255, parts[part] * 10 + digit);
            } else if (release.charAt(i) == '.') {
                part++;
            } else {
                break;
            }
        }
        return parts[0] << 16 | parts[1] << 8 | parts[2];
    }
}
