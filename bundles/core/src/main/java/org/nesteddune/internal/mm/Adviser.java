package org.nesteddune.internal.mm;

import static org.nesteddune.linux.Mman.*;

import java.util.List;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.linux.Errno;

/**
 * The calls that change no address: {@code madvise}, {@code msync}, {@code mincore}, {@code mlock}, {@code mseal}. Rules
 * and error numbers are those of mm/madvise.c, mm/msync.c, mm/mincore.c, mm/mlock.c and mm/mseal.c.
 *
 * <p>Guarded by the lock of the address space.
 */
final class Adviser {

    private final Mappings mappings;
    private final AreaTree tree;

    Adviser(Mappings mappings) {
        this.mappings = mappings;
        this.tree = mappings.tree;
    }

    // madvise

    long advise(long start, long length, int advice) {
        if (!isKnown(advice) || !mappings.isAligned(start)) {
            return -Errno.EINVAL;
        }
        long size = mappings.up(length);
        long end = start + size;
        if (length != 0 && size == 0 || Long.compareUnsigned(end, start) < 0) {
            return -Errno.EINVAL;
        }
        if (advice == MADV_HWPOISON || advice == MADV_SOFT_OFFLINE) {
            return -Errno.EPERM;
        }
        if (size == 0) {
            return 0;
        }
        if (!mappings.isUserRange(start, size)) {
            // Nothing is mapped up there, but part of the range may be the guest's.
            if (start < 0 || start >= mappings.window.highest()) {
                return -Errno.ENOMEM;
            }
            end = mappings.window.highest();
        }
        boolean populates = advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE;
        boolean gaps = false;
        long reached = start;
        while (reached < end) {
            int index = tree.indexFrom(reached);
            if (index == tree.count() || tree.get(index).start >= end) {
                return -Errno.ENOMEM;
            }
            Area area = tree.get(index);
            if (area.start > reached) {
                if (populates) {
                    return -Errno.ENOMEM;
                }
                gaps = true;
                reached = area.start;
            }
            long to = Math.min(end, area.end);
            long result = advisePart(area, reached, to, advice);
            if (result != 0) {
                return result;
            }
            reached = to;
        }
        return gaps || end - start < size ? -Errno.ENOMEM : 0;
    }

    private static boolean isKnown(int advice) {
        return advice >= MADV_NORMAL && advice <= MADV_DONTNEED
                || advice >= MADV_FREE && advice <= MADV_COLLAPSE
                || advice >= MADV_HWPOISON && advice <= MADV_GUARD_REMOVE;
    }

    private long advisePart(Area area, long from, long to, int advice) {
        int attributes = area.attributes;
        switch (advice) {
            case MADV_NORMAL:
                return change(area, from, to, attributes & ~(Area.RANDOM | Area.SEQUENTIAL), advice);
            case MADV_RANDOM:
                return change(area, from, to, attributes & ~Area.SEQUENTIAL | Area.RANDOM, advice);
            case MADV_SEQUENTIAL:
                return change(area, from, to, attributes & ~Area.RANDOM | Area.SEQUENTIAL, advice);
            case MADV_DONTFORK:
                return mark(area, from, to, attributes | Area.DONTFORK);
            case MADV_DOFORK:
                return mark(area, from, to, attributes & ~Area.DONTFORK);
            case MADV_DONTDUMP:
                return mark(area, from, to, attributes | Area.DONTDUMP);
            case MADV_DODUMP:
                return area.is(Area.DROPPABLE)
                        ? -Errno.EINVAL
                        : mark(area, from, to, attributes & ~Area.DONTDUMP);
            case MADV_WIPEONFORK:
                return area.isPrivateAnonymous()
                        ? mark(area, from, to, attributes | Area.WIPEONFORK)
                        : -Errno.EINVAL;
            case MADV_KEEPONFORK:
                return area.is(Area.DROPPABLE)
                        ? -Errno.EINVAL
                        : mark(area, from, to, attributes & ~Area.WIPEONFORK);
            case MADV_HUGEPAGE:
                return hugePages(area, from, to, attributes & ~Area.NOHUGEPAGE | Area.HUGEPAGE, advice);
            case MADV_NOHUGEPAGE:
                return hugePages(
                        area, from, to, attributes & ~(Area.HUGEPAGE | Area.HOST_HUGE) | Area.NOHUGEPAGE, advice);
            case MADV_MERGEABLE:
                return change(area, from, to, attributes | Area.MERGEABLE, advice);
            case MADV_UNMERGEABLE:
                return change(area, from, to, attributes & ~Area.MERGEABLE, advice);
            case MADV_GUARD_INSTALL:
                return guard(area, from, to, attributes | Area.GUARD, advice);
            case MADV_GUARD_REMOVE:
                return guard(area, from, to, attributes & ~Area.GUARD, advice);
            case MADV_DONTNEED, MADV_FREE, MADV_REMOVE, MADV_DONTNEED_LOCKED:
                return discard(area, from, to, advice);
            case MADV_COLD, MADV_PAGEOUT:
                return area.is(Area.LOCKED) ? -Errno.EINVAL : host(from, to, advice);
            default:
                return host(from, to, advice);
        }
    }

    private long host(long from, long to, int advice) {
        return Linux.madvise(mappings.window.host(from, to - from), to - from, advice);
    }

    private long discard(Area area, long from, long to, int advice) {
        if (area.is(Area.LOCKED) && advice != MADV_DONTNEED_LOCKED) {
            return -Errno.EINVAL;
        }
        boolean writable = (area.protection & PROT_WRITE) != 0;
        if (area.is(Area.SEALED) && !area.isShared() && !writable) {
            return -Errno.EPERM;
        }
        return host(from, to, advice);
    }

    /** Passes advice on and keeps what it says about the area. */
    private long change(Area area, long from, long to, int attributes, int advice) {
        if (area.attributes == attributes) {
            return 0;
        }
        if (!roomToSplit(area, from, to)) {
            return -Errno.ENOMEM;
        }
        long result = host(from, to, advice);
        return result != 0 ? result : mark(area, from, to, attributes);
    }

    /** Keeps advice that is not the host's business: what becomes of the memory at a fork or in a core file. */
    private long mark(Area area, long from, long to, int attributes) {
        if (area.attributes == attributes) {
            return 0;
        }
        if (!roomToSplit(area, from, to)) {
            return -Errno.ENOMEM;
        }
        int index = tree.isolate(from, to);
        mappings.replace(index, index + 1, area.part(from, to).withAttributes(attributes));
        tree.join(from, to);
        return 0;
    }

    private boolean roomToSplit(Area area, long from, long to) {
        int splits = (area.start < from ? 1 : 0) + (area.end > to ? 1 : 0);
        return mappings.hasRoomFor(splits);
    }

    private long hugePages(Area area, long from, long to, int attributes, int advice) {
        if (area.attributes == attributes) {
            return 0;
        }
        if (!roomToSplit(area, from, to)) {
            return -Errno.ENOMEM;
        }
        long result = host(from, to, advice);
        if (result != 0) {
            return result;
        }
        boolean large = advice == MADV_HUGEPAGE && area.isPrivateAnonymous() && !area.growsDown();
        mark(area, from, to, large ? attributes | Area.HOST_HUGE : attributes);
        if (large && !area.is(Area.HOST_HUGE)) {
            mappings.pages.enter(tree.at(from), from, to);
        }
        return 0;
    }

    private long guard(Area area, long from, long to, int attributes, int advice) {
        if (area.attributes == attributes) {
            return area.is(Area.LOCKED) ? -Errno.EINVAL : 0;
        }
        if (area.is(Area.LOCKED)) {
            return -Errno.EINVAL;
        }
        if (!roomToSplit(area, from, to)) {
            return -Errno.ENOMEM;
        }
        boolean install = advice == MADV_GUARD_INSTALL;
        if (install) {
            mappings.pages.leave(from, to);
        }
        long result = host(from, to, advice);
        if (result == 0) {
            mark(area, from, to, attributes);
        }
        mappings.reenter(from, to);
        return result;
    }

    // msync

    /** Checks the arguments and collects the host ranges that are to be written; the result of the call if all works. */
    long rangesToSync(long start, long length, int flags, List<long[]> ranges) {
        if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) != 0
                || !mappings.isAligned(start)
                || (flags & MS_ASYNC) != 0 && (flags & MS_SYNC) != 0) {
            return -Errno.EINVAL;
        }
        long size = mappings.up(length);
        if (Long.compareUnsigned(start + size, start) < 0 || length != 0 && size == 0) {
            return -Errno.ENOMEM;
        }
        if (size == 0) {
            return 0;
        }
        if (!mappings.isUserRange(start, size)) {
            return -Errno.ENOMEM;
        }
        long end = start + size;
        boolean gaps = false;
        long reached = start;
        for (int i = tree.indexFrom(start); reached < end; i++) {
            if (i == tree.count() || tree.get(i).start >= end) {
                return -Errno.ENOMEM;
            }
            Area area = tree.get(i);
            gaps |= area.start > reached;
            long from = Math.max(reached, area.start);
            long to = Math.min(end, area.end);
            if ((flags & MS_INVALIDATE) != 0 && area.is(Area.LOCKED)) {
                return -Errno.EBUSY;
            }
            if ((flags & MS_SYNC) != 0 && area.file != null && area.isShared()) {
                ranges.add(new long[] {mappings.window.host(from, to - from), to - from});
            }
            reached = to;
        }
        return gaps ? -Errno.ENOMEM : 0;
    }

    // mincore

    /** One byte a page of the guest: 1 if all of it is resident. */
    long residency(long start, int count, byte[] vector) {
        long end = start + count * mappings.page;
        if (!tree.covers(start, end)) {
            return -Errno.ENOMEM;
        }
        int small = (int) (mappings.page / Linux.PAGE_SIZE);
        try (NativeBuffer buffer = new NativeBuffer(count * small)) {
            for (int i = tree.indexFrom(start); i < tree.count() && tree.get(i).start < end; i++) {
                long from = Math.max(start, tree.get(i).start);
                long to = Math.min(end, tree.get(i).end);
                long at = buffer.address() + (from - start) / Linux.PAGE_SIZE;
                long result = Linux.mincore(mappings.window.host(from, to - from), to - from, at);
                if (result != 0) {
                    return result;
                }
            }
            for (int i = 0; i < count; i++) {
                byte all = 1;
                for (int j = 0; j < small; j++) {
                    all &= Memory.getByte(buffer.address() + (long) i * small + j);
                }
                vector[i] = all;
            }
        }
        return 0;
    }

    // mlock

    long lock(long start, long length, boolean locked, boolean onFault) {
        long begin = start & -mappings.page;
        long size = mappings.up(length + (start - begin));
        if (locked && mappings.account.lockLimit() == 0) {
            return -Errno.EPERM;
        }
        long end = begin + size;
        if (Long.compareUnsigned(end, begin) < 0) {
            return -Errno.EINVAL;
        }
        if (end == begin) {
            return length == 0 ? 0 : -Errno.EINVAL;
        }
        if (!mappings.isUserRange(begin, size)) {
            return -Errno.ENOMEM;
        }
        if (locked && !mappings.account.mayLock(size - lockedBytes(begin, end))) {
            return -Errno.ENOMEM;
        }
        int attributes = locked ? Area.LOCKED | (onFault ? Area.LOCKED_ON_FAULT : 0) : 0;
        return setLocks(begin, end, attributes, false);
    }

    private long lockedBytes(long start, long end) {
        long bytes = 0;
        for (int i = tree.indexFrom(start); i < tree.count() && tree.get(i).start < end; i++) {
            Area area = tree.get(i);
            bytes += area.is(Area.LOCKED) ? Math.min(end, area.end) - Math.max(start, area.start) : 0;
        }
        return bytes;
    }

    private long setLocks(long start, long end, int locks, boolean gapsAllowed) {
        long reached = start;
        while (reached < end) {
            int index = tree.indexFrom(reached);
            if (index == tree.count() || tree.get(index).start >= end) {
                return gapsAllowed ? 0 : -Errno.ENOMEM;
            }
            Area area = tree.get(index);
            if (area.start > reached && !gapsAllowed) {
                return -Errno.ENOMEM;
            }
            long from = Math.max(reached, area.start);
            long to = Math.min(end, area.end);
            int attributes = area.attributes & ~(Area.LOCKED | Area.LOCKED_ON_FAULT) | locks;
            long result = mark(area, from, to, attributes);
            if (result != 0) {
                return result;
            }
            lockHost(area, from, to, locks);
            reached = to;
        }
        return 0;
    }

    /** The host's own limit belongs to the whole JVM; where it forbids, the pages are brought in and may go again. */
    private void lockHost(Area area, long from, long to, int locks) {
        long host = mappings.window.host(from, to - from);
        if (locks == 0) {
            Linux.call(SyscallNumbers.SYS_munlock, host, to - from);
            return;
        }
        boolean onFault = (locks & Area.LOCKED_ON_FAULT) != 0;
        long result = Linux.call(SyscallNumbers.SYS_mlock2, host, to - from, onFault ? MLOCK_ONFAULT : 0);
        if (result != 0 && !onFault && area.protection != PROT_NONE) {
            boolean write = (area.protection & PROT_WRITE) != 0 && !area.isShared();
            Linux.madvise(host, to - from, write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
        }
    }

    long lockAll(int flags) {
        int locks = Area.LOCKED | ((flags & MCL_ONFAULT) != 0 ? Area.LOCKED_ON_FAULT : 0);
        if (flags != 0 && mappings.account.lockLimit() == 0) {
            return -Errno.EPERM;
        }
        if ((flags & MCL_CURRENT) != 0 && !mappings.account.mayLock(mappings.account.total() - mappings.account.locked())) {
            return -Errno.ENOMEM;
        }
        mappings.futureLocks = (flags & MCL_FUTURE) != 0 ? locks : 0;
        if (flags == 0 || (flags & MCL_CURRENT) != 0) {
            setLocks(0, mappings.window.highest(), flags == 0 ? 0 : locks, true);
        }
        return 0;
    }

    // mseal

    long seal(long start, long length) {
        if (!mappings.isAligned(start)) {
            return -Errno.EINVAL;
        }
        long size = mappings.up(length);
        if (length != 0 && size == 0 || Long.compareUnsigned(start + size, start) < 0) {
            return -Errno.EINVAL;
        }
        if (size == 0) {
            return 0;
        }
        if (!mappings.isUserRange(start, size) || !tree.covers(start, start + size)) {
            return -Errno.ENOMEM;
        }
        long end = start + size;
        for (long reached = start; reached < end; ) {
            Area area = tree.at(reached);
            long to = Math.min(end, area.end);
            long result = mark(area, reached, to, area.attributes | Area.SEALED);
            if (result != 0) {
                return result;
            }
            reached = to;
        }
        return 0;
    }
}
