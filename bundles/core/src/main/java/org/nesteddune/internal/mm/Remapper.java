package org.nesteddune.internal.mm;

import static org.nesteddune.linux.Mman.*;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.host.Linux;
import org.nesteddune.linux.Errno;

/**
 * {@code mremap}. Rules and error numbers are those of mm/mremap.c of Linux 6.17, which is also the first to move several
 * mappings at once when the length stays.
 *
 * <p>The host's own mremap leaves a hole where the mapping was, in which other mappings of the JVM could come to lie
 * while a host call still has an address of it. So memory is moved out of the window with MREMAP_DONTUNMAP, which leaves
 * something in its place until the reservation is put there, and from outside to its new place.
 *
 * <p>Guarded by the lock of the address space.
 */
final class Remapper {

    private static final int MOVE = MREMAP_MAYMOVE | MREMAP_FIXED;

    private final Mappings mappings;
    private final AreaTree tree;
    private final Placement placement;

    Remapper(Mappings mappings, Placement placement) {
        this.placement = placement;
        this.mappings = mappings;
        this.tree = mappings.tree;
    }

    long remap(long address, long oldSize, long newSize, int flags, long newAddress) {
        if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0 || !mappings.isAligned(address)) {
            return -Errno.EINVAL;
        }
        long oldLength = mappings.up(oldSize);
        long newLength = mappings.up(newSize);
        if (newLength <= 0 || newLength > mappings.window.highest()) {
            return -Errno.EINVAL;
        }
        boolean placed = (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0;
        if (placed) {
            boolean silly = newAddress < 0 || newAddress > mappings.window.highest() - newLength;
            if (silly
                    || !mappings.isAligned(newAddress)
                    || (flags & MREMAP_MAYMOVE) == 0
                    || (flags & MREMAP_DONTUNMAP) != 0 && oldLength != newLength
                    || address + oldLength > newAddress && newAddress + newLength > address) {
                return -Errno.EINVAL;
            }
        }
        if (!mappings.hasRoomFor(2 + 3)) {
            return -Errno.ENOMEM;
        }
        if (oldLength < 0 || !mappings.isUserRange(address, oldLength)) {
            return -Errno.EFAULT;
        }
        if (placed && (flags & MREMAP_FIXED) != 0 && oldLength == newLength) {
            return moveAll(address, oldLength, newAddress, flags);
        }
        return one(address, oldLength, newLength, flags, newAddress);
    }

    /** Moves all mappings of a range and keeps the gaps between them. */
    private long moveAll(long address, long length, long target, int flags) {
        long end = address + length;
        long reached = address;
        while (reached < end) {
            int index = tree.indexFrom(reached);
            if (index == tree.count() || tree.get(index).start >= end) {
                return reached == address ? -Errno.EFAULT : target;
            }
            if (reached == address && tree.get(index).start > address) {
                return -Errno.EFAULT;
            }
            long from = Math.max(reached, tree.get(index).start);
            long to = Math.min(end, tree.get(tree.lastAlike(index)).end);
            long result = one(from, to - from, to - from, flags, target + (from - address));
            if (result < 0) {
                return result;
            }
            reached = to;
        }
        return target;
    }

    /** Remaps what is, to the guest, a single mapping. */
    private long one(long address, long oldLength, long newLength, int flags, long newAddress) {
        Area area = tree.at(address);
        if (area == null) {
            return -Errno.EFAULT;
        }
        if (area.is(Area.SEALED)) {
            return -Errno.EPERM;
        }
        boolean placed = (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0;
        if (!placed && newLength <= oldLength) {
            if (newLength == oldLength) {
                return address;
            }
            long result = mappings.unmapRange(address + newLength, address + oldLength);
            return result != 0 ? result : address;
        }
        long refusal = refusal(area, address, Math.min(oldLength, newLength), newLength, flags);
        if (refusal != 0) {
            return refusal;
        }
        if (!placed) {
            return expand(area, address, oldLength, newLength, flags);
        }
        return moveTo(area, address, oldLength, newLength, flags, newAddress);
    }

    private long refusal(Area area, long address, long oldLength, long newLength, int flags) {
        if (oldLength == 0 && !area.isShared()) {
            return -Errno.EINVAL;
        }
        long visibleEnd = tree.get(tree.lastAlike(tree.indexFrom(address))).end;
        if (oldLength > visibleEnd - address) {
            return -Errno.EFAULT;
        }
        boolean keeps = (flags & MREMAP_DONTUNMAP) != 0;
        long more = keeps ? newLength : newLength - oldLength;
        if (more <= 0) {
            return 0;
        }
        if (area.is(Area.LOCKED) && !mappings.account.mayLock(more)) {
            return -Errno.EAGAIN;
        }
        if (!mappings.account.mayMap(more, area.isData() ? more : 0)
                || area.is(Area.ACCOUNTED) && !mappings.account.mayCommit(more)) {
            return -Errno.ENOMEM;
        }
        return 0;
    }

    private long moveTo(Area area, long address, long oldLength, long newLength, int flags, long newAddress) {
        long target = newAddress;
        if ((flags & MREMAP_FIXED) != 0) {
            if (target < mappings.window.lowest()) {
                return -Errno.EPERM;
            }
            if (!mappings.window.ensure(target, target + newLength)) {
                return -Errno.ENOMEM;
            }
            long result = mappings.unmapRange(target, target + newLength);
            if (result != 0) {
                return result;
            }
        } else {
            boolean hinted = target >= mappings.window.lowest()
                    && !tree.intersects(target, target + newLength)
                    && mappings.window.ensure(target, target + newLength);
            target = hinted ? target : placement.findGap(newLength, mappings.page);
            if (target < 0) {
                return target;
            }
        }
        long kept = oldLength;
        if (newLength < oldLength) {
            long result = mappings.unmapRange(address + newLength, address + oldLength);
            if (result != 0) {
                return result;
            }
            kept = newLength;
        }
        return move(address, kept, target, newLength, (flags & MREMAP_DONTUNMAP) != 0);
    }

    private long expand(Area area, long address, long oldLength, long newLength, int flags) {
        int lastIndex = tree.lastAlike(tree.indexFrom(address));
        Area last = tree.get(lastIndex);
        long end = address + newLength;
        boolean atEnd = last.end == address + oldLength;
        boolean free = atEnd && end <= mappings.window.highest() && !tree.intersects(last.end, end);
        if (free && mappings.window.host(last.start, end - last.start) >= 0) {
            long result = extend(lastIndex, last, end);
            return result != 0 ? result : address;
        }
        if ((flags & MREMAP_MAYMOVE) == 0) {
            return -Errno.ENOMEM;
        }
        boolean large = area.isPrivateAnonymous() && newLength >= Window.LARGE_PAGE && !area.is(Area.NOHUGEPAGE);
        long target = placement.findGap(newLength, large ? Window.LARGE_PAGE : mappings.page);
        return target < 0 ? target : move(address, oldLength, target, newLength, false);
    }

    /** Lengthens an area where it is. */
    private long extend(int index, Area area, long end) {
        long start = area.end;
        long host = mappings.window.host(start, end - start);
        int flags = area.flags & (MAP_PRIVATE | MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE) | MAP_FIXED;
        long result;
        if (area.shared != null || area.is(Area.DROPPABLE)) {
            // Only mremap itself can lengthen a mapping of this object.
            mappings.pages.leave(area.start, area.end);
            long length = area.length();
            result = moveHost(host - length, length, host - length, end - area.start, true);
            if (result != 0) {
                mappings.pages.enter(area);
                return result;
            }
        } else {
            result = Linux.mmap(
                    host,
                    end - start,
                    Mappings.hostProtection(area.protection),
                    flags,
                    area.file == null ? -1 : area.file.hostDescriptor(),
                    area.file == null ? 0 : area.offset + area.length());
            if (Errno.isError(result)) {
                mappings.window.plug(host, end - start);
                return result;
            }
            if (area.is(Area.HOST_HUGE)) {
                Linux.madvise(host, end - start, MADV_HUGEPAGE);
            }
        }
        Area longer = area.extendedTo(end);
        if (!longer.is(Area.HOST_HUGE) && mappings.mayBeLarge(longer, longer.start, end)) {
            longer = Mappings.advisedLarge(longer, host - area.length());
        }
        mappings.replace(index, index + 1, longer);
        long from = longer.is(Area.HOST_HUGE) ? Math.max(longer.start, start & -Window.LARGE_PAGE) : start;
        mappings.pages.enter(longer, area.shared != null ? longer.start : from, end);
        tree.join(longer.start, end);
        return 0;
    }

    /** Moves a range that looks like one mapping into a gap. */
    private long move(long address, long oldLength, long target, long newLength, boolean keep) {
        long end = address + oldLength;
        // With a length of 0 a shared mapping is doubled and the old one stays.
        boolean doubles = oldLength == 0;
        List<Area> moved = movedAreas(address, oldLength, target, newLength);
        long oldHost = mappings.window.host(address, oldLength);
        long newHost = mappings.window.host(target, newLength);
        if (oldHost == -1 || newHost == -1) {
            return -Errno.ENOMEM;
        }
        if (!doubles) {
            mappings.pages.leave(address, end);
        }
        long result = moveHost(oldHost, oldLength, newHost, newLength, keep);
        if (result != 0) {
            mappings.reenter(address, end);
            return result;
        }
        if (keep) {
            unlockRange(address, end);
            mappings.reenter(address, end);
        } else if (!doubles) {
            mappings.forget(address, end);
        }
        for (Area area : moved) {
            Area there = area;
            long host = mappings.window.host(area.start, area.length());
            if (!area.is(Area.HOST_HUGE) && mappings.mayBeLarge(area, area.start, area.end)) {
                there = Mappings.advisedLarge(area, host);
            }
            mappings.add(there);
            mappings.pages.enter(tree.at(there.start), there.start, there.end);
        }
        return target;
    }

    private List<Area> movedAreas(long address, long oldLength, long target, long newLength) {
        List<Area> moved = new ArrayList<>(1);
        long end = address + oldLength;
        if (oldLength == 0) {
            Area area = tree.at(address);
            moved.add(area.part(address, area.end).movedTo(target, newLength));
            return moved;
        }
        for (int i = tree.indexFrom(address); i < tree.count() && tree.get(i).start < end; i++) {
            Area area = tree.get(i);
            long from = Math.max(address, area.start);
            long to = Math.min(end, area.end);
            long length = to == end ? newLength - (from - address) : to - from;
            moved.add(area.part(from, to).movedTo(target + (from - address), length));
        }
        return moved;
    }

    /**
     * What MREMAP_DONTUNMAP leaves is not locked any more (dontunmap_complete). Unlike there it stays accounted: it can
     * be filled again.
     */
    private void unlockRange(long start, long end) {
        int from = tree.isolate(start, end);
        for (int i = from; i < tree.count() && tree.get(i).start < end; i++) {
            Area area = tree.get(i);
            int gone = Area.LOCKED | Area.LOCKED_ON_FAULT;
            mappings.replace(i, i + 1, area.withAttributes(area.attributes & ~gone));
        }
        tree.join(start, end);
    }

    /**
     * Moves host mappings.
     *
     * @param oldLength 0 to double a shared mapping
     * @param newLength at least the old one
     * @param keep whether a mapping stays where the old one was, rather than the reservation
     * @return 0 or a negative error number; then everything is as it was
     */
    private long moveHost(long from, long oldLength, long to, long newLength, boolean keep) {
        if (newLength > oldLength && oldLength > 0) {
            // Moving takes away what is at the target before it finds that there is no memory: ask first.
            long probe = Linux.mmap(
                    0, newLength - oldLength, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (Errno.isError(probe)) {
                return probe;
            }
            Linux.munmap(probe, newLength - oldLength);
        }
        List<long[]> outside = new ArrayList<>(1);
        long result;
        if (oldLength == 0) {
            long copy = Linux.mremap(from, 0, newLength, MREMAP_MAYMOVE, 0);
            if (Errno.isError(copy)) {
                return copy;
            }
            outside.add(new long[] {copy, newLength});
            result = 0;
        } else {
            result = moveOut(from, oldLength, outside);
        }
        if (result != 0) {
            moveIn(outside, from, 0);
            return result;
        }
        result = moveIn(outside, to, newLength);
        if (result != 0) {
            mappings.window.plug(to, newLength);
            moveIn(outside, from, 0);
            return result;
        }
        if (!keep && oldLength > 0) {
            Linux.mmap(
                    from, oldLength, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
        }
        return 0;
    }

    /** Moves mappings to where the host likes; what is one to the guest may be several in the host. */
    private long moveOut(long from, long length, List<long[]> outside) {
        long moved = Linux.mremap(from, length, length, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
        if (!Errno.isError(moved)) {
            outside.add(new long[] {moved, length});
            return 0;
        }
        if (moved != -Errno.EFAULT || length <= Linux.PAGE_SIZE) {
            return moved;
        }
        long half = length / 2 & -Linux.PAGE_SIZE;
        long result = moveOut(from, half, outside);
        return result != 0 ? result : moveOut(from + half, length - half, outside);
    }

    /**
     * Moves mappings from outside to a place in the window; the last one is lengthened so that all have a length.
     *
     * @param newLength 0 for as long as they are
     */
    private static long moveIn(List<long[]> outside, long to, long newLength) {
        long place = to;
        for (int i = 0; i < outside.size(); i++) {
            long[] piece = outside.get(i);
            boolean last = i == outside.size() - 1;
            long length = last && newLength > 0 ? newLength - (place - to) : piece[1];
            long result = Linux.mremap(piece[0], piece[1], length, MOVE, place);
            if (Errno.isError(result)) {
                return result;
            }
            // Where it is now, should it have to go back.
            piece[0] = place;
            place += piece[1];
        }
        return 0;
    }
}
