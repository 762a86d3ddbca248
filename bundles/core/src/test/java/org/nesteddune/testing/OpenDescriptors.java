package org.nesteddune.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What this process has open, to see what a test did not give back. The jars that the JVM opens when it first loads a
 * class from them stay out, and so do the control-group files that a thread of the JVM's own looks at now and again, and
 * what is open only because this looks.
 */
public final class OpenDescriptors {

    static {
        try {
            // From its first channel on the JDK keeps one end of a pair of sockets.
            FileChannel.open(Path.of("/dev/null")).close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private OpenDescriptors() {}

    /** How many descriptors there are of each kind: a path, or {@code pipe:[]} and the like without their number. */
    public static Map<String, Integer> now() {
        Map<String, Integer> kinds = new TreeMap<>();
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            for (Path each : all.toList()) {
                String target = target(each);
                if (!target.isEmpty() && !isOfTheJvm(target)) {
                    kinds.merge(target.replaceAll("\\[\\d+\\]", "[]"), 1, Integer::sum);
                }
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return kinds;
    }

    private static boolean isOfTheJvm(String target) {
        return target.endsWith(".jar") || target.startsWith("/proc/") || target.startsWith("/sys/fs/cgroup/");
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException closedMeanwhile) {
            return "";
        }
    }
}
