package org.nesteddune.mm;

import org.nesteddune.host.HostIdentity;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;

/**
 * Finds pages of mappings: those that are {@linkplain #resident in memory}, or those of private mappings that {@linkplain
 * #written have contents of their own}: memory that was written, and pages of files that were. Not found then are pages that
 * nobody has touched, that were only read, or that the file still has.
 *
 * <p>Asks {@code /proc/self/pagemap} of the host (Documentation/admin-guide/mm/pagemap.rst): by PAGEMAP_SCAN, which is of
 * Linux 6.7, and by its entries before that, which do not tell a page of zeros from another. Without it every page is
 * taken for one of them. For one thread at a time.
 */
public final class PageScan implements AutoCloseable {

    /** Takes what was found. */
    public interface Sink {
        /** A run of pages, by addresses of the process; runs come in ascending order, but may touch. */
        void found(long start, long end);
    }

    // linux/fs.h: struct pm_scan_arg, struct page_region, PAGE_IS_*.
    private static final int PAGEMAP_SCAN = 0xc0606610; // _IOWR('f', 16, struct pm_scan_arg)
    private static final int ARGUMENT_SIZE = 96;
    private static final int ARGUMENT_START = 16;
    private static final int ARGUMENT_END = 24;
    private static final int ARGUMENT_WALK_END = 32;
    private static final int ARGUMENT_VECTOR = 40;
    private static final int ARGUMENT_VECTOR_LENGTH = 48;
    private static final int ARGUMENT_INVERTED = 64;
    private static final int ARGUMENT_MASK = 72;
    private static final int ARGUMENT_ANY = 80;
    private static final int ARGUMENT_RETURN = 88;
    private static final int REGION_SIZE = 24;
    private static final int REGIONS = 512;
    private static final long PAGE_IS_FILE = 1 << 2;
    private static final long PAGE_IS_PRESENT = 1 << 3;
    private static final long PAGE_IS_SWAPPED = 1 << 4;
    private static final long PAGE_IS_PFNZERO = 1 << 5;

    // Bits of an entry of the page map.
    private static final long ENTRY_PRESENT_OR_SWAPPED = 3L << 62;
    private static final long ENTRY_FILE = 1L << 61;
    private static final int ENTRY = 8;
    private static final int ENTRIES = REGIONS * REGION_SIZE / ENTRY;

    /** The argument, then regions or entries. */
    private final NativeBuffer buffer = new NativeBuffer(ARGUMENT_SIZE + REGIONS * REGION_SIZE);

    private final int descriptor;
    private final boolean onlyWritten;
    private boolean canScan = true;

    /** Finds pages that were written. */
    public static PageScan written() {
        return new PageScan("self", true);
    }

    /** Finds pages that another process of the host has written. */
    public static PageScan writtenBy(int pid) {
        return new PageScan(Integer.toString(pid), true);
    }

    /** Finds pages in memory, but not the one of zeros that all share. */
    public static PageScan resident() {
        return new PageScan("self", false);
    }

    private PageScan(String process, boolean onlyWritten) {
        this.onlyWritten = onlyWritten;
        byte[] path = ("/proc/" + process + "/pagemap\0").getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        Memory.copyTo(buffer.address(), path, 0, path.length);
        descriptor = HostIdentity.asProcess(
                () -> (int) Linux.open(buffer.address(), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC, 0));
    }

    /** Looks through a range of addresses; what is not mapped in it has no written pages. */
    public void find(long start, long end, Sink sink) {
        long reached = start;
        if (descriptor >= 0) {
            while (reached < end && canScan) {
                reached = scan(reached, end, sink);
            }
            while (reached < end) {
                long next = readEntries(reached, end, sink);
                if (next == reached) {
                    break;
                }
                reached = next;
            }
        }
        if (reached < end) {
            sink.found(reached, end);
        }
    }

    /** Gives how far it came; nowhere if the host does not know the call. */
    private long scan(long start, long end, Sink sink) {
        long argument = buffer.address();
        long regions = argument + ARGUMENT_SIZE;
        Memory.fill(argument, ARGUMENT_SIZE, (byte) 0);
        Memory.putLong(argument, ARGUMENT_SIZE);
        Memory.putLong(argument + ARGUMENT_START, start);
        Memory.putLong(argument + ARGUMENT_END, end);
        Memory.putLong(argument + ARGUMENT_VECTOR, regions);
        Memory.putLong(argument + ARGUMENT_VECTOR_LENGTH, REGIONS);
        long none = onlyWritten ? PAGE_IS_FILE | PAGE_IS_PFNZERO : PAGE_IS_PFNZERO;
        Memory.putLong(argument + ARGUMENT_INVERTED, none);
        Memory.putLong(argument + ARGUMENT_MASK, none);
        Memory.putLong(argument + ARGUMENT_ANY, onlyWritten ? PAGE_IS_PRESENT | PAGE_IS_SWAPPED : PAGE_IS_PRESENT);
        Memory.putLong(argument + ARGUMENT_RETURN, PAGE_IS_FILE);
        long found = Linux.ioctl(descriptor, PAGEMAP_SCAN, argument);
        if (found == -Errno.EINTR) {
            return start;
        }
        long walked = Memory.getLong(argument + ARGUMENT_WALK_END);
        if (found < 0 || walked <= start) {
            canScan = false;
            return start;
        }
        for (int i = 0; i < found; i++) {
            long region = regions + (long) i * REGION_SIZE;
            sink.found(Memory.getLong(region), Memory.getLong(region + 8));
        }
        return walked;
    }

    private long readEntries(long start, long end, Sink sink) {
        long entries = buffer.address() + ARGUMENT_SIZE;
        long wanted = Math.min(ENTRIES, (end - start) / Linux.PAGE_SIZE);
        long got = Linux.pread(descriptor, entries, wanted * ENTRY, start / Linux.PAGE_SIZE * ENTRY);
        if (got < ENTRY) {
            return start;
        }
        long count = got / ENTRY;
        for (long i = 0; i < count; ) {
            long first = i;
            while (i < count && isWanted(Memory.getLong(entries + i * ENTRY))) {
                i++;
            }
            if (i > first) {
                sink.found(start + first * Linux.PAGE_SIZE, start + i * Linux.PAGE_SIZE);
            }
            i++;
        }
        return start + count * Linux.PAGE_SIZE;
    }

    private boolean isWanted(long entry) {
        return onlyWritten ? (entry & ENTRY_PRESENT_OR_SWAPPED) != 0 && (entry & ENTRY_FILE) == 0 : entry < 0;
    }

    @Override
    public void close() {
        buffer.close();
        if (descriptor >= 0) {
            Linux.close(descriptor);
        }
    }
}
