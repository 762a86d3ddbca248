package org.nesteddune.engine.software.internal;

import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.linux.Mman;

/**
 * Where a guest's pages lie in the host: an array with two words for each page of 4 KiB below 2^47, indexed by the guest's page
 * number. The host gives memory only to those parts of it that have been written, so it is as sparse as the guest.
 *
 * <pre>
 *   0 read    host − guest + 1, or 0 if the page may not be read
 *   8 write   host − guest + 1, or 0 if the page may not be written,
 *             or host − guest + 2 if code has been decoded from it, which a store must look after
 * </pre>
 *
 * <p>So an access is one load, one test of the lowest bit, and one addition. Words are written by one thread at a time (the address
 * space's lock) but for the change between the two marks of a writable page ({@link #setWatched}), which is by compare and set;
 * they are read by all.
 */
final class PageTable implements AutoCloseable {

    static final int PAGE_SHIFT = 12;
    static final int PAGE_SIZE = 1 << PAGE_SHIFT;

    /** From this address on nothing is the guest's. */
    static final int ADDRESS_BITS = 47;

    /** The page that holds {@link SoftwareArchitecture#commonPage} is the last that may be entered. */
    private static final long END = SoftwareArchitecture.COMMON_PAGE + PAGE_SIZE;

    private static final int ENTRY_SHIFT = 4;
    static final int WRITE = 8;

    static final int VALID = 1;
    static final int WATCHED = 2;
    private static final long MARKS = VALID | WATCHED;

    /** Ranges whose entries take more bytes than this are cleared by the host. */
    private static final long LARGE_RANGE = 1 << 16;

    private static final long SIZE = 1L << ADDRESS_BITS - PAGE_SHIFT + ENTRY_SHIFT;

    private final long base;
    private boolean closed;

    PageTable() {
        int flags = Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_NORESERVE;
        base = Linux.mmap(0, SIZE, Mman.PROT_READ | Mman.PROT_WRITE, flags, -1, 0);
        if (base < 0) {
            throw new EngineException("the host has no " + (SIZE >> 30) + " GiB of addresses for a page table (error " + -base
                    + "): raise the limit on virtual memory (ulimit -v, vm.overcommit_memory)");
        }
        // Huge pages would fill with 2 MiB what needs 4 KiB.
        Linux.madvise(base, SIZE, Mman.MADV_NOHUGEPAGE);
    }

    /** Host address of the table. */
    long base() {
        return base;
    }

    /** Host address of the entry of a guest address below 2^47. */
    long entry(long guest) {
        return base + (guest >>> PAGE_SHIFT << ENTRY_SHIFT);
    }

    private static void check(long guest, long length) {
        if (guest < 0 || length < 0 || guest + length < 0 || guest + length > END
                || ((guest | length) & PAGE_SIZE - 1) != 0) {
            throw new IllegalArgumentException(
                    "0x" + Long.toHexString(guest) + ", 0x" + Long.toHexString(length) + " is no range of guest pages");
        }
    }

    /** Enters pages. */
    void map(long guest, long host, long length, boolean read, boolean write) {
        check(guest, length);
        long delta = host - guest;
        long end = entry(guest + length);
        for (long entry = entry(guest); entry < end; entry += 1 << ENTRY_SHIFT) {
            Memory.putLong(entry, read ? delta + VALID : 0);
            Memory.putLong(entry + WRITE, write ? delta + VALID : 0);
        }
    }

    /**
     * Takes pages away.
     *
     * @return whether there may have been any
     */
    boolean unmap(long guest, long length) {
        check(guest, length);
        long start = entry(guest);
        long end = entry(guest + length);
        if (end - start >= LARGE_RANGE) {
            long first = start + PAGE_SIZE - 1 & -PAGE_SIZE;
            long last = end & -PAGE_SIZE;
            clear(start, first);
            clear(last, end);
            Linux.madvise(first, last - first, Mman.MADV_DONTNEED);
            return true;
        }
        return clear(start, end);
    }

    private static boolean clear(long start, long end) {
        long seen = 0;
        for (long word = start; word < end; word += 8) {
            long value = Memory.getLong(word);
            if (value != 0) {
                seen |= value;
                Memory.putLong(word, 0);
            }
        }
        return seen != 0;
    }

    /** Whether a page may be read; writable ones are. */
    boolean isReadable(long guest) {
        return guest >>> ADDRESS_BITS == 0 && (Memory.getLong(entry(guest)) & VALID) != 0;
    }

    boolean isWritable(long guest) {
        return guest >>> ADDRESS_BITS == 0 && (Memory.getLong(entry(guest) + WRITE) & MARKS) != 0;
    }

    /** Host address of a byte that {@link #isReadable}; 0 if it no longer is. */
    long readable(long guest) {
        long word = guest >>> ADDRESS_BITS == 0 ? Memory.getLong(entry(guest)) : 0;
        return (word & VALID) != 0 ? guest + word - VALID : 0;
    }

    /** Host address of a byte that may be written; 0 if it may not. */
    long writable(long guest) {
        long word = guest >>> ADDRESS_BITS == 0 ? Memory.getLong(entry(guest) + WRITE) : 0;
        return (word & MARKS) != 0 ? guest + (word & ~MARKS) : 0;
    }

    /** Whether the stores to a page are to be looked after. */
    boolean isWatched(long guest) {
        return (Memory.getLong(entry(guest) + WRITE) & WATCHED) != 0;
    }

    /** Makes stores to a page be noticed, or no longer. Does nothing for a page that is not writable. */
    void setWatched(long guest, boolean watched) {
        long address = entry(guest) + WRITE;
        while (true) {
            long word = Memory.getLongVolatile(address);
            if ((word & MARKS) == 0
                    || Memory.compareAndSetLong(address, word, word & ~MARKS | (watched ? WATCHED : VALID))) {
                return;
            }
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Linux.munmap(base, SIZE);
        }
    }
}
