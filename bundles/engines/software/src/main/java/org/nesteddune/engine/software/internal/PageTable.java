package org.nesteddune.engine.software.internal;

import java.util.TreeMap;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.linux.Mman;

/**
 * What a guest may do with its pages: a byte for each page of 4 KiB below 2^47, indexed by the guest's page number. The host gives
 * memory only to those parts of it that have been written, so it is as sparse as the guest.
 *
 * <p>Most of a guest lies in the host at one distance ({@link #delta}), so that the address of an access does not depend on what is
 * read here: the processor makes the access while it still checks. Such pages have {@link #READ} and {@link #WRITE}; all others take
 * the long way.
 *
 * <p>Bytes are written by one thread at a time (the address space's lock) but for the mark of watched pages ({@link #setWatched}), which
 * is by compare and set; they are read by all.
 */
final class PageTable implements AutoCloseable {

    static final int PAGE_SHIFT = 12;
    static final int PAGE_SIZE = 1 << PAGE_SHIFT;

    /** From this address on nothing is the guest's. */
    static final int ADDRESS_BITS = 47;

    /** The page may be read, at the common distance. */
    static final int READ = 1;
    /** The page may be written at the common distance, and nothing else is to be done. */
    static final int WRITE = 2;
    private static final int MAY_READ = 4;
    private static final int MAY_WRITE = 8;
    private static final int MAY_EXECUTE = 16;
    /** Code has been decoded from the page, which a store must look after. */
    private static final int WATCHED = 32;
    /** The page lies at the second distance, which a second part of a fork's window has. */
    private static final int SECOND = 64;
    /** The page lies at yet another distance. */
    private static final int FAR = 128;

    /** The page that holds {@link SoftwareArchitecture#commonPage} is the last that may be entered. */
    private static final long END = SoftwareArchitecture.COMMON_PAGE + PAGE_SIZE;

    /** Ranges whose entries take more bytes than this are cleared by the host. */
    private static final long LARGE_RANGE = 1 << 15;

    private static final long EACH_BYTE = 0x0101_0101_0101_0101L;

    private static final long SIZE = 1L << ADDRESS_BITS - PAGE_SHIFT;

    private final long base;
    private long delta;
    private boolean known;
    private long second;
    private boolean secondKnown;
    /** Distances of the pages that are {@link #FAR}, by the first address that has it; guarded by itself. */
    private final TreeMap<Long, Long> far = new TreeMap<>();
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

    /** Host address less guest address of the pages that are {@link #READ} or {@link #WRITE}; constant once there is one. */
    long delta() {
        return delta;
    }

    private long entry(long guest) {
        return base + (guest >>> PAGE_SHIFT);
    }

    private int flags(long guest) {
        return guest >>> ADDRESS_BITS == 0 ? Memory.getByte(entry(guest)) & 0xff : 0;
    }

    private static void check(long guest, long length) {
        if (guest < 0 || length < 0 || guest + length < 0 || guest + length > END
                || ((guest | length) & PAGE_SIZE - 1) != 0) {
            throw new IllegalArgumentException(
                    "0x" + Long.toHexString(guest) + ", 0x" + Long.toHexString(length) + " is no range of guest pages");
        }
    }

    /**
     * Enters pages.
     *
     * @param protection {@code PROT_*} bits; what may be written may be read
     */
    void map(long guest, long host, long length, int protection) {
        if (!known) {
            known = true;
            delta = host - guest;
        }
        enter(guest, host, length, protection, false);
    }

    /** Enters pages of the engine's own, which say nothing about where the others lie. */
    void mapOwn(long guest, long host, long length, int protection) {
        enter(guest, host, length, protection, true);
    }

    private void enter(long guest, long host, long length, int protection, boolean own) {
        check(guest, length);
        boolean write = (protection & Mman.PROT_WRITE) != 0;
        int flags = write ? MAY_READ | MAY_WRITE | READ | WRITE
                : (protection & Mman.PROT_READ) != 0 ? MAY_READ | READ : 0;
        if ((protection & Mman.PROT_EXEC) != 0) {
            flags |= MAY_EXECUTE;
        }
        if (own || host - guest != delta) {
            flags &= ~(READ | WRITE);
            if (!own && !secondKnown) {
                secondKnown = true;
                second = host - guest;
            }
            flags |= !own && host - guest == second ? SECOND : FAR;
        }
        if ((flags & FAR) != 0) {
            synchronized (far) {
                for (long page = guest; page < guest + length; page += PAGE_SIZE) {
                    far.put(page, host - guest);
                }
            }
        }
        Memory.fullFence();
        Memory.fill(entry(guest), length >>> PAGE_SHIFT, (byte) flags);
    }

    /**
     * Takes pages away.
     *
     * @return whether there may have been any
     */
    boolean unmap(long guest, long length) {
        check(guest, length);
        synchronized (far) {
            if (!far.isEmpty()) {
                far.subMap(guest, guest + length).clear();
            }
        }
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
        boolean seen = false;
        long at = start;
        while (at < end) {
            if ((at & 7) == 0 && end - at >= 8) {
                if (Memory.getLong(at) != 0) {
                    seen = true;
                    Memory.putLong(at, 0);
                }
                at += 8;
            } else {
                if (Memory.getByte(at) != 0) {
                    seen = true;
                    Memory.putByte(at, (byte) 0);
                }
                at++;
            }
        }
        return seen;
    }

    /** Whether a page may be read; writable ones are. */
    boolean isReadable(long guest) {
        return (flags(guest) & MAY_READ) != 0;
    }

    boolean isWritable(long guest) {
        return (flags(guest) & MAY_WRITE) != 0;
    }

    boolean isExecutable(long guest) {
        return (flags(guest) & (MAY_READ | MAY_EXECUTE)) == (MAY_READ | MAY_EXECUTE);
    }

    /** Host address of a byte that {@link #isReadable}; 0 if it no longer is. */
    long readable(long guest) {
        return host(guest, MAY_READ);
    }

    /** Host address of a byte that may be written; 0 if it may not. */
    long writable(long guest) {
        return host(guest, MAY_WRITE);
    }

    private long host(long guest, int right) {
        int flags = flags(guest);
        if ((flags & right) == 0) {
            return 0;
        }
        if ((flags & (SECOND | FAR)) == 0) {
            return guest + delta;
        }
        if ((flags & SECOND) != 0) {
            return guest + second;
        }
        synchronized (far) {
            Long distance = far.get(guest & -PAGE_SIZE);
            return distance == null ? 0 : guest + distance;
        }
    }

    /**
     * Where the pages begin that all have a right, up to an address whose page has it.
     *
     * @param right {@link #READ} or {@link #WRITE}
     * @param reach bytes that are looked at, about
     * @return −1 if the address's page does not have it
     */
    long first(long address, int right, long reach) {
        if ((flags(address) & right) == 0) {
            return -1;
        }
        long at = entry(address);
        long least = Math.max(base, at - (reach >>> PAGE_SHIFT));
        long all = right * EACH_BYTE;
        while (at > least) {
            if ((at & 7) == 0 && at - least >= 8 && (Memory.getLong(at - 8) & all) == all) {
                at -= 8;
            } else if ((Memory.getByte(at - 1) & right) != 0) {
                at--;
            } else {
                break;
            }
        }
        return at - base << PAGE_SHIFT;
    }

    /** Where the pages end that {@link #first} tells the beginning of. */
    long end(long address, int right, long reach) {
        long at = entry(address);
        long most = Math.min(base + SIZE, at + (reach >>> PAGE_SHIFT));
        long all = right * EACH_BYTE;
        while (at < most) {
            if ((at & 7) == 0 && most - at >= 8 && (Memory.getLong(at) & all) == all) {
                at += 8;
            } else if ((Memory.getByte(at) & right) != 0) {
                at++;
            } else {
                break;
            }
        }
        return at - base << PAGE_SHIFT;
    }

    /** Whether the stores to a page are to be looked after. */
    boolean isWatched(long guest) {
        return (flags(guest) & WATCHED) != 0;
    }

    /**
     * Makes stores to a page be noticed, or no longer. Does nothing for a page that is not writable.
     *
     * @return whether the page may have been written directly before
     */
    boolean setWatched(long guest, boolean watched) {
        long address = entry(guest) & -4;
        int shift = (int) (entry(guest) & 3) * 8;
        while (true) {
            int word = Memory.getIntVolatile(address);
            int flags = word >>> shift & 0xff;
            if ((flags & MAY_WRITE) == 0) {
                return false;
            }
            int direct = (flags & (SECOND | FAR)) == 0 ? WRITE : 0;
            int changed = watched ? flags & ~WRITE | WATCHED : flags & ~WATCHED | direct;
            if (Memory.compareAndSetInt(address, word, word & ~(0xff << shift) | changed << shift)) {
                return (flags & WRITE) != 0;
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
