package org.nesteddune.internal.mm;

import static org.nesteddune.linux.Mman.*;

import org.nesteddune.linux.Errno;
import org.nesteddune.mm.MapRequest;

/**
 * Where a mapping goes: to its fixed address, to its hint, or into the highest gap below the stack's room. Guarded by the
 * lock of the address space.
 */
final class Placement {

    /** Least bytes of the mmap area's distance from the stack (MIN_GAP of arch/x86/mm/mmap.c). */
    private static final long LEAST_STACK_GAP = 128L << 20;

    // Where MAP_32BIT puts mappings (find_start_end of arch/x86/kernel/sys_x86_64.c).
    private static final long LOW_START = 0x4000_0000L;
    private static final long LOW_END = 0x8000_0000L;

    private static final int SPECIAL_PLACE = MAP_FIXED | MAP_FIXED_NOREPLACE;
    private final Mappings mappings;
    private final AreaTree tree;
    private final Window window;
    /** End of the area for mappings without an address of their own; above it is the stack's room. */
    private long mapTop;

    Placement(Mappings mappings) {
        this.mappings = mappings;
        this.tree = mappings.tree;
        this.window = mappings.window;
        keepFree(0);
    }

    /** Keeps room for a stack at the top of the main segment; bytes. */
    void keepFree(long room) {
        Window.Segment main = window.main();
        mapTop = main.end() - Math.min(Math.max(room, LEAST_STACK_GAP), (main.end() - main.start()) / 4);
        tree.forgetHint();
    }

    /** Takes over what another address space keeps free. */
    void copy(Placement other) {
        mapTop = Math.max(other.mapTop, window.main().start());
        tree.forgetHint();
    }

    long place(MapRequest request, long length) {
        int flags = request.flags();
        long address = request.address();
        if ((flags & SPECIAL_PLACE) != 0) {
            if (address < 0 || address > window.highest() - length) {
                return -Errno.ENOMEM;
            }
            if (!mappings.isAligned(address)) {
                return -Errno.EINVAL;
            }
            if (address < window.lowest()) {
                return -Errno.EPERM;
            }
            if ((flags & MAP_FIXED_NOREPLACE) != 0 && tree.intersects(address, address + length)) {
                return -Errno.EEXIST;
            }
            return window.ensure(address, address + length) ? address : -Errno.ENOMEM;
        }
        if ((flags & MAP_32BIT) != 0) {
            long low = window.ensure(LOW_START, LOW_END)
                    ? tree.findBottomUp(LOW_START, LOW_END, length, mappings.page, mappings.guard)
                    : -1;
            return low < 0 ? -Errno.ENOMEM : low;
        }
        long hint = address & -mappings.page;
        if (hint > 0) {
            hint = Math.max(hint, window.lowest());
            if (isVacant(hint, length) && window.ensure(hint, hint + length)) {
                return hint;
            }
        }
        boolean large = (flags & (MAP_ANONYMOUS | MAP_TYPE | MAP_STACK)) == (MAP_ANONYMOUS | MAP_PRIVATE)
                && length >= Window.LARGE_PAGE;
        return findGap(length, large ? Window.LARGE_PAGE : mappings.page);
    }

    /** Whether a hint can be followed: nothing there, and no stack right above it. */
    private boolean isVacant(long start, long length) {
        if (start > window.highest() - length) {
            return false;
        }
        int index = tree.indexFrom(start);
        if (index == tree.count()) {
            return true;
        }
        Area next = tree.get(index);
        return start + length <= next.start - (next.growsDown() ? mappings.guard : 0);
    }

    /** An address for a mapping of a length; or −ENOMEM. */
    long findGap(long length, long alignment) {
        Window.Segment main = window.main();
        long found = tree.findTopDown(main.start(), mapTop, length, alignment, mappings.guard);
        if (found < 0 && alignment > mappings.page) {
            found = tree.findTopDown(main.start(), mapTop, length, mappings.page, mappings.guard);
        }
        if (found < 0) {
            found = tree.findBottomUp(main.start(), main.end(), length, mappings.page, mappings.guard);
        }
        // Larger than what is left of the main segment: another one, if there is none with room yet.
        Window.Segment[] segments = window.segments();
        for (int i = 0; found < 0 && i < segments.length; i++) {
            if (segments[i].end() - segments[i].start() >= length) {
                found = tree.findBottomUp(
                        segments[i].start(), segments[i].end(), length, mappings.page, mappings.guard);
            }
        }
        if (found < 0) {
            found = window.addAnywhere(length);
        }
        return found < 0 ? -Errno.ENOMEM : found;
    }
}
