package org.nesteddune.mm;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the address spaces of one runtime share of the host process. Thread-safe.
 *
 * <p>They have a budget of mappings together: the host's limit (vm.max_map_count) holds for the whole process, and a JVM
 * that cannot map memory any more ends, so guests get their ENOMEM before. And they tell each other where windows have
 * been: the same places taken again and again are found by one host call, and what an engine keeps of an ended guest may
 * know them already.
 */
public final class HostShare {

    private static final Path HOST_LIMIT = Path.of("/proc/sys/vm/max_map_count");

    /** DEFAULT_MAX_MAP_COUNT of linux/mm.h. */
    private static final int HOST_DEFAULT = 65_530;

    private static final int LONGEST_NUMBER = 32;

    /** Half of what Linux allows in all by default (kernel.threads-max, PID_MAX_DEFAULT). */
    private static final int MOST_THREADS = 16_384;

    /** Three eighths of the host's mappings are the guests', a quarter, less some for the JVM, is for stacks of three each. */
    private static final int MAPPINGS_FOR_A_THREAD = 5;

    /** How many free ranges are remembered. */
    private static final int MOST_PLACES = 16;

    private final int most;
    private final AtomicInteger used = new AtomicInteger();
    private final long[] addresses = new long[MOST_PLACES];
    private final long[] sizes = new long[MOST_PLACES];
    private int places;

    /** @param most greatest number of mappings */
    public HostShare(int most) {
        this.most = most;
    }

    /**
     * A share with a budget that leaves the host process a quarter of its mappings: three eighths of the limit, because a mapping
     * often divides a reservation and so takes two.
     */
    public static HostShare ofHost() {
        long limit = HOST_DEFAULT;
        try (InputStream in = Files.newInputStream(HOST_LIMIT)) {
            // In one piece: a second read of such a file finds its end.
            limit = Long.parseLong(new String(in.readNBytes(LONGEST_NUMBER), StandardCharsets.US_ASCII).strip());
        } catch (IOException | NumberFormatException e) {
            // The default then.
        }
        return new HostShare((int) Math.min(limit / 8 * 3, Integer.MAX_VALUE));
    }

    /**
     * How many guest threads the host process has room for: each is a host thread, whose stack is up to three mappings in what
     * guests' own mappings leave.
     */
    public int mostThreads() {
        return Math.min(MOST_THREADS, most / MAPPINGS_FOR_A_THREAD);
    }

    /** Whether there may be so many mappings more. Several threads that ask at a time may each get a yes for the last. */
    public boolean hasRoomFor(int more) {
        return used.get() + more <= most;
    }

    /** Counts mappings that have come, or with a negative number gone. */
    public void count(int difference) {
        used.addAndGet(difference);
    }

    /**
     * Where a range of host addresses was free a while ago and may still be.
     *
     * @param size in bytes
     * @return the address that became known last, which is forgotten now; or 0
     */
    public synchronized long takePlace(long size) {
        for (int i = places - 1; i >= 0; i--) {
            if (sizes[i] == size) {
                long address = addresses[i];
                remove(i);
                return address;
            }
        }
        return 0;
    }

    /** Says that a range of host addresses has become free. */
    public synchronized void leavePlace(long address, long size) {
        if (places == MOST_PLACES) {
            remove(0);
        }
        addresses[places] = address;
        sizes[places++] = size;
    }

    private void remove(int index) {
        places--;
        System.arraycopy(addresses, index + 1, addresses, index, places - index);
        System.arraycopy(sizes, index + 1, sizes, index, places - index);
    }

    /** How many mappings there are. */
    public int used() {
        return used.get();
    }
}
