package org.nesteddune.internal.mm;

import static org.nesteddune.linux.Mman.*;

import java.util.concurrent.atomic.AtomicLong;
import org.nesteddune.host.Linux;
import org.nesteddune.linux.Errno;
import org.nesteddune.mm.MapRequest;

/**
 * {@code mmap}. Rules and error numbers are those of do_mmap and mmap_region (mm/mmap.c, mm/vma.c); what depends on the
 * file is left to the host's own mmap. Guarded by the lock of the address space.
 */
final class Mapper {

    /**
     * Bytes at the start of a new writable mapping behind which there is host memory before the guest touches it: a first
     * touch takes the guest about five times as long as one of such a page, bringing it in about as long as the latter.
     */
    static final long PREFAULT = 64L << 10;

    /** What MAP_SHARED_VALIDATE lets pass (LEGACY_MAP_MASK of linux/mman.h). */
    private static final int LEGACY_FLAGS = MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_DENYWRITE
            | MAP_EXECUTABLE | MAP_GROWSDOWN | MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK
            | MAP_HUGETLB | MAP_32BIT | MAP_ABOVE4G | MAP_HUGE_2MB | MAP_HUGE_1GB;

    private final Mappings mappings;
    private final AreaTree tree;
    private final Window window;
    private final PagePopulator pages;
    private final MemoryAccount account;
    private final Placement placement;
    /** Numbers of shared objects; one sequence for all address spaces that came from one by fork. */
    private final AtomicLong sharedObjects;

    Mapper(Mappings mappings, Placement placement, AtomicLong sharedObjects) {
        this.mappings = mappings;
        this.tree = mappings.tree;
        this.window = mappings.window;
        this.pages = mappings.pages;
        this.account = mappings.account;
        this.placement = placement;
        this.sharedObjects = sharedObjects;
    }

    AtomicLong sharedObjects() {
        return sharedObjects;
    }

    long map(MapRequest request) {
        if (mappings.isClosed()) {
            return -Errno.ENOMEM;
        }
        int flags = request.flags();
        int type = flags & MAP_TYPE;
        boolean anonymous = (flags & MAP_ANONYMOUS) != 0;
        if (request.length() == 0 || !mappings.isAligned(request.offset())) {
            return -Errno.EINVAL;
        }
        if (!anonymous && request.file() == null) {
            return -Errno.EBADF;
        }
        if ((flags & MAP_HUGETLB) != 0) {
            // As on a host whose pool of huge pages is empty.
            return anonymous ? -Errno.ENOMEM : -Errno.EINVAL;
        }
        long length = mappings.up(request.length());
        if (length <= 0 || length > window.highest()) {
            return -Errno.ENOMEM;
        }
        if (!mappings.hasRoomFor(1)) {
            return -Errno.ENOMEM;
        }
        long start = placement.place(request, length);
        if (start < 0) {
            return start;
        }
        if ((flags & MAP_LOCKED) != 0 && account.lockLimit() == 0) {
            return -Errno.EPERM;
        }
        if (((flags & MAP_LOCKED) != 0 || mappings.futureLocks != 0) && !account.mayLock(length)) {
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
        long result = mapAt(area, request);
        if (result == start && !anonymous && mappings.page > Linux.PAGE_SIZE) {
            fillLastPage(area, request);
        }
        return result;
    }

    /**
     * A guest's page of which a file fills the beginning reads as 0 behind it. Where guest's pages are larger than the host's, the host
     * does that for its own page only; the rest becomes memory of the guest's own.
     */
    private void fillLastPage(Area file, MapRequest request) {
        long from = pages.hostEnd(file);
        long to = pages.backedEnd(file);
        if (from > file.start && from < to) {
            int flags = MAP_PRIVATE | MAP_ANONYMOUS;
            MapRequest rest = new MapRequest(from, to - from, request.protection(), flags | MAP_FIXED, null, 0, "");
            mapAt(newArea(rest, from, to), rest);
        }
    }

    private Area newArea(MapRequest request, long start, long end) {
        int flags = request.flags();
        int type = flags & MAP_TYPE;
        boolean anonymous = (flags & MAP_ANONYMOUS) != 0;
        int protection = request.protection() & Mappings.ACCESS;
        int kept = flags & (MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_NORESERVE)
                | (type == MAP_SHARED || type == MAP_SHARED_VALIDATE ? MAP_SHARED : MAP_PRIVATE);
        int attributes = (flags & MAP_LOCKED) != 0 ? Area.LOCKED : mappings.futureLocks;
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
                anonymous && !isPrivate ? new Area.SharedMemory(sharedObjects.incrementAndGet(), end - start) : null;
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
        if (replaces && mappings.isSealed(start, end)) {
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
                mappings.recover(host, start, end);
            } else {
                window.plug(host, length);
            }
            return result;
        }
        if (replaces) {
            mappings.forget(start, end);
        }
        Area area = wanted;
        if (mappings.mayBeLarge(wanted, start, end)) {
            area = Mappings.advisedLarge(wanted, host);
        }
        mappings.add(area);
        pages.enter(tree.at(start), start, end);
        if (area.is(Area.LOCKED)) {
            mappings.hostLock(area);
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
                Mappings.hostProtection(area.protection),
                flags,
                anonymous ? -1 : area.file.hostDescriptor(),
                anonymous ? 0 : area.offset);
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

    private void prefaultNew(Area area, long host, int flags) {
        long length = area.length();
        boolean writable = (area.protection & PROT_WRITE) != 0;
        if (area.protection == PROT_NONE) {
            return;
        }
        if ((flags & MAP_POPULATE) != 0 && (flags & MAP_NONBLOCK) == 0 || area.is(Area.LOCKED)) {
            mappings.prefault(host, pages.backedEnd(area) - area.start, writable && !area.isShared());
        } else if (area.is(Area.HOST_HUGE) || area.growsDown() || area.is(Area.DROPPABLE)) {
            return;
        } else if (area.isPrivateAnonymous()) {
            if (writable && (area.flags & MAP_NORESERVE) == 0) {
                mappings.prefault(host, Math.min(length, PREFAULT), true);
            }
        } else if (area.file != null && !area.isShared()) {
            // A program's data, which the dynamic linker is about to write. What is only read comes many pages at a time.
            if (writable && length <= PREFAULT) {
                mappings.prefault(host, pages.backedEnd(area) - area.start, true);
            }
        }
    }
}
