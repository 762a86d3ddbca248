package org.nesteddune.migration;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.nesteddune.linux.Mman;

/**
 * A mapping of a native process, as {@code /proc/PID/smaps} shows it.
 *
 * @param protection {@code PROT_*}
 * @param shared whether it is MAP_SHARED
 * @param device major and minor number, "fe:01"
 * @param inode 0 where there is no file
 * @param name path of the file, or what the kernel says otherwise; ""
 * @param flags VmFlags, two letters each
 */
record NativeMap(
        long start, long end, int protection, boolean shared, long offset, String device, long inode, String name,
        Set<String> flags) {

    private static final String DELETED = " (deleted)";

    long length() {
        return end - start;
    }

    boolean has(String flag) {
        return flags.contains(flag);
    }

    /** Whether only the kernel can map it: vDSO, its data, the page of the old system calls. */
    boolean isKernels() {
        return isVdso() || isClock() || name.equals("[vsyscall]");
    }

    boolean isVdso() {
        return name.equals("[vdso]");
    }

    /** The data pages of the vDSO. */
    boolean isClock() {
        return name.equals("[vvar]") || name.equals("[vvar_vclock]");
    }

    boolean isFile() {
        return inode != 0 && !isKernels();
    }

    boolean isDeleted() {
        return name.endsWith(DELETED);
    }

    /** The file's path without the remark that it has been deleted. */
    String path() {
        return isDeleted() ? name.substring(0, name.length() - DELETED.length()) : name;
    }

    static List<NativeMap> parse(String smaps) {
        List<NativeMap> maps = new ArrayList<>();
        String header = null;
        for (String line : smaps.split("\n")) {
            if (line.startsWith("VmFlags:")) {
                maps.add(of(header, Set.copyOf(Arrays.asList(line.substring(8).strip().split(" +")))));
            } else if (!line.isEmpty() && (line.charAt(0) < 'A' || line.charAt(0) > 'Z')) {
                header = line;
            }
        }
        return maps;
    }

    /** {@code 7f0000000000-7f0000001000 r-xp 00000000 fe:01 1234    /bin/true}. */
    private static NativeMap of(String line, Set<String> flags) {
        String[] words = line.split(" +", 6);
        int dash = words[0].indexOf('-');
        String rights = words[1];
        int protection = (rights.charAt(0) == 'r' ? Mman.PROT_READ : 0)
                | (rights.charAt(1) == 'w' ? Mman.PROT_WRITE : 0)
                | (rights.charAt(2) == 'x' ? Mman.PROT_EXEC : 0);
        return new NativeMap(
                Long.parseUnsignedLong(words[0].substring(0, dash), 16),
                Long.parseUnsignedLong(words[0].substring(dash + 1), 16),
                protection,
                rights.charAt(3) == 's',
                Long.parseUnsignedLong(words[2], 16),
                words[3],
                Long.parseLong(words[4]),
                words.length > 5 ? words[5] : "",
                flags);
    }
}
