package org.nesteddune.itest;

import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * What this process holds of the host: descriptors by what they are, threads that are not the JVM's own, and mappings that
 * are a guest's. Taken before and after, to see what was not given back.
 *
 * @param mappings mapped files and devices by name, and under {@link #GREAT} the anonymous ones of at least a gibibyte,
 *     which windows and supervisor memory are; smaller anonymous ones come and go with the JVM's heap, code and threads
 */
record Leaks(Map<String, Integer> descriptors, List<Thread> threads, Map<String, Integer> mappings) {

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final String GREAT = "(anonymous, 1 GiB or more)";

    static Leaks now() {
        try {
            return new Leaks(openDescriptors(), guestThreads(), guestMappings());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /**
     * Fails if this has more than what was there before, and goes on to have it: some of what a guest had, the runtime's own threads give
     * back a little after its end.
     */
    void assertNoMoreThan(Leaks before) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        String more = moreThan(before);
        while (!more.isEmpty() && System.nanoTime() < end) {
            LockSupport.parkNanos(LOOK_NANOS);
            more = now().moreThan(before);
        }
        assertTrue("not given back:" + more, more.isEmpty());
    }

    private String moreThan(Leaks before) {
        StringBuilder more = new StringBuilder();
        compare("descriptors", before.descriptors, descriptors, more);
        compare("mappings", before.mappings, mappings, more);
        for (Thread thread : threads) {
            if (!before.threads.contains(thread)) {
                more.append("\n  thread ").append(thread.getName());
            }
        }
        return more.toString();
    }

    private static void compare(
            String what, Map<String, Integer> before, Map<String, Integer> now, StringBuilder more) {
        now.forEach((name, count) -> {
            int old = before.getOrDefault(name, 0);
            if (count > old) {
                more.append("\n  ").append(what).append(' ').append(name).append(": ").append(count).append(" instead of ")
                        .append(old);
            }
        });
    }

    private static Map<String, Integer> openDescriptors() throws IOException {
        Map<String, Integer> names = new TreeMap<>();
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            for (Path each : all.toList()) {
                String target;
                try {
                    target = Files.readSymbolicLink(each).toString();
                } catch (IOException closedMeanwhile) {
                    continue;
                }
                // Jars that class loading opens, control-group files that the JVM looks at, and the listing itself come and
                // go.
                if (!target.endsWith(".jar")
                        && !target.startsWith("/proc/")
                        && !target.startsWith("/sys/fs/cgroup/")) {
                    names.merge(target.replaceAll("\\[\\d+\\]", "[]"), 1, Integer::sum);
                }
            }
        }
        return names;
    }

    private static List<Thread> guestThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("guest") || thread.getName().startsWith("dune-task"))
                .toList();
    }

    /** The lines of /proc/self/maps: start-end, rights, offset, device, inode, and perhaps a name. */
    private static Map<String, Integer> guestMappings() throws IOException {
        Map<String, Integer> names = new TreeMap<>();
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            lines.forEach(line -> {
                String[] fields = line.split("\\s+", 6);
                String name = fields.length > 5 ? fields[5] : "";
                if (name.isEmpty() && size(fields[0]) >= 1L << 30) {
                    names.merge(GREAT, 1, Integer::sum);
                } else if (!name.isEmpty() && !name.startsWith("[") && !isOfTheJvm(name)) {
                    names.merge(name, 1, Integer::sum);
                }
            });
        }
        return names;
    }

    private static long size(String range) {
        String[] ends = range.split("-");
        return Long.parseUnsignedLong(ends[1], 16) - Long.parseUnsignedLong(ends[0], 16);
    }

    private static boolean isOfTheJvm(String name) {
        return name.endsWith(".jar") || name.endsWith(".jsa") || name.contains(".so") || name.contains("/jvm/")
                || name.contains("hsperfdata") || name.contains("locale");
    }
}
