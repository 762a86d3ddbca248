package org.nesteddune.internal.mm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.linux.Mman;
import org.nesteddune.mm.Vma;

/**
 * What an address space looks like from outside: the list of mappings as the guest sees them, its text, and how much of
 * it is resident. Guarded by the lock of the address space, but for {@link #format}.
 */
final class MapsText {

    /** Column of the name: 25 + 6 bytes of padding a pointer byte (show_vma_header_prefix of fs/proc/task_mmu.c). */
    private static final int NAME_COLUMN = 25 + 6 * Long.BYTES - 1;

    private static final String SHARED_NAME = "/dev/zero (deleted)";

    /** Device of the kernel's internal tmpfs, where shared anonymous memory lives. */
    private static final int SHARED_DEVICE = 1;

    /** Areas closer together than this are looked through by one call, which costs little for what is not there. */
    private static final long NEAR = 64L << 20;

    private final Mappings mappings;

    MapsText(Mappings mappings) {
        this.mappings = mappings;
    }

    /** The areas of two indexes and between as the one mapping that the guest sees. */
    Vma vma(int first, int last) {
        AreaTree tree = mappings.tree;
        return tree.get(first).toVma(tree.get(first).start, tree.get(last).end);
    }

    List<Vma> mappings() {
        return mappings(new ArrayList<>());
    }

    /** Also gives for each mapping the object of its shared anonymous memory, or null. */
    List<Vma> mappings(List<Area.SharedMemory> shared) {
        AreaTree tree = mappings.tree;
        List<Vma> list = new ArrayList<>(tree.count());
        for (int i = 0; i < tree.count(); ) {
            int last = tree.lastAlike(i);
            list.add(vma(i, last));
            shared.add(tree.get(i).shared);
            i = last + 1;
        }
        return list;
    }

    /** The lines of {@code /proc/PID/maps}. The files are asked for their status, so this is not for under the lock. */
    static String format(List<Vma> vmas, List<Area.SharedMemory> shared) {
        StringBuilder text = new StringBuilder(vmas.size() * 100);
        Map<OpenFile, FileStatus> known = new HashMap<>();
        boolean stackSeen = false;
        for (int i = vmas.size() - 1; i >= 0; i--) {
            Vma vma = vmas.get(i);
            // Only the mapping with the first stack pointer is called so.
            boolean stack = vma.name().equals("[stack]");
            String name = stack && stackSeen ? "" : vma.name();
            stackSeen |= stack;
            text.insert(0, line(vma, name, shared.get(i), known));
        }
        return text.toString();
    }

    private static String line(
            Vma vma, String ownName, Area.SharedMemory shared, Map<OpenFile, FileStatus> known) {
        StringBuilder line = new StringBuilder(128);
        hex(line, vma.start(), 8).append('-');
        hex(line, vma.end(), 8).append(' ');
        line.append((vma.protection() & Mman.PROT_READ) != 0 ? 'r' : '-');
        line.append((vma.protection() & Mman.PROT_WRITE) != 0 ? 'w' : '-');
        line.append((vma.protection() & Mman.PROT_EXEC) != 0 ? 'x' : '-');
        // A named file is a special mapping of ours; Linux' own ([vvar]) are private.
        boolean special = vma.file() != null && !ownName.isEmpty();
        line.append((vma.flags() & Mman.MAP_SHARED) != 0 && !special ? 's' : 'p').append(' ');
        String name = ownName;
        long device = 0;
        long inode = 0;
        long offset = vma.offset();
        if (shared != null) {
            device = FileStatus.encode(0, SHARED_DEVICE);
            inode = shared.id();
            name = name.isEmpty() ? SHARED_NAME : name;
        } else if (vma.file() != null && !special) {
            FileStatus status = known.computeIfAbsent(vma.file(), MapsText::status);
            device = status.device;
            inode = status.inode;
            name = vma.file().path().replace("\n", "\\012");
            if (status.links == 0 && !name.endsWith(" (deleted)")) {
                name += " (deleted)";
            }
        } else if (special) {
            offset = 0;
        }
        hex(line, offset, 8).append(' ');
        hex(line, FileStatus.major(device), 2).append(':');
        hex(line, FileStatus.minor(device), 2).append(' ');
        line.append(Long.toUnsignedString(inode)).append(' ');
        if (!name.isEmpty()) {
            while (line.length() < NAME_COLUMN) {
                line.append(' ');
            }
            line.append(' ').append(name);
        }
        return line.append('\n').toString();
    }

    private static FileStatus status(OpenFile file) {
        FileStatus status = new FileStatus();
        status.links = 1;
        file.status(status);
        return status;
    }

    private static StringBuilder hex(StringBuilder text, long value, int width) {
        String digits = Long.toHexString(value);
        for (int i = digits.length(); i < width; i++) {
            text.append('0');
        }
        return text.append(digits);
    }

    /** Bytes of the mappings between two addresses that the host has in memory. */
    long residentSize(long start, long end) {
        long[] resident = new long[1];
        AreaTree tree = mappings.tree;
        try (PageScan pages = PageScan.resident()) {
            for (int i = tree.indexFrom(start); i < tree.count() && tree.get(i).start < end; ) {
                long from = Math.max(start, tree.get(i).start);
                long delta = mappings.window.delta(from);
                long to = tree.get(i++).end;
                while (i < tree.count() && tree.get(i).start - to < NEAR && tree.get(i).start < end
                        && mappings.window.delta(tree.get(i).start) == delta) {
                    to = tree.get(i++).end;
                }
                pages.find(from + delta, Math.min(to, end) + delta, (first, last) -> resident[0] += last - first);
            }
        }
        return resident[0];
    }
}
