package org.nesteddune.internal.mm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.linux.Mman;
import org.nesteddune.mm.MappedRange;
import org.nesteddune.mm.Vma;

/**
 * What an address space looks like from outside: the list of mappings as the guest sees them, and its text. Guarded by the
 * lock of the address space, but for what is static.
 */
final class MapsText {

    /** Column of the name: 25 + 6 bytes of padding a pointer byte (show_vma_header_prefix of fs/proc/task_mmu.c). */
    private static final int NAME_COLUMN = 25 + 6 * Long.BYTES - 1;

    private static final String SHARED_NAME = "/dev/zero (deleted)";

    /** Device of the kernel's internal tmpfs, where shared anonymous memory lives. */
    private static final int SHARED_DEVICE = 1;

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

    /** What {@code /proc/PID/maps} says. The files are asked for their status, so this is not for under the lock. */
    static List<MappedRange> ranges(List<Vma> vmas, List<Area.SharedMemory> shared) {
        MappedRange[] ranges = new MappedRange[vmas.size()];
        Map<OpenFile, FileStatus> known = new HashMap<>();
        boolean stackSeen = false;
        for (int i = vmas.size() - 1; i >= 0; i--) {
            Vma vma = vmas.get(i);
            // Only the mapping with the first stack pointer is called so.
            boolean stack = vma.name().equals("[stack]");
            String name = stack && stackSeen ? "" : vma.name();
            stackSeen |= stack;
            ranges[i] = range(vma, name, shared.get(i), known);
        }
        return List.of(ranges);
    }

    private static MappedRange range(
            Vma vma, String ownName, Area.SharedMemory shared, Map<OpenFile, FileStatus> known) {
        // A named file is a special mapping of ours; Linux' own ([vvar]) are private.
        boolean special = vma.file() != null && !ownName.isEmpty();
        String permissions = ((vma.protection() & Mman.PROT_READ) != 0 ? "r" : "-")
                + ((vma.protection() & Mman.PROT_WRITE) != 0 ? "w" : "-")
                + ((vma.protection() & Mman.PROT_EXEC) != 0 ? "x" : "-")
                + ((vma.flags() & Mman.MAP_SHARED) != 0 && !special ? "s" : "p");
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
        return new MappedRange(vma.start(), vma.end(), permissions, offset, device, inode, name);
    }

    /** The lines of {@code /proc/PID/maps}. */
    static String format(List<MappedRange> ranges) {
        StringBuilder text = new StringBuilder(ranges.size() * 100);
        for (MappedRange range : ranges) {
            int start = text.length();
            hex(text, range.start(), 8).append('-');
            hex(text, range.end(), 8).append(' ').append(range.permissions()).append(' ');
            hex(text, range.offset(), 8).append(' ');
            hex(text, FileStatus.major(range.device()), 2).append(':');
            hex(text, FileStatus.minor(range.device()), 2).append(' ');
            text.append(Long.toUnsignedString(range.inode())).append(' ');
            if (!range.name().isEmpty()) {
                while (text.length() - start < NAME_COLUMN) {
                    text.append(' ');
                }
                text.append(' ').append(range.name());
            }
            text.append('\n');
        }
        return text.toString();
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
}
