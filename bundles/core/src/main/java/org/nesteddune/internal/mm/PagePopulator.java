package org.nesteddune.internal.mm;

import org.nesteddune.engine.Machine;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.Stat;

/**
 * Decides which pages of an area are entered into the machine, and when.
 *
 * <p>An exit for a page that was left out costs far more than entries that are never used, so ranges up to
 * {@value #EAGER} bytes are entered at once, and ranges that the host backs with huge pages up to {@value #EAGER_LARGE};
 * the rest comes in blocks when it is first touched. Never entered are inaccessible pages and those of a file mapping
 * behind the page that holds the file's end, where Linux raises SIGBUS.
 *
 * <p>Guarded by the lock of the address space.
 */
final class PagePopulator implements AutoCloseable {

    /** Bytes of 4 KiB pages that are entered when they are mapped; 32 KiB of page tables. */
    static final long EAGER = 16L << 20;

    /** The same where 2 MiB pages do. */
    static final long EAGER_LARGE = 64L << 20;

    /** What one fault enters: the aligned block around its address. */
    static final long BLOCK = 8L << 20;

    static final long BLOCK_LARGE = 64L << 20;

    // Offsets in struct statx (linux/stat.h).
    private static final int STATX_MODE = 28;
    private static final int STATX_SIZE = 40;
    private static final int STATX_LENGTH = 256;

    private final Machine machine;
    private final Window window;
    private final long page;
    /** An empty path and a struct statx. */
    private final NativeBuffer statx = new NativeBuffer(8 + STATX_LENGTH);

    private boolean inRow;
    private OpenFile rowFile;
    private long rowSize;

    PagePopulator(Machine machine, Window window, long page) {
        this.machine = machine;
        this.window = window;
        this.page = page;
    }

    /** Takes pages away from the machine; to be called before the host mapping changes. */
    void leave(long start, long end) {
        machine.unmap(start, end - start);
    }

    /** Enters an area that has just come into being, or changed. */
    void enter(Area area) {
        enter(area, area.start, area.end);
    }

    /** Enters part of an area. */
    void enter(Area area, long from, long to) {
        if (!isEnterable(area)) {
            return;
        }
        long end = Math.min(to, backedEnd(area));
        if (from >= end) {
            return;
        }
        boolean large = area.is(Area.HOST_HUGE);
        if (end - from <= (large ? EAGER_LARGE : EAGER)) {
            put(area, from, end, large);
        } else if (large) {
            // The ends that fill no large page would cost an exit each otherwise.
            put(area, from, Math.min(end, (from & -BLOCK_LARGE) + BLOCK_LARGE), true);
        }
    }

    /**
     * Enters the block around an address at which the guest had a fault.
     *
     * @return whether there is anything behind the address
     */
    boolean enterBlock(Area area, long address) {
        long backed = backedEnd(area);
        if (address >= backed) {
            return false;
        }
        boolean large = area.is(Area.HOST_HUGE);
        long block = large ? BLOCK_LARGE : BLOCK;
        long from = Math.max(area.start, address & -block);
        long to = Math.min(backed, (address & -block) + block);
        put(area, from, to, large);
        return true;
    }

    boolean isEnterable(Area area) {
        return area.protection != Mman.PROT_NONE && !area.is(Area.GUARD);
    }

    boolean isEntered(long address, int protection) {
        return machine.isMapped(address & -page, protection);
    }

    private void put(Area area, long from, long to, boolean large) {
        if (area.file != null) {
            area.entered = Math.max(area.entered, area.offset + (to - area.start));
        }
        machine.map(from, from + window.delta(from), to - from, area.protection, large);
        if ((area.protection & Mman.PROT_EXEC) != 0 && area.isShared()) {
            machine.changesElsewhere(from, to - from);
        }
    }

    /** End of the part of an area behind which there is something. */
    long backedEnd(Area area) {
        return backedEnd(area, page);
    }

    /** End of the part of an area behind which the host has something: earlier than {@link #backedEnd} if the guest's pages are larger. */
    long hostEnd(Area area) {
        return backedEnd(area, Linux.PAGE_SIZE);
    }

    private long backedEnd(Area area, long page) {
        long size;
        if (area.file != null) {
            size = fileSize(area);
        } else if (area.shared != null) {
            size = area.shared.size();
        } else {
            return area.end;
        }
        long pages = size + page - 1 & -page;
        if (pages < 0 || pages - area.offset >= area.length()) {
            return area.end;
        }
        return Math.max(area.start, area.start + (pages - area.offset));
    }

    /** From now on a file's length is asked for only once while its areas are dealt with one after the other. */
    void beginRow() {
        inRow = true;
    }

    /** Ends what {@link #beginRow} began. */
    void endRow() {
        inRow = false;
        rowFile = null;
    }

    /** Length of the file behind an area; no end for what is not a regular file. */
    private long fileSize(Area area) {
        if (!inRow) {
            return askFileSize(area);
        }
        if (rowFile != area.file) {
            rowFile = area.file;
            rowSize = askFileSize(area);
        }
        return rowSize;
    }

    private long askFileSize(Area area) {
        int descriptor = area.file.hostDescriptor();
        long address = statx.address();
        long result = descriptor < 0
                ? -1
                : Linux.statx(descriptor, address, Fcntl.AT_EMPTY_PATH, Stat.STATX_TYPE | Stat.STATX_SIZE, address + 8);
        if (result < 0 || !Stat.S_ISREG(Memory.getShort(address + 8 + STATX_MODE) & 0xffff)) {
            return Long.MAX_VALUE;
        }
        return Memory.getLong(address + 8 + STATX_SIZE);
    }

    /**
     * Takes from the machine what was entered of an area and lies behind the end of its file now.
     *
     * @return whether there was any
     */
    boolean retreat(Area area) {
        if (area.file == null) {
            return false;
        }
        long backed = backedEnd(area);
        long entered = Math.min(area.end, area.start + Math.max(0, area.entered - area.offset));
        if (entered <= backed) {
            return false;
        }
        leave(backed, entered);
        area.entered = area.offset + (backed - area.start);
        return true;
    }

    @Override
    public void close() {
        statx.close();
    }
}
