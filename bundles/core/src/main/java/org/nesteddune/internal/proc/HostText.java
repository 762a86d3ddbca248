package org.nesteddune.internal.proc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Text files of the host's procfs. What cannot be read is empty. */
final class HostText {

    private HostText() {}

    /** All lines, one char a byte. */
    static List<String> lines(String path) {
        try (Stream<String> lines = Files.lines(Path.of(path), StandardCharsets.ISO_8859_1)) {
            return lines.toList();
        } catch (IOException | java.io.UncheckedIOException unreadable) {
            return List.of();
        }
    }

    /** The lines {@code name: …} with one of these names. */
    static List<String> lines(String path, String... names) {
        List<String> wanted = List.of(names);
        return lines(path).stream()
                .filter(line -> line.indexOf(':') > 0 && wanted.contains(line.substring(0, line.indexOf(':'))))
                .toList();
    }
}
