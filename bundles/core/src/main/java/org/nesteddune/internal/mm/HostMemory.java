package org.nesteddune.internal.mm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the host says of its memory. */
final class HostMemory {

    private HostMemory() {}

    /** Bytes that the host could give without swapping (proc_meminfo(5)); no end if it does not say. */
    static long available() {
        try {
            String text = Files.readString(Path.of("/proc/meminfo"), StandardCharsets.US_ASCII);
            Matcher found = Pattern.compile("MemAvailable: +(\\d+) kB").matcher(text);
            return found.find() ? Long.parseLong(found.group(1)) << 10 : Long.MAX_VALUE;
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }
}
