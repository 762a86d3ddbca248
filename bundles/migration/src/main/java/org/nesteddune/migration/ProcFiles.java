package org.nesteddune.migration;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Fcntl;

/** What proc(5) tells of one process of the host. Texts are bytes, in ISO-8859-1. Stateless. */
final class ProcFiles {

    /** PATH_MAX and more: proc(5) adds " (deleted)". */
    private static final int PATH = 4352;

    /** The first field of {@code stat} behind the name. */
    private static final int FIRST = 3;

    private final int pid;

    ProcFiles(int pid) {
        this.pid = pid;
    }

    private Path path(String name) {
        return Path.of("/proc/" + pid + "/" + name);
    }

    byte[] bytes(String name) throws EscapeException {
        try {
            return Files.readAllBytes(path(name));
        } catch (IOException unreadable) {
            throw new EscapeException("/proc/" + pid + "/" + name + " cannot be read"
                    + (Files.exists(path("")) ? ": you may not trace it" : ": there is no such process"), unreadable);
        }
    }

    String text(String name) throws EscapeException {
        return new String(bytes(name), StandardCharsets.ISO_8859_1);
    }

    /** A text, "" if the host has none of that kind. */
    String textIfThere(String name) {
        try {
            return text(name);
        } catch (EscapeException absent) {
            return "";
        }
    }

    /** Where a symbolic link points to. */
    String link(String name) throws EscapeException {
        try (NativeBuffer file = NativeBuffer.ofCString(path(name).toString()); NativeBuffer target = new NativeBuffer(PATH)) {
            long length = Linux.readlinkat(Fcntl.AT_FDCWD, file.address(), target.address(), PATH);
            if (length < 0) {
                throw new EscapeException("/proc/" + pid + "/" + name + " cannot be read: you may not trace it");
            }
            return new String(target.bytes(0, (int) length), StandardCharsets.ISO_8859_1);
        }
    }

    /** The numbers that name the entries of a directory, ascending. */
    List<Integer> numbers(String directory) throws EscapeException {
        List<Integer> numbers = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path(directory))) {
            entries.forEach(entry -> numbers.add(Integer.parseInt(entry.getFileName().toString())));
        } catch (IOException | RuntimeException unreadable) {
            throw new EscapeException("/proc/" + pid + "/" + directory + " cannot be read: you may not trace it", unreadable);
        }
        Collections.sort(numbers);
        return numbers;
    }

    /** The lines {@code Name: value} of a file. */
    Map<String, String> fields(String name) throws EscapeException {
        Map<String, String> fields = new HashMap<>();
        for (String line : text(name).split("\n")) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.putIfAbsent(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        }
        return fields;
    }

    /** A field of {@code status} that is a set of signals or capabilities; empty if it is not there. */
    static long set(Map<String, String> status, String name) {
        return Long.parseUnsignedLong(status.getOrDefault(name, "0"), 16);
    }

    /** Its parent's number. */
    int parent() throws EscapeException {
        return Integer.parseInt(stat()[4 - FIRST]);
    }

    /** Its process group. */
    int group() throws EscapeException {
        return Integer.parseInt(stat()[5 - FIRST]);
    }

    /** Its session. */
    int session() throws EscapeException {
        return Integer.parseInt(stat()[6 - FIRST]);
    }

    /** Whether it has a controlling terminal. */
    boolean hasTerminal() throws EscapeException {
        return !stat()[7 - FIRST].equals("0");
    }

    /** The numbers of {@code stat} behind the name; the first one is field 3. */
    String[] stat() throws EscapeException {
        String text = text("stat").strip();
        return text.substring(text.lastIndexOf(')') + 2).split(" ");
    }
}
