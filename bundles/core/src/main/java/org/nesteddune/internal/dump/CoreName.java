package org.nesteddune.internal.dump;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;

/**
 * The name of a core file by the host's {@code kernel.core_pattern} and {@code kernel.core_uses_pid}, which the guest sees
 * as its own ({@code format_corename} of fs/coredump.c). A pattern that hands the dump to a program or a socket of the
 * host is none for guests: they get the name that Linux gives without a pattern.
 */
public final class CoreName {

    private static final String DEFAULT = "core";
    private static final Path PATTERN = Path.of("/proc/sys/kernel/core_pattern");
    private static final Path USES_PID = Path.of("/proc/sys/kernel/core_uses_pid");
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    private CoreName() {}

    /** The path for a task's core file, the guest's; a relative one is of its working directory. */
    static String of(Task task, int signal, long limit) {
        return expand(read(PATTERN, DEFAULT), !read(USES_PID, "0").equals("0"), task, signal, limit);
    }

    private static String read(Path file, String otherwise) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).strip();
        } catch (IOException unknown) {
            return otherwise;
        }
    }

    static String expand(String pattern, boolean usesPid, Task task, int signal, long limit) {
        if (pattern.startsWith("|") || pattern.startsWith("@")) {
            return DEFAULT;
        }
        Process process = task.process();
        StringBuilder name = new StringBuilder();
        boolean withPid = false;
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c != '%') {
                name.append(c);
                continue;
            }
            if (++i == pattern.length()) {
                break;
            }
            switch (pattern.charAt(i)) {
                case '%' -> name.append('%');
                case 'p', 'P' -> {
                    withPid |= pattern.charAt(i) == 'p';
                    name.append(process.pid());
                }
                case 'i', 'I' -> name.append(task.tid());
                case 'u' -> name.append(Integer.toUnsignedLong(task.credentials().uid()));
                case 'g' -> name.append(Integer.toUnsignedLong(task.credentials().gid()));
                case 'd' -> name.append(process.settings().dumpable());
                case 's' -> name.append(signal);
                case 't' -> name.append(System.currentTimeMillis() / 1000);
                case 'c' -> name.append(Long.toUnsignedString(limit));
                case 'h' -> name.append(part(read(HOST_NAME, "")));
                case 'e' -> name.append(part(task.name()));
                case 'f' -> name.append(part(file(process.executable())));
                case 'E' -> name.append(part(process.executable()));
                default -> {
                    // As in the kernel: what it does not know is left out.
                }
            }
        }
        if (name.length() == 0) {
            name.append(DEFAULT);
        }
        if (usesPid && !withPid) {
            name.append('.').append(process.pid());
        }
        return name.toString();
    }

    private static String file(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** What a guest chose itself leads nowhere else ({@code cn_esc_printf}). */
    private static String part(String text) {
        String flat = text.replace('/', '!');
        return flat.isEmpty() || flat.equals(".") || flat.equals("..") ? "!" + flat.substring(Math.min(1, flat.length())) : flat;
    }
}
