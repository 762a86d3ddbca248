package org.nesteddune.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nesteddune.Guest;
import org.nesteddune.linux.Signal;

/**
 * How much the JVM's own resident memory grows by a guest that sleeps, files apart: the guest's private pages are part of
 * it, what the kernel holds for KVM is not.
 */
final class IdleGuest implements Benchmark {

    private static final double BAR_MEBIBYTES = 6;
    private static final int GUESTS = 20;
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final long PATIENCE_MILLIS = 10_000;

    @Override
    public String id() {
        return "idle";
    }

    @Override
    public Figure run(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        growth(laboratory); // what is allocated once for all is not a guest's
        double mebibytes = growth(laboratory) / (1024.0 * GUESTS);
        return Figure.valueAtMost("memory of an idle guest", "", mebibytes, BAR_MEBIBYTES, "MiB");
    }

    /** By how many KiB the JVM grows when it starts its guests. */
    private static long growth(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        String program = laboratory.guestProgram();
        long before = residentKibibytes();
        List<Guest> guests = new ArrayList<>();
        try (Capture output = new Capture()) {
            try {
                for (int i = 0; i < GUESTS; i++) {
                    guests.add(laboratory.start(output, program, "pause"));
                }
                for (Guest guest : guests) {
                    awaitSleep(guest);
                }
                return residentKibibytes() - before;
            } finally {
                guests.forEach(guest -> guest.signal(Signal.SIGKILL));
                for (Guest guest : guests) {
                    Laboratory.await(guest);
                }
            }
        }
    }

    private static void awaitSleep(Guest guest) throws BenchmarkException, InterruptedException {
        for (long waited = 0; !guest.info().blockedIn().contains("pause"); waited++) {
            if (waited == PATIENCE_MILLIS) {
                throw new BenchmarkException("guest " + guest.pid() + " does not come to pause(2)");
            }
            Thread.sleep(1);
        }
    }

    /** The JVM's resident memory that is no file's. */
    static long residentKibibytes() throws BenchmarkException, InterruptedException {
        System.gc();
        Thread.sleep(200);
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith("RssAnon:") || line.startsWith("RssShmem:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
        } catch (IOException failed) {
            throw new BenchmarkException("cannot read " + STATUS + ": " + failed.getMessage(), failed);
        }
    }
}
