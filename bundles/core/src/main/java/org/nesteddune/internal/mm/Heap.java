package org.nesteddune.internal.mm;

import static org.nesteddune.linux.Mman.*;

import org.nesteddune.host.Linux;
import org.nesteddune.linux.Errno;

/** {@code brk}, by the rules of mm/mmap.c. Guarded by the lock of the address space. */
final class Heap {

    /** Bytes of a step behind which there is host memory at once; malloc asks for 132 KiB and uses them soon. */
    private static final long PREFAULT = 256L << 10;

    private final Mappings mappings;
    private final AreaTree tree;
    private final Window window;
    private final PagePopulator pages;
    private final MemoryAccount account;
    private long breakStart;
    private long breakEnd;

    Heap(Mappings mappings) {
        this.mappings = mappings;
        this.tree = mappings.tree;
        this.window = mappings.window;
        this.pages = mappings.pages;
        this.account = mappings.account;
    }

    /** Takes over where the heap of another address space is. */
    void copy(Heap other) {
        breakStart = other.breakStart;
        breakEnd = other.breakEnd;
    }

    void initialBreak(long address) {
        breakStart = address;
        breakEnd = address;
    }

    /** The heap is mapped already from one address up to another. */
    void place(long start, long end) {
        breakStart = start;
        breakEnd = end;
    }

    long setBreak(long address) {
        if (mappings.isClosed() || breakStart == 0 || address < breakStart || address > window.highest() - mappings.page) {
            return breakEnd;
        }
        if (address - breakStart > account.dataLimit()) {
            return breakEnd;
        }
        long from = mappings.up(breakEnd);
        long to = mappings.up(address);
        if (to < from) {
            if (mappings.unmapRange(to, from) != 0) {
                return breakEnd;
            }
        } else if (to > from && !growHeap(from, to)) {
            return breakEnd;
        }
        return breakEnd = address;
    }

    private boolean growHeap(long from, long to) {
        int index = tree.indexFrom(from);
        if (index < tree.count()) {
            Area next = tree.get(index);
            if (to + mappings.page > next.start - (next.growsDown() ? mappings.guard : 0)) {
                return false;
            }
        }
        long length = to - from;
        int attributes = mappings.futureLocks | Area.ACCOUNTED;
        Area more = new Area(
                from,
                to,
                PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS,
                null,
                null,
                0,
                "[heap]",
                attributes);
        if (!account.mayMap(length, length)
                || !account.mayCommit(length)
                || mappings.futureLocks != 0 && !account.mayLock(length)
                || !mappings.hasRoomFor(1)
                || !window.ensure(from, to)) {
            return false;
        }
        long host = window.host(from, length);
        long result = Linux.mmap(
                host, length, more.protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        if (Errno.isError(result)) {
            window.plug(host, length);
            return false;
        }
        // All of the heap is advised alike, so that it stays one mapping in the host.
        more = Mappings.advisedLarge(more, host);
        mappings.add(more);
        // A large page that is full only now is entered as a whole.
        Area heap = tree.at(from);
        pages.enter(heap, Math.max(heap.start, from & -Window.LARGE_PAGE), to);
        if (mappings.futureLocks != 0) {
            mappings.hostLock(more);
        }
        if (length <= PREFAULT) {
            mappings.prefault(host, length, true);
        }
        return true;
    }
}
