package org.nesteddune.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Where a configuration comes from. Immutable. */
final class Source {

    /** Set by Felix FileInstall: the URI of the file that a configuration was read from. */
    static final String FILE_NAME = "felix.fileinstall.filename";

    private static final String PID = "service.pid";

    private final String pid;
    private final Path file;

    private Source(String pid, Path file) {
        this.pid = pid;
        this.file = file;
    }

    static Source of(Map<String, ?> properties) {
        Object pid = properties.get(PID);
        Object name = properties.get(FILE_NAME);
        return new Source(pid == null ? "configuration" : pid.toString(), name == null ? null : path(name.toString()));
    }

    private static Path path(String name) {
        try {
            return name.startsWith("file:") ? Path.of(URI.create(name)) : Path.of(name);
        } catch (IllegalArgumentException | java.nio.file.FileSystemNotFoundException strange) {
            return null;
        }
    }

    /** The configuration's PID. */
    String pid() {
        return pid;
    }

    /** The file's name, or null if it is not known. */
    String fileName() {
        return file == null || file.getFileName() == null ? null : file.getFileName().toString();
    }

    /** Where a setting stands: {@code FILE:LINE}, {@code FILE}, or the PID. */
    String place(String key) {
        if (file == null) {
            return pid;
        }
        int line = line(key);
        return line == 0 ? file.toString() : file + ":" + line;
    }

    /** The line that a setting begins in, from 1 on; 0 if it is not found. */
    private int line(String key) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        } catch (IOException | UncheckedIOException gone) {
            return 0;
        }
        boolean goesOn = false;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!goesOn && isSetting(line, key)) {
                return i + 1;
            }
            boolean comment = !goesOn && (line.startsWith("#") || line.startsWith("!"));
            goesOn = !comment && line.endsWith("\\") && !line.endsWith("\\\\");
        }
        return 0;
    }

    private static boolean isSetting(String line, String key) {
        if (!line.startsWith(key)) {
            return false;
        }
        String rest = line.substring(key.length());
        return rest.isEmpty() || rest.charAt(0) == '=' || rest.charAt(0) == ':' || Character.isWhitespace(rest.charAt(0));
    }
}
