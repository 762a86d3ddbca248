package org.nesteddune.internal.mm;

import static org.nesteddune.linux.Mman.*;

import org.nesteddune.host.Linux;
import org.nesteddune.linux.Errno;
import org.nesteddune.mm.MapRequest;

/**
 * Mappings that grow down when what is below them is touched, by the rules of expand_downwards (mm/vma.c). Guarded by the
 * lock of the address space, but for {@link #mayGrowTo}.
 */
final class Stacks {

    /** What a stack grows by at least at a fault; an exit costs more than the pages. */
    private static final long STACK_STEP = 64L << 10;

    private static final long INITIAL_STACK = 128L << 10;

    private final Mappings mappings;
    private final AreaTree tree;
    private final Window window;
    private final PagePopulator pages;
    private final MemoryAccount account;

    // Lowest address to which the lowest stack may grow, and its start; empty if none can. Read without the lock.
    private volatile long growLow;
    private volatile long growHigh;

    Stacks(Mappings mappings) {
        this.mappings = mappings;
        this.tree = mappings.tree;
        this.window = mappings.window;
        this.pages = mappings.pages;
        this.account = mappings.account;
    }

    /** After areas that grow down, or the room below them, have changed. */
    void changed(long start, long end, boolean stack) {
        if (stack || start < growHigh && end >= growLow) {
            noteStacks();
        }
    }

    /** Nothing grows any more. */
    void close() {
        growHigh = 0;
    }

    /**
     * Maps a stack at the top of the window and keeps room below it.
     *
     * @return the address above the stack, or a negative error number
     */
    long mapStack(long size, int protection, Placement placement, Mapper mapper) {
        long top = window.main().end();
        placement.keepFree(Math.max(mappings.up(size), 0) + 2 * mappings.guard);
        long length = Math.min(Math.max(mappings.up(size), mappings.page), Math.max(INITIAL_STACK, mappings.page));
        int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED;
        long start = mapper.map(new MapRequest(top - length, length, protection, flags, null, 0, "[stack]"));
        if (start < 0) {
            return start;
        }
        mappings.prefault(window.host(start, length) + length / 2, length / 2, true);
        return top;
    }

    /** Finds out anew where a stack may grow to. */
    private void noteStacks() {
        long low = 0;
        long high = 0;
        for (int i = tree.count() - 1; i >= 0; i--) {
            Area area = tree.get(i);
            if (area.growsDown() && (i == 0 || tree.get(i - 1).end < area.start)) {
                long floor = i == 0 ? window.lowest() : tree.get(i - 1).end;
                // With several stacks the range between them is included: that costs a lookup, no more.
                low = low == 0 ? floor : Math.min(low, floor);
                high = Math.max(high, area.start);
            }
        }
        growHigh = 0;
        growLow = low;
        growHigh = high;
    }

    /** Whether an address may lie where a stack would grow to if it were touched. Needs no lock. */
    boolean mayGrowTo(long address) {
        return address < growHigh && address >= growLow;
    }

    /**
     * Lets the stack above an address grow down to it (expand_downwards of mm/vma.c).
     *
     * @return whether there is memory at the address now
     */
    boolean growDown(long address) {
        if (address < window.lowest() || address >= window.highest()) {
            return false;
        }
        int index = tree.indexFrom(address);
        if (index == tree.count()) {
            return false;
        }
        Area stack = tree.get(index);
        if (stack.start <= address) {
            return true;
        }
        if (!stack.growsDown()) {
            return false;
        }
        long floor = window.lowest();
        if (index > 0) {
            Area below = tree.get(index - 1);
            boolean gap = below.protection != PROT_NONE && !below.growsDown();
            floor = Math.max(floor, below.end + (gap ? mappings.guard : 0));
        }
        long limit = account.stackLimit();
        floor = Math.max(floor, limit >= stack.end ? 0 : stack.end - (limit & -mappings.page));
        long least = address & -mappings.page;
        if (least < floor || window.host(least, stack.start - least) < 0 || !window.isSeamless(stack.start)) {
            return false;
        }
        long step = Math.max(STACK_STEP, stack.length() / 4) & -mappings.page;
        long start = Math.max(floor, Math.min(least, stack.start - step));
        return grow(index, stack, start) || start < least && grow(index, stack, least);
    }

    private boolean grow(int index, Area stack, long start) {
        long length = stack.start - start;
        if (window.host(start, length) < 0
                || !account.mayMap(length, 0)
                || stack.is(Area.ACCOUNTED) && !account.mayCommit(length)
                || stack.is(Area.LOCKED) && !account.mayLock(length)) {
            return false;
        }
        long host = window.host(start, length);
        int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | stack.flags & MAP_NORESERVE;
        if (Errno.isError(Linux.mmap(host, length, Mappings.hostProtection(stack.protection), flags, -1, 0))) {
            window.plug(host, length);
            return false;
        }
        Area grown = stack.startingAt(start);
        mappings.replace(index, index + 1, grown);
        noteStacks();
        pages.enter(grown, start, stack.start);
        if ((grown.protection & PROT_WRITE) != 0) {
            mappings.prefault(host, length, true);
        }
        return true;
    }
}
