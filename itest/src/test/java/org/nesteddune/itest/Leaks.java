package org.nesteddune.itest;

import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What this process holds of the host: descriptors by what they are, threads that are not the JVM's own, mappings that are
 * no part of its heap. Taken before and after, to see what was not given back.
 */
record Leaks(Map<String, Integer> descriptors, List<String> threads, int mappings) {

    /** The JVM maps and unmaps for itself meanwhile: code, class space, arenas of the allocator. */
    private static final int MAPPING_TOLERANCE = 40;

    static Leaks now() {
        try {
            return new Leaks(openDescriptors(), guestThreads(), mappingCount());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Fails if this has more than what was there before. */
    void assertNoMoreThan(Leaks before) {
        StringBuilder more = new StringBuilder();
        descriptors.forEach((name, count) -> {
            int old = before.descriptors.getOrDefault(name, 0);
            if (count > old) {
                more.append("\n  descriptors ").append(name).append(": ").append(count).append(" instead of ").append(old);
            }
        });
        List<String> newThreads = new ArrayList<>(threads);
        newThreads.removeAll(before.threads);
        if (!newThreads.isEmpty()) {
            more.append("\n  threads ").append(newThreads);
        }
        if (mappings > before.mappings + MAPPING_TOLERANCE) {
            more.append("\n  mappings: ").append(mappings).append(" instead of ").append(before.mappings);
        }
        assertTrue("not given back:" + more, more.isEmpty());
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
                // Jars that class loading opens, and the listing itself, come and go.
                if (!target.endsWith(".jar") && !target.startsWith("/proc/")) {
                    names.merge(target.replaceAll("\\[\\d+\\]", "[]"), 1, Integer::sum);
                }
            }
        }
        return names;
    }

    private static List<String> guestThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("guest"))
                .sorted()
                .toList();
    }

    private static int mappingCount() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return (int) lines.count();
        }
    }
}
