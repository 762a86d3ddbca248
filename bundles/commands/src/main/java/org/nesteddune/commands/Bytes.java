package org.nesteddune.commands;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Byte strings: Linux's arguments, paths and environment are bytes, here a char from 0 to 255 each. The JVM's own
 * decoding of its command line loses those that its locale cannot read, so they are taken from where the kernel has them.
 */
final class Bytes {

    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");
    private static final Path ENVIRONMENT = Path.of("/proc/self/environ");

    private Bytes() {
    }

    /** An ordinary string as the bytes of its UTF-8 form. */
    static String of(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** A byte string for people: read as UTF-8. */
    static String display(String bytes) {
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /**
     * The last arguments of this process as bytes.
     *
     * @param arguments the same arguments as the JVM has decoded them; should the kernel's not be these (because a
     *     program called the launcher with arguments of its own), they are used themselves
     */
    static List<String> commandLine(String[] arguments) {
        List<String> all = strings(COMMAND_LINE);
        if (all.size() >= arguments.length) {
            List<String> last = all.subList(all.size() - arguments.length, all.size());
            if (matches(last, arguments)) {
                return List.copyOf(last);
            }
        }
        List<String> encoded = new ArrayList<>();
        for (String argument : arguments) {
            encoded.add(of(argument));
        }
        return encoded;
    }

    /** Whether the strings are the same as far as they are ASCII. */
    private static boolean matches(List<String> bytes, String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (isAscii(bytes.get(i)) && !bytes.get(i).equals(arguments[i])) {
                return false;
            }
        }
        return true;
    }

    private static boolean isAscii(String bytes) {
        return bytes.chars().allMatch(c -> c < 0x80);
    }

    /** The environment that this process was started with, as {@code NAME=value} byte strings. */
    static List<String> environment() {
        List<String> all = strings(ENVIRONMENT);
        if (all.isEmpty()) {
            System.getenv().forEach((name, value) -> all.add(of(name + "=" + value)));
        }
        return all;
    }

    /** The NUL-terminated strings of a file; none if it cannot be read. */
    private static List<String> strings(Path file) {
        try {
            return split(Files.readAllBytes(file));
        } catch (IOException e) {
            return new ArrayList<>();
        }
    }

    /** NUL-terminated strings; what follows the last NUL is not one. */
    static List<String> split(byte[] bytes) {
        List<String> strings = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                strings.add(new String(bytes, from, i - from, StandardCharsets.ISO_8859_1));
                from = i + 1;
            }
        }
        return strings;
    }
}
