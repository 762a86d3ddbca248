package org.nesteddune.commands;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Looks at Java and at the host's kernel, through the files in which it says what it is. Never fails. */
final class HostChecks {

    /** The least Java release that nested-dune is made for. */
    private static final int JAVA = 17;

    private static final long MEBIBYTE = 1 << 20;
    private static final long LEAST_MEMORY = 256 * MEBIBYTE;
    private static final long LEAST_FILES = 1024;
    private static final long GOOD_FILES = 4096;
    /** Address space that the JVM and one guest want. */
    private static final long LEAST_ADDRESS_SPACE = 16L << 30;
    /** The kernel's default, DEFAULT_MAX_MAP_COUNT in linux/mm.h. */
    private static final long DEFAULT_MAPPINGS = 65530;

    private final Path root;

    private HostChecks(Path root) {
        this.root = root;
    }

    static HostChecks ofThisHost() {
        return new HostChecks(Path.of("/"));
    }

    /** The checks of a copy of {@code /proc}, {@code /sys} and {@code /dev} in another directory, for tests. */
    static HostChecks of(Path root) {
        return new HostChecks(root);
    }

    Finding java() {
        int release = Runtime.version().feature();
        String text = System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ", "
                + System.getProperty("java.home") + ")";
        return release >= JAVA ? Finding.ok("Java", text)
                : Finding.fail("Java", text + "; install a JDK of release " + JAVA + " or later and set JAVA_HOME");
    }

    Finding memory() {
        long available = meminfo("MemAvailable");
        if (available < 0) {
            return Finding.warn("memory", "/proc/meminfo cannot be read");
        }
        String text = Sizes.print(available) + " of " + Sizes.print(meminfo("MemTotal")) + " available, Java heap up to "
                + Sizes.print(Runtime.getRuntime().maxMemory());
        return available >= LEAST_MEMORY ? Finding.ok("memory", text)
                : Finding.warn("memory", text + "; end other programs: guests live in this memory too");
    }

    private long meminfo(String name) {
        for (String line : read("proc/meminfo").split("\n")) {
            if (line.startsWith(name + ":")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        return -1;
    }

    /** Whether {@code /dev/kvm} is there and may be opened; whether it works is the engine's to say. */
    Finding kvm() {
        Path device = root.resolve("dev/kvm");
        String name = "/dev/kvm";
        if (!Files.exists(device, LinkOption.NOFOLLOW_LINKS)) {
            return Finding.fail(name, "missing; enable virtualization in the firmware, then 'sudo modprobe "
                    + module() + "'; in a container start it with --device=/dev/kvm");
        }
        String owner = "";
        String group = null;
        try {
            PosixFileAttributes attributes = Files.readAttributes(device, PosixFileAttributes.class);
            Set<PosixFilePermission> permissions = attributes.permissions();
            owner = "owner " + attributes.owner().getName() + ", group " + attributes.group().getName() + ", mode "
                    + PosixFilePermissions.toString(permissions);
            boolean forGroup = permissions.contains(PosixFilePermission.GROUP_READ)
                    && permissions.contains(PosixFilePermission.GROUP_WRITE);
            group = forGroup ? attributes.group().getName() : null;
        } catch (IOException | UnsupportedOperationException e) {
            owner = "owner unknown";
        }
        if (Files.isReadable(device) && Files.isWritable(device)) {
            return Finding.ok(name, "may be opened (" + owner + ")");
        }
        String user = System.getProperty("user.name");
        String cure = group == null || group.equals("root")
                ? "'sudo chgrp kvm /dev/kvm && sudo chmod 660 /dev/kvm', then join the group kvm"
                : "'sudo usermod -aG " + group + " " + user + "', then log in again";
        return Finding.fail(name, "no permission (" + owner + "); " + cure);
    }

    private String module() {
        String cpu = read("proc/cpuinfo");
        return cpu.contains("GenuineIntel") ? "kvm_intel" : cpu.contains("AuthenticAMD") ? "kvm_amd" : "kvm";
    }

    Finding openFiles() {
        Map<String, long[]> limits = limits();
        long[] files = limits.get("Max open files");
        if (files == null) {
            return Finding.warn("open files", "/proc/self/limits cannot be read");
        }
        String text = "soft limit " + limit(files[0]) + ", hard limit " + limit(files[1]);
        if (files[0] < LEAST_FILES) {
            return Finding.fail("open files", text + "; 'ulimit -n " + GOOD_FILES + "'");
        }
        return files[0] < GOOD_FILES
                ? Finding.warn("open files", text + "; 'ulimit -n 65536' for many guests")
                : Finding.ok("open files", text);
    }

    Finding addressSpace() {
        long[] space = limits().get("Max address space");
        if (space == null || space[0] == Long.MAX_VALUE) {
            return Finding.ok("address space", "unlimited");
        }
        return space[0] < LEAST_ADDRESS_SPACE
                ? Finding.fail("address space", limit(space[0]) + " bytes; 'ulimit -v unlimited': guests reserve theirs in it")
                : Finding.warn("address space", limit(space[0]) + " bytes; 'ulimit -v unlimited' for large guests");
    }

    /** Soft and hard limits by the names that {@code /proc/self/limits} has. */
    private Map<String, long[]> limits() {
        Map<String, long[]> limits = new HashMap<>();
        for (String line : read("proc/self/limits").split("\n")) {
            // Fixed columns: name 26, soft 21, hard 21.
            if (line.length() > 47) {
                limits.put(line.substring(0, 26).strip(), new long[] {
                    number(line.substring(26, 47)), number(line.substring(47, Math.min(68, line.length())))});
            }
        }
        return limits;
    }

    private static long number(String text) {
        String stripped = text.strip();
        try {
            return stripped.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(stripped);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static String limit(long value) {
        return value == Long.MAX_VALUE ? "unlimited" : Long.toString(value);
    }

    Finding mappings() {
        long count = number(read("proc/sys/vm/max_map_count"));
        if (count == 0) {
            return Finding.warn("mappings", "/proc/sys/vm/max_map_count cannot be read");
        }
        return count < DEFAULT_MAPPINGS
                ? Finding.warn("mappings", "vm.max_map_count is " + count + "; 'sudo sysctl vm.max_map_count=262144'")
                : Finding.ok("mappings", "vm.max_map_count is " + count);
    }

    Finding overcommit() {
        return switch (read("proc/sys/vm/overcommit_memory").strip()) {
            case "0" -> Finding.ok("overcommit", "heuristic");
            case "1" -> Finding.ok("overcommit", "always");
            case "2" -> Finding.warn("overcommit", "never: large guests get ENOMEM early; 'sudo sysctl "
                    + "vm.overcommit_memory=0'");
            default -> Finding.warn("overcommit", "/proc/sys/vm/overcommit_memory cannot be read");
        };
    }

    Finding hugePages() {
        String modes = read("sys/kernel/mm/transparent_hugepage/enabled").strip();
        if (modes.contains("[never]") || modes.isEmpty()) {
            return Finding.warn("huge pages", "off: guests touch new memory more slowly; 'echo madvise | sudo tee "
                    + "/sys/kernel/mm/transparent_hugepage/enabled'");
        }
        return Finding.ok("huge pages", modes.contains("[always]") ? "always" : "on request (madvise)");
    }

    /** A file's text; "" if it cannot be read. Files in /proc/sys give all they have to the first read only. */
    private String read(String file) {
        try (InputStream in = Files.newInputStream(root.resolve(file))) {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            byte[] buffer = new byte[65536];
            for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
                text.write(buffer, 0, count);
            }
            return text.toString(StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
