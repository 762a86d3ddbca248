package org.nesteddune.internal.proc;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.mm.AddressSpace;

/** {@code smaps} of a guest: the headings are the guest's, the sizes are what the host says about the same pages. */
final class HostMaps {

    /** What the host says about one of its mappings; sizes in KiB by name, in the kernel's order. */
    private record HostMapping(long start, long end, Map<String, Long> sizes) {}

    private final List<HostMapping> mappings = new ArrayList<>();

    HostMaps() {
        Map<String, Long> sizes = null;
        for (String line : HostText.lines("/proc/self/smaps")) {
            int colon = line.indexOf(':');
            int dash = line.indexOf('-');
            int space = line.indexOf(' ');
            if (dash > 0 && space > dash && (colon < 0 || colon > space)) {
                sizes = new LinkedHashMap<>();
                mappings.add(new HostMapping(
                        Long.parseUnsignedLong(line.substring(0, dash), 16),
                        Long.parseUnsignedLong(line.substring(dash + 1, space), 16),
                        sizes));
            } else if (sizes != null && line.endsWith(" kB")) {
                String size = line.substring(colon + 1, line.length() - 3).strip();
                sizes.put(line.substring(0, colon), Long.parseLong(size));
            }
        }
    }

    /** @param rollup whether all mappings are summed up as one */
    String smaps(AddressSpace memory, boolean rollup) {
        StringBuilder out = new StringBuilder();
        Map<String, Long> all = new LinkedHashMap<>();
        long first = -1;
        long last = 0;
        for (String heading : memory.mapsText().split("\n")) {
            int dash = heading.indexOf('-');
            int space = heading.indexOf(' ');
            if (dash < 0 || space < dash) {
                continue;
            }
            long start = Long.parseUnsignedLong(heading.substring(0, dash), 16);
            long end = Long.parseUnsignedLong(heading.substring(dash + 1, space), 16);
            Map<String, Long> sizes = sizes(memory, start, end);
            if (rollup) {
                first = first == -1 ? start : first;
                last = end;
                sizes.forEach((name, size) -> all.merge(name, size, Long::sum));
            } else {
                out.append(heading).append('\n');
                int page = memory.pageSize() / 1024;
                sizes.put("Size", (end - start) / 1024);
                sizes.put("KernelPageSize", (long) page);
                sizes.put("MMUPageSize", (long) page);
                append(out, sizes);
            }
        }
        if (rollup) {
            out.append(String.format("%08x-%08x ---p 00000000 00:00 0 %26s%n", Math.max(first, 0), last, "[rollup]"));
            all.keySet().removeAll(List.of("Size", "KernelPageSize", "MMUPageSize"));
            append(out, all);
        }
        return out.toString();
    }

    private Map<String, Long> sizes(AddressSpace memory, long start, long end) {
        Map<String, Long> sizes = new LinkedHashMap<>();
        for (String name : List.of("Size", "KernelPageSize", "MMUPageSize", "Rss", "Pss")) {
            sizes.put(name, 0L);
        }
        long host;
        try {
            host = memory.host(start, end - start);
        } catch (GuestFault elsewhere) {
            return sizes;
        }
        for (HostMapping mapping : mappings) {
            if (mapping.start >= host && mapping.end <= host + (end - start)) {
                mapping.sizes.forEach((name, size) -> sizes.merge(name, size, Long::sum));
            }
        }
        return sizes;
    }

    private static void append(StringBuilder out, Map<String, Long> sizes) {
        sizes.forEach((name, size) -> out.append(String.format("%-16s%8d kB%n", name + ":", size)));
    }
}
