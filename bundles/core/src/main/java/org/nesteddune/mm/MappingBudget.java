package org.nesteddune.mm;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many mappings the address spaces of one runtime may have together. The host's limit (vm.max_map_count) holds for
 * the whole process, and a JVM that cannot map memory any more ends: so guests get their ENOMEM before. Thread-safe.
 */
public final class MappingBudget {

    private static final Path HOST_LIMIT = Path.of("/proc/sys/vm/max_map_count");

    /** DEFAULT_MAX_MAP_COUNT of linux/mm.h. */
    private static final int HOST_DEFAULT = 65_530;

    private static final int LONGEST_NUMBER = 32;

    private final int most;
    private final AtomicInteger used = new AtomicInteger();

    /** @param most greatest number of mappings */
    public MappingBudget(int most) {
        this.most = most;
    }

    /**
     * A budget that leaves the host process a quarter of its mappings: three eighths of the limit, because a mapping
     * often divides a reservation and so takes two.
     */
    public static MappingBudget ofHost() {
        long limit = HOST_DEFAULT;
        try (InputStream in = Files.newInputStream(HOST_LIMIT)) {
            // In one piece: a second read of such a file finds its end.
            limit = Long.parseLong(new String(in.readNBytes(LONGEST_NUMBER), StandardCharsets.US_ASCII).strip());
        } catch (IOException | NumberFormatException e) {
            // The default then.
        }
        return new MappingBudget((int) Math.min(limit / 8 * 3, Integer.MAX_VALUE));
    }

    /** Whether there may be so many mappings more. Several threads that ask at a time may each get a yes for the last. */
    public boolean hasRoomFor(int more) {
        return used.get() + more <= most;
    }

    /** Counts mappings that have come, or with a negative number gone. */
    public void count(int difference) {
        used.addAndGet(difference);
    }

    /** How many mappings there are. */
    public int used() {
        return used.get();
    }
}
