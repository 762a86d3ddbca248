package org.nesteddune.internal.mm;

import static org.nesteddune.linux.Mman.*;

import org.nesteddune.engine.Machine;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.linux.Errno;
import org.nesteddune.mm.MemoryLimits;
import org.nesteddune.mm.PageScan;
import org.nesteddune.syscall.ErrnoException;

/**
 * Makes the mappings of a child from those of its parent, by the rules of dup_mmap (mm/mmap.c) and copy_page_range
 * (mm/memory.c).
 *
 * <p>Both live in one host process, so the host's own copy-on-write between processes is of no use: what the parent has
 * written in private memory is copied, and nothing else. Files are mapped again, shared memory is mapped a second time.
 * What the pages of the two cost in host calls follows the number of areas; what is copied goes in few large calls.
 *
 * <p>Needs the lock of the parent's address space for reading; for writing, if {@link #survey} says so.
 */
final class Forker implements PageScan.Sink {

    /** Areas closer together than this are looked through by one call, which costs little for what is not there. */
    private static final long NEAR = 64L << 20;

    /**
     * From this size of a copy on, the host is asked first whether it has so much memory: to run out of it would cost the
     * whole process.
     */
    private static final long MUCH = 256L << 20;

    private final Mappings parent;
    private final Mappings child;
    private final PageCopier copier = new PageCopier();

    // The areas of the child, the parent's at the same index, and whether something is copied into it.
    private final Area[] areas;
    private final Area[] origins;
    private final boolean[] written;
    private int count;

    // While pages are looked for: the area that the last run was in, and its distance from the host addresses.
    private int scanned;
    private long scannedDelta;

    /** Reserves a window for the child. */
    Forker(Mappings parent, Machine machine, MemoryLimits limits) {
        this.parent = parent;
        int most = parent.tree.count();
        areas = new Area[most];
        origins = new Area[most];
        written = new boolean[most];
        child = new Mappings(parent, machine, limits, new Window(parent.window, parent.tree, parent.share));
    }

    /** The child's mappings, complete after {@link #copy}; the caller closes them if that fails. */
    Mappings child() {
        return child;
    }

    /** Takes back what has been made of the child; without the lock. */
    void abandon() {
        child.close();
        OpenFile[] files = child.takeGarbage();
        for (int i = 0; files != null && i < files.length; i++) {
            files[i].release();
        }
    }

    /**
     * Looks at what is there and what was written.
     *
     * @return whether {@link #copy} needs the lock for writing, because something that was written must be made readable
     *     meanwhile
     */
    boolean survey() {
        for (int i = 0; i < parent.tree.count(); i++) {
            Area area = parent.tree.get(i);
            if (!area.is(Area.DONTFORK)) {
                origins[count] = area;
                areas[count++] = area.forChild(childAttributes(area));
            }
        }
        try (PageScan pages = PageScan.written()) {
            for (int i = 0; i < count; ) {
                i = findWritten(pages, i);
            }
        }
        for (int i = 0; i < count; i++) {
            if (written[i] && areas[i].protection == PROT_NONE) {
                return true;
            }
        }
        return false;
    }

    /** Locks are not inherited, and what is wiped has no guard pages either. */
    private static int childAttributes(Area area) {
        int gone = Area.LOCKED | Area.LOCKED_ON_FAULT | (area.is(Area.WIPEONFORK) ? Area.GUARD : 0);
        return area.attributes & ~gone & ~Area.HOST_HUGE;
    }

    private static boolean mayHaveWritten(Area area) {
        return !area.isShared() && !area.is(Area.WIPEONFORK | Area.GUARD);
    }

    /** Looks through an area and those near it; the index of the first behind them. */
    private int findWritten(PageScan pages, int first) {
        if (!mayHaveWritten(origins[first])) {
            return first + 1;
        }
        long delta = parent.window.delta(origins[first].start);
        long end = origins[first].end;
        int behind = first + 1;
        for (int i = behind; i < count && origins[i].start - end < NEAR; i++) {
            if (parent.window.delta(origins[i].start) != delta) {
                break;
            }
            if (mayHaveWritten(origins[i])) {
                end = origins[i].end;
                behind = i + 1;
            }
        }
        scanned = first;
        scannedDelta = delta;
        pages.find(origins[first].start + delta, end + delta, this);
        return behind;
    }

    @Override
    public void found(long hostStart, long hostEnd) {
        long end = hostEnd - scannedDelta;
        for (long start = hostStart - scannedDelta; start < end; ) {
            while (origins[scanned].end <= start) {
                scanned++;
            }
            Area area = origins[scanned];
            start = Math.max(start, area.start);
            long reached = Math.min(end, area.end);
            if (start < reached && mayHaveWritten(area)) {
                written[scanned] = true;
                addRun(area, start, reached);
            }
            start = reached;
        }
    }

    /** Whole large pages of an area that the host backs with them are copied apart, into large pages. */
    private void addRun(Area area, long start, long end) {
        long delta = parent.window.delta(start);
        long target = child.window.delta(start);
        boolean file = area.file != null;
        long from = start + Window.LARGE_PAGE - 1 & -Window.LARGE_PAGE;
        long to = end & -Window.LARGE_PAGE;
        if (!area.is(Area.HOST_HUGE) || from >= to) {
            copier.add(start + delta, start + target, end - start, file, false);
            return;
        }
        if (start < from) {
            copier.add(start + delta, start + target, from - start, file, false);
        }
        copier.add(from + delta, from + target, to - from, file, true);
        if (to < end) {
            copier.add(to + delta, to + target, end - to, file, false);
        }
    }

    /**
     * Copies everything.
     *
     * @throws ErrnoException ENOMEM if there may be no more mappings, or the host refuses
     */
    void copy() {
        if (!child.hasRoomFor(count) || !child.account.mayCommit(committed()) || copier.bytes() > MUCH && copier.bytes() > HostMemory.available()) {
            throw new ErrnoException(Errno.ENOMEM);
        }
        for (int i = 0; i < count; ) {
            i = map(i);
        }
        setUnreadable(PROT_READ);
        try {
            check(copier.copySmall());
            for (int i = 0; i < count; i++) {
                advise(i);
            }
            check(copier.copyLarge());
        } finally {
            setUnreadable(PROT_NONE);
        }
        child.pages.beginRow();
        for (int i = 0; i < count; i++) {
            finish(i);
        }
        child.pages.endRow();
        child.account.settle();
    }

    private long committed() {
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            bytes += areas[i].is(Area.ACCOUNTED) ? areas[i].length() : 0;
        }
        return bytes;
    }

    private static void check(long result) {
        if (Errno.isError(result)) {
            throw new ErrnoException(Errno.ENOMEM);
        }
    }

    /** Lets the host read what was written and may not be read, or takes that back. */
    private void setUnreadable(int protection) {
        for (int i = 0; i < count; i++) {
            if (written[i] && origins[i].protection == PROT_NONE) {
                long host = parent.window.host(origins[i].start, origins[i].length());
                check(Linux.mprotect(host, origins[i].length(), protection));
            }
        }
    }

    /**
     * What the host may do with an area. Not execute: no guest code runs there as the host's, and what differs only in that
     * can be one mapping.
     */
    private int finalProtection(int index) {
        return Mappings.hostProtection(areas[index].protection) & ~PROT_EXEC;
    }

    /** Whether an area is writable in the host only until it has its contents. */
    private boolean isOpened(int index) {
        return written[index] && (areas[index].protection & PROT_WRITE) == 0;
    }

    private int firstProtection(int index) {
        return isOpened(index) ? PROT_READ | PROT_WRITE : finalProtection(index);
    }

    /** Whether the reservation of the window does for an area. */
    private boolean isReservation(int index) {
        Area area = areas[index];
        return area.protection == PROT_NONE && !written[index] && area.isPrivateAnonymous() && !area.is(Area.DROPPABLE);
    }

    /** Whether an area and the next one can be one mapping of the host at first. */
    private boolean isOneWithNext(int index) {
        Area area = areas[index];
        Area next = areas[index + 1];
        return area.end == next.start
                && area.flags == next.flags
                && !area.isShared()
                && ((area.attributes ^ next.attributes) & Area.DROPPABLE) == 0
                && area.file == next.file
                && (area.file == null || area.offset + area.length() == next.offset)
                && firstProtection(index) == firstProtection(index + 1)
                && child.window.isSeamless(next.start);
    }

    /** Maps an area, and those behind it that the host can map together with it; the index of the first behind them. */
    private int map(int first) {
        int behind = first + 1;
        if (isReservation(first)) {
            return behind;
        }
        while (behind < count && isOneWithNext(behind - 1) && !isReservation(behind)) {
            behind++;
        }
        Area area = areas[first];
        long length = areas[behind - 1].end - area.start;
        long host = child.window.host(area.start, length);
        if (host == -1) {
            throw new ErrnoException(Errno.ENOMEM);
        }
        if (area.isShared()) {
            mapShared(first, host);
            return behind;
        }
        int kind = area.is(Area.DROPPABLE) ? MAP_DROPPABLE : MAP_PRIVATE;
        int flags = kind | MAP_FIXED | area.flags & (MAP_ANONYMOUS | MAP_NORESERVE);
        int descriptor = area.file == null ? -1 : area.file.hostDescriptor();
        long offset = area.file == null ? 0 : area.offset;
        long result = Linux.mmap(host, length, firstProtection(first), flags, descriptor, offset);
        if (Errno.isError(result)) {
            child.window.plug(host, length);
            throw new ErrnoException(Errno.ENOMEM);
        }
        return behind;
    }

    /**
     * Maps a shared object a second time: with an old length of 0, mremap does that whatever the object is and whatever
     * its descriptor would permit by now.
     */
    private void mapShared(int index, long host) {
        Area area = areas[index];
        Area origin = origins[index];
        long length = area.length();
        long from = parent.window.host(origin.start, length);
        long result = Linux.mremap(from, 0, length, MREMAP_MAYMOVE | MREMAP_FIXED, host);
        if (result == -Errno.EAGAIN && origin.is(Area.LOCKED)) {
            // The copy would be locked at first, and the host's limit forbids that.
            Linux.call(SyscallNumbers.SYS_munlock, from, length);
            result = Linux.mremap(from, 0, length, MREMAP_MAYMOVE | MREMAP_FIXED, host);
            parent.hostLock(origin);
        }
        if (Errno.isError(result) && area.file != null) {
            child.window.plug(host, length);
            result = Linux.mmap(
                    host,
                    length,
                    finalProtection(index),
                    MAP_SHARED | MAP_FIXED,
                    area.file.hostDescriptor(),
                    area.offset);
        }
        if (Errno.isError(result)) {
            child.window.plug(host, length);
            throw new ErrnoException(Errno.ENOMEM);
        }
        if (origin.is(Area.LOCKED)) {
            Linux.call(SyscallNumbers.SYS_munlock, host, length);
        }
    }

    /** Says to the host what the parent's mapping was advised. */
    private void advise(int index) {
        Area area = areas[index];
        if (origins[index].is(Area.HOST_HUGE)) {
            areas[index] = Mappings.advisedLarge(area, child.window.host(area.start, area.length()));
        } else if (area.is(Area.NOHUGEPAGE) && area.length() >= Window.LARGE_PAGE) {
            advise(area, MADV_NOHUGEPAGE);
        }
        if (area.isShared()) {
            return; // mremap has taken it along
        }
        if (area.is(Area.RANDOM | Area.SEQUENTIAL)) {
            advise(area, area.is(Area.RANDOM) ? MADV_RANDOM : MADV_SEQUENTIAL);
        }
        if (area.is(Area.MERGEABLE)) {
            advise(area, MADV_MERGEABLE);
        }
    }

    private long advise(Area area, int advice) {
        return Linux.madvise(child.window.host(area.start, area.length()), area.length(), advice);
    }

    /** Gives an area its protection and enters it everywhere. */
    private void finish(int index) {
        Area area = areas[index];
        if (isOpened(index)) {
            long host = child.window.host(area.start, area.length());
            check(Linux.mprotect(host, area.length(), finalProtection(index)));
        }
        if (area.is(Area.GUARD)) {
            check(advise(area, MADV_GUARD_INSTALL));
        }
        child.tree.append(area);
        child.account.add(area);
        child.pages.enter(area);
        if (area.growsDown()) {
            child.stacks.changed(area.start, area.end, true);
        }
    }
}
