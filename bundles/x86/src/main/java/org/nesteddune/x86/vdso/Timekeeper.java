package org.nesteddune.x86.vdso;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.nesteddune.host.HostException;
import org.nesteddune.host.HostIdentity;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.linux.Time;

/**
 * Keeps a {@link ClockPage} current from one daemon thread: some twenty times a second it reads the host's clocks and
 * publishes the next piece of the function that guests compute them with. When somebody sets the host's clock it does so
 * at once. On a host whose time-stamp counter is no clock it does nothing, and guests make system calls.
 */
final class Timekeeper implements AutoCloseable {

    /** From reading to reading, in nanoseconds. */
    private static final long INTERVAL = 50_000_000;

    /** From the first reading to the second; then twice as long each time, up to the interval. */
    private static final long FIRST_INTERVAL = 4_000_000;

    /** How long before its beginning a segment is published, in nanoseconds. */
    private static final long LEAD = 2_000_000;

    /** How much of that must be left, in nanoseconds, when everything is computed. */
    private static final long MARGIN = 200_000;

    /** How far apart two readings of an offset that has not changed may be, apart from their widths; nanoseconds. */
    private static final long OFFSET_TOLERANCE = 100;

    /** Clocks that differ from CLOCK_MONOTONIC by a constant until somebody changes it. */
    private static final int[] OFFSET_CLOCKS = {Time.CLOCK_REALTIME, Time.CLOCK_BOOTTIME, Time.CLOCK_TAI};

    private static final Path CPUINFO = Path.of("/proc/cpuinfo");
    private static final Path CLOCK_SOURCE =
            Path.of("/sys/devices/system/clocksource/clocksource0/current_clocksource");

    /** The kernel's clock sources that are the time-stamp counter. */
    private static final Set<String> COUNTER_SOURCES = Set.of("tsc", "kvm-clock", "hyperv_clocksource_tsc_page");

    /** A time far in the future, in seconds since the epoch, that nanoseconds in 64 bits can still express. */
    private static final long NEVER = 9_000_000_000L;

    private static final int POLLFD_SIZE = 8;

    private final ClockPage page;
    private final int stop;
    private final Thread thread;

    /**
     * Starts to keep a page current.
     *
     * @throws HostException if there are no descriptors left
     */
    Timekeeper(ClockPage page) {
        this.page = page;
        stop = (int) HostException.check("eventfd2", Linux.eventfd2(0, OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK));
        thread = new Thread(this::run, "dune-vdso-clock");
        thread.setDaemon(true);
        thread.start();
    }

    /** Ends the thread and waits for it. Not to be called twice. */
    @Override
    public void close() {
        try (NativeBuffer one = new NativeBuffer(8)) {
            Memory.putLong(one.address(), 1);
            Linux.write(stop, one.address(), 8);
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        Linux.close(stop);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether the kernel itself takes the time from the counter, so that it is even and the same on all CPUs. */
    static boolean counterIsClock() {
        try (BufferedReader cpuinfo = Files.newBufferedReader(CPUINFO, StandardCharsets.ISO_8859_1)) {
            String line = cpuinfo.readLine();
            while (line != null && !line.startsWith("flags")) {
                line = cpuinfo.readLine();
            }
            if (line == null || !(line + " ").contains(" constant_tsc ") || !(line + " ").contains(" nonstop_tsc ")) {
                return false;
            }
        } catch (IOException unknown) {
            return false;
        }
        try {
            return COUNTER_SOURCES.contains(Files.readString(CLOCK_SOURCE).strip());
        } catch (IOException notShown) {
            return true;
        }
    }

    private void run() {
        HostIdentity.PROCESS.assume(); // whoever has made the thread
        if (!counterIsClock()) {
            return;
        }
        int timer = changeDescriptor();
        try (HostClock clock = new HostClock(); NativeBuffer wait = new NativeBuffer(64)) {
            keep(clock, wait, timer);
        } catch (HostException noExecutableMemory) {
            return; // the page says that guests make system calls
        } finally {
            page.mode(ClockPage.MODE_SYSTEM_CALL);
            if (timer >= 0) {
                Linux.close(timer);
            }
        }
    }

    private void keep(HostClock clock, NativeBuffer wait, int timer) {
        Steering steering = new Steering();
        long[] offsets = new long[ClockPage.CLOCKS];
        long interval = FIRST_INTERVAL;
        do {
            steering.observe(clock.read(Time.CLOCK_MONOTONIC));
            if (steering.hostRate() == 0) {
                page.mode(ClockPage.MODE_SYSTEM_CALL);
                interval = FIRST_INTERVAL;
                continue;
            }
            readOffsets(clock, steering, offsets);
            if (steering.isRunning()) {
                interval = Math.min(2 * interval, INTERVAL);
                long now;
                do {
                    now = clock.counter();
                    steering.turn(now + counts(LEAD, steering), interval);
                } while (clock.counter() > steering.start() - counts(MARGIN, steering));
                publish(steering, offsets);
            } else {
                steering.begin();
                publish(steering, offsets);
                page.mode(ClockPage.MODE_COMPUTE);
            }
        } while (sleep(wait, timer, interval));
    }

    private static long counts(long nanos, Steering steering) {
        return Math.round(nanos / steering.hostRate());
    }

    private void publish(Steering steering, long[] offsets) {
        page.publish(steering.start(), steering.base(), steering.rate(), offsets);
    }

    private static void readOffsets(HostClock clock, Steering steering, long[] offsets) {
        for (int id : OFFSET_CLOCKS) {
            Reading reading = clock.read(id);
            long offset = reading.nanos() - steering.hostTime(reading.counter());
            long width = Math.round(reading.width() * steering.hostRate());
            // Small differences are the readings' own: following them would make the clock tremble.
            if (Math.abs(offset - offsets[id]) > OFFSET_TOLERANCE + width) {
                offsets[id] = offset;
            }
        }
        offsets[Time.CLOCK_REALTIME_COARSE] = offsets[Time.CLOCK_REALTIME];
    }

    /** A descriptor that becomes readable when somebody sets the clock; negative if the host has no such thing. */
    private static int changeDescriptor() {
        int timer = (int) Linux.call(
                SyscallNumbers.SYS_timerfd_create, Time.CLOCK_REALTIME, Time.TFD_CLOEXEC | Time.TFD_NONBLOCK);
        if (timer < 0) {
            return timer;
        }
        try (NativeBuffer spec = new NativeBuffer(32)) {
            Memory.putLong(spec.address() + 16, NEVER);
            int flags = Time.TFD_TIMER_ABSTIME | Time.TFD_TIMER_CANCEL_ON_SET;
            Linux.call(SyscallNumbers.SYS_timerfd_settime, timer, flags, spec.address(), 0);
        }
        return timer;
    }

    /** Waits; false when it is time to end. */
    private boolean sleep(NativeBuffer wait, int timer, long nanos) {
        long fds = wait.address();
        long timeout = fds + 2 * POLLFD_SIZE;
        Memory.putInt(fds, stop);
        Memory.putInt(fds + 4, Poll.POLLIN);
        Memory.putInt(fds + POLLFD_SIZE, timer);
        Memory.putInt(fds + POLLFD_SIZE + 4, Poll.POLLIN);
        Memory.putLong(timeout, 0);
        Memory.putLong(timeout + 8, nanos);
        long ready = Linux.ppoll(fds, 2, timeout, 0, 0);
        if (ready > 0 && Memory.getShort(fds + 6) != 0) {
            return false;
        }
        if (ready > 0 && Memory.getShort(fds + POLLFD_SIZE + 6) != 0) {
            Linux.read(timer, timeout, 8); // ECANCELED: the clock was set
        }
        return true;
    }
}
