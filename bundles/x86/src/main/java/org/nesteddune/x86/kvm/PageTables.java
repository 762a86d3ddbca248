package org.nesteddune.x86.kvm;

import java.util.HashMap;
import java.util.Map;
import org.nesteddune.engine.kvm.GuestPhysicalMemory;
import org.nesteddune.host.Memory;
import org.nesteddune.linux.Mman;

/**
 * The guest's four-level page tables (SDM volume 3, 4.5). They mirror the host's mappings: a page is present, writable
 * and executable here if and only if the guest has mapped it so.
 *
 * <p>KVM does not see that a process writes guest page tables, and goes on using what it has derived from them (shadow
 * tables, TLB entries) until something makes it look again. What keeps that safe:
 * <ul>
 *   <li>A right that is added is found by the fault that its lack causes: KVM or the processor looks into these tables
 *       before the guest is told, and if the guest is told all the same, {@link #isMapped} says that it was in vain.
 *   <li>A right that is taken away is taken away in the host's mapping too: each {@link #unmap} is followed by the
 *       host's {@code munmap} or {@code mprotect}, of which KVM is notified.
 *   <li>Only what the host's mapping does not show (an execute right that goes, for host memory need not be executable;
 *       or a page that comes to stand for another one) needs more: KVM is made to forget everything.
 *   <li>A 2 MiB page and the table that replaces it, or the other way round, say the same of every page that no call
 *       was about. Where both have been, the table is kept and kept true for as long as the large page is there, since
 *       a processor may remember the way to it. Tables live as long as the machine.
 * </ul>
 *
 * <p>Entries that are not present keep their other bits, so that it is known later what right there was. Accessed and
 * dirty bits are set beforehand, to save the processor the write.
 *
 * <p>Changes are made under the object's lock, while vCPUs run; {@link #isMapped} needs none. An entry is written as a
 * whole, so that a processor or KVM finds the old one or the new one.
 */
final class PageTables {

    static final long PRESENT = 1;
    static final long WRITABLE = 1 << 1;
    static final long USER = 1 << 2;
    static final long ACCESSED = 1 << 5;
    static final long DIRTY = 1 << 6;
    private static final long LARGE = 1 << 7;
    static final long NO_EXECUTE = 1L << 63;
    private static final long ADDRESS = 0x000ffffffffff000L;

    private static final int PAGE_SHIFT = 12;
    private static final int LARGE_SHIFT = 21;
    private static final long PAGE = 1L << PAGE_SHIFT;
    private static final long LARGE_PAGE = 1L << LARGE_SHIFT;
    private static final int ENTRIES = 512;

    private final GuestPhysicalMemory memory;
    private final long root;
    /** Tables that a 2 MiB entry has replaced, by the number of the 2 MiB. */
    private final Map<Long, Long> replaced = new HashMap<>();
    /** Entries of one table on their way; used under the lock. */
    private final long[] copy = new long[ENTRIES];
    /** Whether KVM may hold a right that is gone. */
    private boolean stale;
    private volatile int removals;

    PageTables(GuestPhysicalMemory memory) {
        this.memory = memory;
        memory.allocate(1); // Nothing lies at 0, so that an entry of a table is never 0.
        this.root = memory.allocate(1);
    }

    /** The guest-physical address of the root, for CR3. */
    long root() {
        return root;
    }

    /** Enters one page of the supervisor's. */
    synchronized void mapSystem(long virtual, long physical, long bits) {
        Memory.putLongVolatile(table(directoryEntry(virtual, true), virtual) + index(virtual, PAGE_SHIFT),
                physical | bits | PRESENT | ACCESSED | DIRTY);
    }

    synchronized void map(long guest, long host, long length, int protection, boolean large) {
        check(guest, length);
        if ((protection & (Mman.PROT_READ | Mman.PROT_WRITE | Mman.PROT_EXEC)) == 0) {
            unmap(guest, length);
            return;
        }
        memory.cover(host, length);
        long bits = PRESENT | USER | ACCESSED | DIRTY
                | ((protection & Mman.PROT_WRITE) != 0 ? WRITABLE : 0)
                | ((protection & Mman.PROT_EXEC) != 0 ? 0 : NO_EXECUTE);
        long delta = host - guest;
        long end = guest + length;
        for (long at = guest; at < end;) {
            long next = Math.min(end, (at | LARGE_PAGE - 1) + 1);
            long entry = directoryEntry(at, true);
            if (large && next - at == LARGE_PAGE && (delta & LARGE_PAGE - 1) == 0) {
                enterLarge(entry, at, memory.physical(at + delta), bits);
            } else if (!isPartOfSame(entry, at, memory.physical(at + delta), bits)) {
                enterPages(table(entry, at), at, next, delta, bits);
            }
            at = next;
        }
        flushIfStale();
    }

    private void enterLarge(long entry, long guest, long physical, long bits) {
        long old = Memory.getLong(entry);
        if ((old & (PRESENT | LARGE)) == PRESENT) {
            long table = memory.host(old & ADDRESS);
            for (int i = 0; i < ENTRIES; i++) {
                replace(table + 8L * i, physical + i * PAGE | bits);
            }
            replaced.put(guest >>> LARGE_SHIFT, old & ADDRESS);
            Memory.putLongVolatile(entry, physical | bits | LARGE);
        } else {
            replace(entry, physical | bits | LARGE);
        }
    }

    /** Whether a page lies in a 2 MiB page that already says the same of it. */
    private static boolean isPartOfSame(long entry, long guest, long physical, long bits) {
        return Memory.getLong(entry) == (physical - (guest & LARGE_PAGE - 1) | bits | LARGE);
    }

    /**
     * Enters pages of one table. The entries are changed in a copy and written back at once: a start of a program enters
     * thousands of pages, most of them before HotSpot has compiled a call to raw memory.
     */
    private void enterPages(long table, long from, long end, long delta, long bits) {
        long first = table + index(from, PAGE_SHIFT);
        int count = (int) (end - from >>> PAGE_SHIFT);
        Memory.copyFrom(first, copy, 0, count);
        long host = from + delta;
        long physical = 0;
        long contiguous = 0;
        for (int i = 0; i < count; i++, host += PAGE, physical += PAGE, contiguous -= PAGE) {
            if (contiguous <= 0) {
                physical = memory.physical(host);
                contiguous = memory.contiguous(host);
            }
            long old = copy[i];
            long fresh = physical | bits;
            if (old != 0 && old != fresh) {
                stale |= losesUnseen(old, fresh);
            }
            copy[i] = fresh;
        }
        Memory.copyTo(first, copy, 0, count);
    }

    /** Sets an entry, and finds out whether something went that the host's mappings do not know of. */
    private void replace(long entry, long fresh) {
        long old = Memory.getLong(entry);
        if (old != 0 && old != fresh) {
            stale |= losesUnseen(old, fresh);
        }
        Memory.putLongVolatile(entry, fresh);
    }

    private static boolean losesUnseen(long old, long fresh) {
        boolean executeGone = (old & NO_EXECUTE) == 0 && (fresh & NO_EXECUTE) != 0;
        boolean writeGone = (old & WRITABLE) != 0 && (fresh & WRITABLE) == 0;
        boolean hostKnows = (old & PRESENT) == 0 && ((old ^ fresh) & WRITABLE) != 0;
        boolean moved = ((old ^ fresh) & ADDRESS) != 0;
        return (executeGone || writeGone) && !hostKnows || moved;
    }

    synchronized void unmap(long guest, long length) {
        check(guest, length);
        long end = guest + length;
        for (long at = guest; at < end;) {
            long next = Math.min(end, (at | LARGE_PAGE - 1) + 1);
            long entry = directoryEntry(at, false);
            if (entry <= 0) {
                // The whole range of an upper level is absent: its size is in the negative result.
                long size = -entry;
                at = size > 0 && (at | size - 1) + 1 < end ? (at | size - 1) + 1 : end;
                continue;
            }
            long old = Memory.getLong(entry);
            if ((old & PRESENT) != 0) {
                if ((old & LARGE) != 0 && next - at == LARGE_PAGE) {
                    Memory.putLongVolatile(entry, old & ~PRESENT);
                    Long table = replaced.get(at >>> LARGE_SHIFT);
                    if (table != null) {
                        clearPages(memory.host(table), at, next);
                    }
                } else {
                    clearPages(table(entry, at), at, next);
                }
            }
            at = next;
        }
        removals++;
    }

    /**
     * Changes whenever pages have been taken away here, before they go in the host. KVM looks into these tables first and
     * then for the host's page; if both have gone in between it cannot tell what the guest did wrong.
     */
    int removals() {
        return removals;
    }

    private void clearPages(long table, long from, long end) {
        long first = table + index(from, PAGE_SHIFT);
        int count = (int) (end - from >>> PAGE_SHIFT);
        Memory.copyFrom(first, copy, 0, count);
        for (int i = 0; i < count; i++) {
            copy[i] &= ~PRESENT;
        }
        Memory.copyTo(first, copy, 0, count);
    }

    /** Takes away all that is the guest's, and gives its tables back. When this returns KVM knows nothing of it any more. */
    synchronized void clear() {
        long table = memory.host(root);
        for (long guest = 0; guest < SystemLayout.USER_END; guest += 1L << 39) {
            long entry = table + index(guest, 39);
            long value = Memory.getLong(entry);
            if (value != 0 && clearTable(value & ADDRESS, guest, 30)) {
                Memory.putLongVolatile(entry, 0);
            }
        }
        replaced.values().forEach(memory::free);
        replaced.clear();
        stale = false;
        removals++;
        memory.flush();
    }

    /**
     * Clears a table of the guest's, and frees it unless something of the supervisor's is in it.
     *
     * @param start where what it maps begins
     * @param shift of what one of its entries maps
     * @return whether it has been freed
     */
    private boolean clearTable(long physical, long start, int shift) {
        long table = memory.host(physical);
        boolean free = true;
        for (int i = 0; i < ENTRIES; i++) {
            long entry = table + 8L * i;
            long value = Memory.getLong(entry);
            if (value != 0) {
                long guest = start + ((long) i << shift);
                boolean cleared = guest < SystemLayout.USER_END
                        && (shift == LARGE_SHIFT || clearTable(value & ADDRESS, guest, shift - 9));
                if (cleared && shift == LARGE_SHIFT && (value & (PRESENT | LARGE)) == PRESENT) {
                    memory.free(value & ADDRESS);
                }
                if (cleared) {
                    Memory.putLongVolatile(entry, 0);
                }
                free &= cleared;
            }
        }
        if (free) {
            memory.free(physical);
        }
        return free;
    }

    private void flushIfStale() {
        if (stale) {
            stale = false;
            memory.flush();
        }
    }

    boolean isMapped(long guest, int protection) {
        long value = entry(guest);
        return (value & PRESENT) != 0
                && ((protection & Mman.PROT_WRITE) == 0 || (value & WRITABLE) != 0)
                && ((protection & Mman.PROT_EXEC) == 0 || (value & NO_EXECUTE) == 0);
    }

    /** The entry of the page or large page that an address is in; 0 if there is none. */
    private long entry(long guest) {
        if (guest < 0 || guest >= SystemLayout.USER_END) {
            return 0;
        }
        long entry = directoryEntry(guest, false);
        if (entry <= 0) {
            return 0;
        }
        long value = Memory.getLongVolatile(entry);
        if ((value & (PRESENT | LARGE)) == PRESENT) {
            value = Memory.getLongVolatile(memory.host(value & ADDRESS) + index(guest, PAGE_SHIFT));
        }
        return value;
    }

    /** The host address of a guest byte that is present, or 0. */
    synchronized long hostAddress(long guest) {
        long value = entry(guest);
        if ((value & PRESENT) == 0) {
            return 0;
        }
        long size = (value & LARGE) != 0 ? LARGE_PAGE : PAGE;
        return memory.memoryHost((value & ADDRESS & -size) + (guest & size - 1));
    }

    /**
     * The host address of the entry for the 2 MiB that an address is in.
     *
     * @param make whether to make the tables above it
     * @return the address; or, if a table is absent and not to be made, the negated bytes that its entry would span
     */
    private long directoryEntry(long guest, boolean make) {
        long table = memory.host(root);
        for (int shift = 39; shift > LARGE_SHIFT; shift -= 9) {
            long entry = table + index(guest, shift);
            long value = Memory.getLongVolatile(entry);
            if (value == 0) {
                if (!make) {
                    return -(1L << shift);
                }
                value = memory.allocate(1) | PRESENT | WRITABLE | USER | ACCESSED;
                Memory.putLongVolatile(entry, value);
            }
            table = memory.host(value & ADDRESS);
        }
        return table + index(guest, LARGE_SHIFT);
    }

    /** The host address of the table of pages behind an entry for 2 MiB, made from a large page if need be. */
    private long table(long entry, long guest) {
        long old = Memory.getLong(entry);
        if ((old & (PRESENT | LARGE)) == PRESENT) {
            return memory.host(old & ADDRESS);
        }
        Long kept = replaced.remove(guest >>> LARGE_SHIFT);
        long table = kept != null ? kept : memory.allocate(1);
        long host = memory.host(table);
        if (old != 0) {
            // A large page, at present or in former times: its pages begin with what it says.
            for (int i = 0; i < ENTRIES; i++) {
                Memory.putLongVolatile(host + 8L * i, (old & ~LARGE) + i * PAGE);
            }
        }
        Memory.putLongVolatile(entry, table | PRESENT | WRITABLE | USER | ACCESSED);
        return host;
    }

    private static long index(long address, int shift) {
        return (address >>> shift & ENTRIES - 1) * 8;
    }

    private static void check(long guest, long length) {
        if ((guest | length) % PAGE != 0 || guest < 0 || length < 0 || length > SystemLayout.USER_END - guest) {
            throw new IllegalArgumentException("0x" + Long.toHexString(guest) + " and 0x" + Long.toHexString(length)
                    + " bytes are no range of guest pages");
        }
    }
}
