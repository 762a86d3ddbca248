package org.nesteddune.internal.mm;

import static org.nesteddune.linux.Mman.*;

import org.nesteddune.engine.Access;
import org.nesteddune.engine.Machine;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.linux.Errno;
import org.nesteddune.mm.AddressSpaceOptions;
import org.nesteddune.mm.FaultOutcome;
import org.nesteddune.mm.MapRequest;

/**
 * The mappings of one address space and the calls that make, take away and protect them. Rules and error numbers are
 * those of Linux' mm/mmap.c, mm/vma.c and mm/mprotect.c.
 *
 * <p>A change goes: machine (pages leave), host, tree, machine (pages enter). If the host refuses, what was there is
 * entered again.
 *
 * <p>Guarded by the lock of the address space.
 */
final class Mappings implements AutoCloseable {

    /** Pages that stay free below an area that grows down (stack_guard_gap of mm/mmap.c). */
    private static final int GUARD_PAGES = 256;

    /** Least bytes of the mmap area's distance from the stack (MIN_GAP of arch/x86/mm/mmap.c). */
    private static final long LEAST_STACK_GAP = 128L << 20;

    /** What a stack grows by at least at a fault; an exit costs more than the pages. */
    private static final long STACK_STEP = 64L << 10;

    private static final long INITIAL_STACK = 128L << 10;

    /**
     * Bytes at the start of a new writable mapping behind which there is host memory before the guest touches it: a first
     * touch takes the guest about five times as long as one of such a page, bringing it in about as long as the latter.
     */
    private static final long PREFAULT = 64L << 10;

    /** The same for a step of the heap, all of which is used soon; malloc asks for 132 KiB. */
    private static final long PREFAULT_HEAP = 256L << 10;

    /** Room that should lie behind a program for its heap. */
    private static final long HEAP_ROOM = 64L << 30;

    // Where MAP_32BIT puts mappings (find_start_end of arch/x86/kernel/sys_x86_64.c).
    private static final long LOW_START = 0x4000_0000L;
    private static final long LOW_END = 0x8000_0000L;

    private static final int SPECIAL_PLACE = MAP_FIXED | MAP_FIXED_NOREPLACE;
    /** What MAP_SHARED_VALIDATE lets pass (LEGACY_MAP_MASK of linux/mman.h). */
    private static final int LEGACY_FLAGS = MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_DENYWRITE
            | MAP_EXECUTABLE | MAP_GROWSDOWN | MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK
            | MAP_HUGETLB | MAP_32BIT | MAP_ABOVE4G | MAP_HUGE_2MB | MAP_HUGE_1GB;

    private static final int ACCESS = PROT_READ | PROT_WRITE | PROT_EXEC;

    final AreaTree tree;
    final Window window;
    final PagePopulator pages;
    final MemoryAccount account;
    final long page;

    private final int maxMappings;
    private final long guard;
    private long mapTop;
    private long sharedObjects;
    private boolean closed;
    private long breakStart;
    private long breakEnd;
    /** MCL_FUTURE: attributes of new areas. */
    int futureLocks;

    // Lowest address to which the lowest stack may grow, and its start; empty if none can. Read without the lock.
    private volatile long growLow;
    private volatile long growHigh;

    // What is to be brought in once the lock is free: a host range and the advice.
    private long prefaultHost;
    private long prefaultLength;
    private int prefaultAdvice;

    Mappings(Machine machine, int pageSize, AddressSpaceOptions options) {
        page = pageSize;
        maxMappings = options.maxMappings();
        guard = GUARD_PAGES * page;
        account = new MemoryAccount(options);
        window = new Window(options);
        tree = new AreaTree(window);
        pages = new PagePopulator(machine, window, page);
        Window.Segment main = window.main();
        mapTop = main.end() - Math.min(LEAST_STACK_GAP, (main.end() - main.start()) / 4);
    }

    long up(long value) {
        return value + page - 1 & -page;
    }

    boolean isAligned(long value) {
        return (value & page - 1) == 0;
    }

    /** Whether a range of addresses is one that a guest could use. */
    boolean isUserRange(long start, long length) {
        return start >= 0 && length >= 0 && start <= window.highest() && length <= window.highest() - start;
    }

    // mmap

    long map(MapRequest request) {
        if (closed) {
            return -Errno.ENOMEM;
        }
        int flags = request.flags();
        int type = flags & MAP_TYPE;
        boolean anonymous = (flags & MAP_ANONYMOUS) != 0;
        if (request.length() == 0 || !isAligned(request.offset())) {
            return -Errno.EINVAL;
        }
        if (!anonymous && request.file() == null) {
            return -Errno.EBADF;
        }
        if ((flags & MAP_HUGETLB) != 0) {
            // As on a host whose pool of huge pages is empty.
            return anonymous ? -Errno.ENOMEM : -Errno.EINVAL;
        }
        long length = up(request.length());
        if (length <= 0 || length > window.highest()) {
            return -Errno.ENOMEM;
        }
        if (tree.count() >= maxMappings) {
            return -Errno.ENOMEM;
        }
        long start = place(request, length);
        if (start < 0) {
            return start;
        }
        if ((flags & MAP_LOCKED) != 0 && account.lockLimit() == 0) {
            return -Errno.EPERM;
        }
        if (((flags & MAP_LOCKED) != 0 || futureLocks != 0) && !account.mayLock(length)) {
            return -Errno.EAGAIN;
        }
        if (anonymous) {
            boolean growsDown = (flags & MAP_GROWSDOWN) != 0;
            if (type != MAP_PRIVATE && type != MAP_DROPPABLE && (type != MAP_SHARED || growsDown)) {
                return -Errno.EINVAL;
            }
            if (type == MAP_DROPPABLE && (growsDown || (flags & MAP_LOCKED) != 0)) {
                return -Errno.EINVAL;
            }
        } else if (request.file().hostDescriptor() < 0) {
            return -Errno.ENODEV;
        } else if (type == MAP_SHARED_VALIDATE && (flags & ~(LEGACY_FLAGS | MAP_SYNC)) != 0) {
            return -Errno.EOPNOTSUPP;
        } else if ((flags & MAP_GROWSDOWN) != 0) {
            return -Errno.EINVAL;
        }
        Area area = newArea(request, start, start + length);
        return mapAt(area, request);
    }

    private Area newArea(MapRequest request, long start, long end) {
        int flags = request.flags();
        int type = flags & MAP_TYPE;
        boolean anonymous = (flags & MAP_ANONYMOUS) != 0;
        int protection = request.protection() & ACCESS;
        int kept = flags & (MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_NORESERVE)
                | (type == MAP_SHARED || type == MAP_SHARED_VALIDATE ? MAP_SHARED : MAP_PRIVATE);
        int attributes = (flags & MAP_LOCKED) != 0 ? Area.LOCKED : futureLocks;
        boolean isPrivate = (kept & MAP_PRIVATE) != 0;
        if ((flags & MAP_NORESERVE) == 0
                && type != MAP_DROPPABLE
                && (isPrivate ? (protection & PROT_WRITE) != 0 : anonymous)) {
            attributes |= Area.ACCOUNTED;
        }
        if (type == MAP_DROPPABLE) {
            attributes |= Area.DROPPABLE | Area.WIPEONFORK | Area.DONTDUMP;
            kept |= MAP_NORESERVE;
        }
        if ((flags & MAP_STACK) != 0) {
            attributes |= Area.NOHUGEPAGE;
        }
        Area.SharedMemory shared =
                anonymous && !isPrivate ? new Area.SharedMemory(++sharedObjects, end - start) : null;
        long offset = anonymous ? 0 : request.offset();
        return new Area(
                start,
                end,
                protection,
                kept,
                anonymous ? null : request.file(),
                shared,
                offset,
                request.name(),
                attributes);
    }

    private long mapAt(Area wanted, MapRequest request) {
        long start = wanted.start;
        long end = wanted.end;
        long length = end - start;
        boolean replaces = tree.intersects(start, end);
        if (replaces && isSealed(start, end)) {
            return -Errno.EPERM;
        }
        long refusal = charge(wanted, start, end);
        if (refusal != 0) {
            return refusal;
        }
        if (replaces) {
            pages.leave(start, end);
        }
        long host = window.host(start, length);
        long result = hostMap(host, wanted, request);
        if (Errno.isError(result)) {
            if (replaces) {
                recover(host, start, end);
            } else {
                window.plug(host, length);
            }
            return result;
        }
        if (replaces) {
            forget(start, end);
        }
        Area area = wanted;
        if (mayBeLarge(wanted, start, end)) {
            area = advisedLarge(wanted, host);
        }
        add(area);
        pages.enter(tree.at(start), start, end);
        if (area.is(Area.LOCKED)) {
            hostLock(area);
        }
        prefaultNew(area, host, request.flags());
        return start;
    }

    private static long hostMap(long host, Area area, MapRequest request) {
        int flags = request.flags() & (MAP_TYPE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_SYNC | MAP_STACK) | MAP_FIXED;
        boolean anonymous = area.file == null;
        return Linux.mmap(
                host,
                area.length(),
                hostProtection(area.protection),
                flags,
                anonymous ? -1 : area.file.hostDescriptor(),
                anonymous ? 0 : area.offset);
    }

    /** As the processors have it: what can be written or executed can be read. */
    static int hostProtection(int protection) {
        return (protection & (PROT_WRITE | PROT_EXEC)) != 0 ? protection | PROT_READ : protection;
    }

    /** Whether limits let an area be mapped over a range that may have other areas in it. */
    private long charge(Area wanted, long start, long end) {
        long mapped = 0;
        long data = 0;
        long committed = 0;
        for (int i = tree.indexFrom(start); i < tree.count() && tree.get(i).start < end; i++) {
            Area old = tree.get(i);
            long part = Math.min(end, old.end) - Math.max(start, old.start);
            mapped += part;
            data += old.isData() ? part : 0;
            committed += old.is(Area.ACCOUNTED) ? part : 0;
        }
        long length = end - start;
        if (!account.mayMap(length - mapped, wanted.isData() ? length - data : 0)
                || !account.mayCommit(wanted.is(Area.ACCOUNTED) ? length - committed : 0)) {
            return -Errno.ENOMEM;
        }
        return 0;
    }

    /** Whether it is worth while to back a range with huge pages. */
    boolean mayBeLarge(Area area, long start, long end) {
        return area.isPrivateAnonymous()
                && !area.growsDown()
                && !area.is(Area.NOHUGEPAGE | Area.DROPPABLE)
                && (end & -Window.LARGE_PAGE) - (start + Window.LARGE_PAGE - 1 & -Window.LARGE_PAGE) > 0;
    }

    /** Asks the host for huge pages and gives the area as it is then. */
    static Area advisedLarge(Area area, long host) {
        return Linux.madvise(host, area.length(), MADV_HUGEPAGE) == 0
                ? area.withAttributes(area.attributes | Area.HOST_HUGE)
                : area;
    }

    private void prefaultNew(Area area, long host, int flags) {
        long length = area.length();
        boolean writable = (area.protection & PROT_WRITE) != 0;
        if (area.protection == PROT_NONE) {
            return;
        }
        if ((flags & MAP_POPULATE) != 0 && (flags & MAP_NONBLOCK) == 0 || area.is(Area.LOCKED)) {
            prefault(host, pages.backedEnd(area) - area.start, writable && !area.isShared());
        } else if (area.is(Area.HOST_HUGE) || area.growsDown() || area.is(Area.DROPPABLE)) {
            return;
        } else if (area.isPrivateAnonymous()) {
            if (writable && (area.flags & MAP_NORESERVE) == 0) {
                prefault(host, Math.min(length, PREFAULT), true);
            }
        } else if (area.file != null && !area.isShared()) {
            // A program's data, which the dynamic linker is about to write. What is only read comes many pages at a time.
            if (writable && length <= PREFAULT) {
                prefault(host, pages.backedEnd(area) - area.start, true);
            }
        }
    }

    private void prefault(long host, long length, boolean write) {
        prefaultHost = host;
        prefaultLength = length;
        prefaultAdvice = write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
    }

    /** Hands out what is to be prefaulted; the caller does it without the lock. */
    Prefault takePrefault() {
        if (prefaultLength <= 0) {
            return null;
        }
        Prefault work = new Prefault(prefaultHost, prefaultLength, prefaultAdvice);
        prefaultLength = 0;
        return work;
    }

    /** A host range to bring in. Best effort: if its mapping has changed meanwhile, the host refuses. */
    record Prefault(long host, long length, int advice) {
        void run() {
            Linux.madvise(host, length, advice);
        }
    }

    // Places

    private long place(MapRequest request, long length) {
        int flags = request.flags();
        long address = request.address();
        if ((flags & SPECIAL_PLACE) != 0) {
            if (address < 0 || address > window.highest() - length) {
                return -Errno.ENOMEM;
            }
            if (!isAligned(address)) {
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
                    ? tree.findBottomUp(LOW_START, LOW_END, length, page, guard)
                    : -1;
            return low < 0 ? -Errno.ENOMEM : low;
        }
        long hint = address & -page;
        if (hint > 0) {
            hint = Math.max(hint, window.lowest());
            if (isVacant(hint, length) && window.ensure(hint, hint + length)) {
                return hint;
            }
        }
        boolean large = (flags & (MAP_ANONYMOUS | MAP_TYPE | MAP_STACK)) == (MAP_ANONYMOUS | MAP_PRIVATE)
                && length >= Window.LARGE_PAGE;
        return findGap(length, large ? Window.LARGE_PAGE : page);
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
        return start + length <= next.start - (next.growsDown() ? guard : 0);
    }

    /** An address for a mapping of a length; or −ENOMEM. */
    long findGap(long length, long alignment) {
        Window.Segment main = window.main();
        long found = tree.findTopDown(main.start(), mapTop, length, alignment, guard);
        if (found < 0 && alignment > page) {
            found = tree.findTopDown(main.start(), mapTop, length, page, guard);
        }
        if (found < 0) {
            found = tree.findBottomUp(main.start(), main.end(), length, page, guard);
        }
        if (found < 0) {
            // Larger than the window: a segment of its own.
            long low = tree.findBottomUp(LOW_END, main.start(), length, Window.LARGE_PAGE, guard);
            found = low >= 0 && window.ensure(low, low + length) ? low : -1;
        }
        return found < 0 ? -Errno.ENOMEM : found;
    }

    // Bookkeeping

    /** Puts an area into a gap of the tree. */
    void add(Area area) {
        int index = tree.indexFrom(area.start);
        tree.splice(index, index, area);
        account.add(area);
        tree.join(area.start, area.end);
        if (area.growsDown()) {
            noteStacks();
        }
    }

    /** Replaces the areas of a range, which must begin and end it, by changed ones. */
    void replace(int from, int to, Area... areas) {
        for (int i = from; i < to; i++) {
            account.remove(tree.get(i));
        }
        tree.splice(from, to, areas);
        for (Area area : areas) {
            account.add(area);
        }
    }

    /** Takes a range out of the tree and the account. */
    void forget(long start, long end) {
        int from = tree.isolate(start, end);
        int to = from;
        boolean stacks = false;
        while (to < tree.count() && tree.get(to).start < end) {
            stacks |= tree.get(to).growsDown();
            to++;
        }
        replace(from, to);
        tree.freed(start, end);
        if (stacks || start < growHigh && end >= growLow) {
            noteStacks();
        }
    }

    /** After a host call failed that would have replaced a range. */
    void recover(long host, long start, long end) {
        if (window.plug(host, end - start)) {
            forget(start, end);
        } else {
            reenter(start, end);
        }
    }

    /** Enters again what of a range had to leave. */
    void reenter(long start, long end) {
        for (int i = tree.indexFrom(start); i < tree.count() && tree.get(i).start < end; i++) {
            Area area = tree.get(i);
            pages.enter(area, Math.max(start, area.start), Math.min(end, area.end));
        }
    }

    boolean isSealed(long start, long end) {
        for (int i = tree.indexFrom(start); i < tree.count() && tree.get(i).start < end; i++) {
            if (tree.get(i).is(Area.SEALED)) {
                return true;
            }
        }
        return false;
    }

    boolean hasRoomFor(int more) {
        return tree.count() + more <= maxMappings;
    }

    // munmap

    long unmap(long start, long length) {
        long size = up(length);
        if (!isAligned(start) || !isUserRange(start, length) || size == 0) {
            return -Errno.EINVAL;
        }
        return unmapRange(start, start + size);
    }

    /** Unmaps a range of whole pages; gaps in it do not matter. */
    long unmapRange(long start, long end) {
        int from = tree.indexFrom(start);
        if (from == tree.count() || tree.get(from).start >= end) {
            return 0;
        }
        if (isSealed(start, end)) {
            return -Errno.EPERM;
        }
        Area first = tree.get(from);
        if (first.start < start && first.end > end && !hasRoomFor(1)) {
            return -Errno.ENOMEM;
        }
        long low = Math.max(start, first.start);
        int after = tree.indexFrom(end - 1);
        boolean spans = after < tree.count() && tree.get(after).start < end;
        long high = spans ? end : tree.get(after - 1).end;
        pages.leave(low, high);
        long result = window.release(low, high);
        if (result != 0) {
            reenter(low, high);
            return result;
        }
        forget(low, high);
        return 0;
    }

    // mprotect

    long protect(long start, long length, int protection) {
        int grows = protection & (PROT_GROWSDOWN | PROT_GROWSUP);
        int wanted = protection & ~grows;
        if (grows == (PROT_GROWSDOWN | PROT_GROWSUP) || !isAligned(start)) {
            return -Errno.EINVAL;
        }
        if (length == 0) {
            return 0;
        }
        long size = up(length);
        long end = start + size;
        if (Long.compareUnsigned(end, start) <= 0) {
            return -Errno.ENOMEM;
        }
        if ((wanted & ~(ACCESS | PROT_SEM)) != 0) {
            return -Errno.EINVAL;
        }
        if (!isUserRange(start, size)) {
            return -Errno.ENOMEM;
        }
        int index = tree.indexFrom(start);
        if (index == tree.count() || tree.get(index).start >= end) {
            return -Errno.ENOMEM;
        }
        Area first = tree.get(index);
        if (grows == PROT_GROWSDOWN) {
            if (!first.growsDown()) {
                return -Errno.EINVAL;
            }
            start = first.start;
        } else if (first.start > start) {
            return -Errno.ENOMEM;
        } else if (grows == PROT_GROWSUP) {
            return -Errno.EINVAL;
        }
        return protectRange(start, end, wanted & ACCESS);
    }

    /** PROT_SEM of asm-generic/mman-common.h: accepted and without effect. */
    private static final int PROT_SEM = 0x8;

    private long protectRange(long start, long end, int protection) {
        long reached = start;
        while (reached < end) {
            int index = tree.indexFrom(reached);
            if (index == tree.count() || tree.get(index).start > reached) {
                return -Errno.ENOMEM;
            }
            Area area = tree.get(index);
            long to = Math.min(end, area.end);
            long result = protectPart(area, reached, to, protection);
            if (result != 0) {
                return result;
            }
            reached = to;
        }
        return 0;
    }

    /** Protects a part of one area. */
    private long protectPart(Area area, long from, long to, int protection) {
        if (area.is(Area.SEALED)) {
            return -Errno.EPERM;
        }
        if (area.protection == protection) {
            return 0;
        }
        int splits = (area.start < from ? 1 : 0) + (area.end > to ? 1 : 0);
        if (splits > 0 && !hasRoomFor(splits)) {
            return -Errno.ENOMEM;
        }
        boolean becomesWritable = (protection & PROT_WRITE) != 0;
        int attributes = area.attributes;
        if (becomesWritable && !area.isShared() && !area.is(Area.ACCOUNTED) && (area.flags & MAP_NORESERVE) == 0) {
            if (!account.mayCommit(to - from)) {
                return -Errno.ENOMEM;
            }
            attributes |= Area.ACCOUNTED;
        }
        if (becomesWritable
                && !area.isData()
                && !area.isShared()
                && !area.growsDown()
                && !account.mayMap(0, to - from)) {
            return -Errno.ENOMEM;
        }
        long host = window.host(from, to - from);
        if (area.protection != PROT_NONE) {
            pages.leave(from, to);
        }
        long result = Linux.mprotect(host, to - from, hostProtection(protection));
        if (result != 0) {
            pages.enter(area, from, to);
            return result;
        }
        Area changed = area.part(from, to).withProtection(protection, attributes);
        if (!changed.is(Area.HOST_HUGE) && becomesWritable && mayBeLarge(changed, from, to)) {
            changed = advisedLarge(changed, host);
        }
        int index = tree.isolate(from, to);
        replace(index, index + 1, changed);
        tree.join(from, to);
        pages.enter(tree.at(from), from, to);
        if (becomesWritable && area.protection == PROT_NONE && changed.isPrivateAnonymous()) {
            prefaultProtected(changed, host);
        }
        return 0;
    }

    /** Memory that was reserved without access and is to be used now: an arena's next piece, a thread's stack. */
    private void prefaultProtected(Area area, long host) {
        long length = area.length();
        if (length <= PREFAULT) {
            prefault(host, length, true);
        } else if (area.is(Area.NOHUGEPAGE)) {
            prefault(host + length - STACK_STEP / 2, STACK_STEP / 2, true);
        }
    }

    // brk

    void initialBreak(long address) {
        breakStart = address;
        breakEnd = address;
    }

    long setBreak(long address) {
        if (breakStart == 0 || address < breakStart || address > window.highest() - page) {
            return breakEnd;
        }
        if (address - breakStart > account.dataLimit()) {
            return breakEnd;
        }
        long from = up(breakEnd);
        long to = up(address);
        if (to < from) {
            if (unmapRange(to, from) != 0) {
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
            if (to + page > next.start - (next.growsDown() ? guard : 0)) {
                return false;
            }
        }
        long length = to - from;
        int attributes = futureLocks | Area.ACCOUNTED;
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
                || futureLocks != 0 && !account.mayLock(length)
                || !hasRoomFor(1)
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
        more = advisedLarge(more, host);
        add(more);
        // A large page that is full only now is entered as a whole.
        Area heap = tree.at(from);
        pages.enter(heap, Math.max(heap.start, from & -Window.LARGE_PAGE), to);
        if (futureLocks != 0) {
            hostLock(more);
        }
        if (length <= PREFAULT_HEAP) {
            prefault(host, length, true);
        }
        return true;
    }

    // Stacks

    /**
     * Maps a stack at the top of the window and keeps room below it.
     *
     * @return the address above the stack, or a negative error number
     */
    long mapStack(long size, int protection) {
        Window.Segment main = window.main();
        long top = main.end();
        long room = Math.max(up(size), 0) + 2 * guard;
        tree.forgetHint();
        mapTop = top - Math.min(Math.max(room, LEAST_STACK_GAP), (main.end() - main.start()) / 4);
        long length = Math.min(Math.max(up(size), page), Math.max(INITIAL_STACK, page));
        int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED;
        long start = map(new MapRequest(top - length, length, protection, flags, null, 0, "[stack]"));
        if (start < 0) {
            return start;
        }
        prefault(window.host(start, length) + length / 2, length / 2, true);
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
            floor = Math.max(floor, below.end + (gap ? guard : 0));
        }
        long limit = account.stackLimit();
        floor = Math.max(floor, limit >= stack.end ? 0 : stack.end - (limit & -page));
        long least = address & -page;
        if (least < floor || window.host(least, stack.start - least) < 0 || !window.isSeamless(stack.start)) {
            return false;
        }
        long step = Math.max(STACK_STEP, stack.length() / 4) & -page;
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
        if (Errno.isError(Linux.mmap(host, length, hostProtection(stack.protection), flags, -1, 0))) {
            window.plug(host, length);
            return false;
        }
        Area grown = stack.startingAt(start);
        replace(index, index + 1, grown);
        noteStacks();
        pages.enter(grown, start, stack.start);
        if ((grown.protection & PROT_WRITE) != 0) {
            prefault(host, length, true);
        }
        return true;
    }

    // Faults

    FaultOutcome fault(long address, Access access) {
        Area area = tree.at(address);
        if (area == null) {
            if (!growDown(address)) {
                return FaultOutcome.NOT_MAPPED;
            }
            area = tree.at(address);
        }
        if (area.is(Area.GUARD)) {
            return FaultOutcome.NOT_MAPPED;
        }
        int needed =
                switch (access) {
                    case READ -> ACCESS; // any right lets a page be read, as on most processors
                    case WRITE -> PROT_WRITE;
                    case EXECUTE -> PROT_EXEC;
                };
        if ((area.protection & needed) == 0) {
            return FaultOutcome.FORBIDDEN;
        }
        int asked = access == Access.READ ? PROT_READ : needed;
        if (address >= pages.backedEnd(area)) {
            return FaultOutcome.NO_BACKING;
        }
        if (!pages.isEntered(address, asked)) {
            pages.enterBlock(area, address);
        }
        return FaultOutcome.RESOLVED;
    }

    boolean revalidate() {
        boolean taken = false;
        for (int i = 0; i < tree.count(); i++) {
            taken |= pages.retreat(tree.get(i));
        }
        return taken;
    }

    boolean reserve(long start, long end) {
        return !closed && window.reserveWithRoom(start & -page, up(end), HEAP_ROOM);
    }

    /** Locks an area's pages in the host too. What the host's own limit forbids is left out. */
    void hostLock(Area area) {
        long host = window.host(area.start, area.length());
        Linux.call(SyscallNumbers.SYS_mlock2, host, area.length(), MLOCK_ONFAULT);
    }

    OpenFile[] takeGarbage() {
        return tree.takeGarbage();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        breakStart = 0;
        growHigh = 0;
        window.close();
        if (tree.count() > 0) {
            replace(0, tree.count());
        }
        pages.close();
    }
}
