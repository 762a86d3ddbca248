package org.nesteddune.internal.mm;

import static org.nesteddune.linux.Mman.MAP_FIXED;
import static org.nesteddune.linux.Mman.PROT_NONE;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.nesteddune.engine.EngineException;
import org.nesteddune.host.Linux;
import org.nesteddune.linux.Errno;
import org.nesteddune.mm.AddressSpaceOptions;
import org.nesteddune.mm.HostShare;

/**
 * The part of the JVM's address space that belongs to a guest: segments of reserved host addresses, each at a constant
 * distance (a multiple of 2 MiB, best 0) from the guest addresses that it stands for.
 *
 * <p>From the time a segment is made until {@link #close} every page of it is mapped in the host: by a mapping of the
 * guest, or by an inaccessible reservation. So nothing else of the JVM can ever come to lie there, and a host address
 * that was computed before a change of the guest's mappings still leads to nothing but the guest's memory or EFAULT.
 *
 * <p>Changes are made under the lock of the address space; {@link #host} needs no lock.
 */
final class Window implements AutoCloseable {

    static final long LARGE_PAGE = 2L << 20;

    /** Lowest guest address: the usual vm.mmap_min_addr. */
    static final long LOWEST = 0x10000;

    /** The least that the main segment may have. */
    private static final long LEAST_SIZE = 4L << 30;

    /** Alignment of the main segment: a page table's worth of large pages. */
    private static final long MAIN_ALIGNMENT = 1L << 30;

    /** Where only a part of the addresses is asked for, as much as this is reserved above it. */
    private static final long EXTRA_ROOM = 1L << 30;

    /** The same where the host has little. */
    private static final long LEAST_ROOM = 2L << 30;

    /**
     * Segments are never given back before the end, so that no host address of the guest's becomes another's: hence there
     * must not be many.
     */
    private static final int MOST_SEGMENTS = 128;

    /** An inclusive-exclusive range of guest addresses; the host address is {@code guest + delta}. */
    record Segment(long start, long end, long delta) {}

    private final long highest;
    private final HostShare share;
    private volatile Segment[] segments = {};
    private Segment main;

    // The host range that was reserved first, of which others are told when it is free again; 0 for none.
    private long place;
    private long placeSize;

    /**
     * Reserves the main segment.
     *
     * @param share what is shared with other windows
     * @throws EngineException if the host has no room for even a small one
     */
    Window(AddressSpaceOptions options, HostShare share) {
        this.share = share;
        highest = options.addressLimit();
        long size = Math.max(options.windowSize() & -LARGE_PAGE, LARGE_PAGE);
        long least = Math.min(size, LEAST_SIZE);
        for (; main == null; size = size / 2 & -LARGE_PAGE) {
            if (size < least) {
                throw new EngineException("the host has no free range of " + (least >> 20)
                        + " MiB of addresses for a guest (raise the limit on virtual memory, ulimit -v)");
            }
            main = reserveMain(size, options.windowStart());
        }
        segments = new Segment[] {main};
    }

    /**
     * Reserves the same guest addresses as another window has, somewhere else in the host. Where the host has no room for
     * that, only what is in use and some room around it.
     *
     * @param areas what is mapped in the other window
     * @throws EngineException if the host has not even room for that
     */
    Window(Window other, AreaTree areas, HostShare share) {
        this.share = share;
        highest = other.highest;
        Segment[] wanted = other.segments;
        Segment[] made = reserveTogether(wanted, other.main);
        if (made == null) {
            wanted = inUse(wanted, other.main, areas);
            made = reserveTogether(wanted, other.main);
        }
        if (made == null) {
            throw new EngineException("the host has no free range of addresses for the memory of a further process");
        }
        segments = made;
        for (Segment segment : made) {
            // Where there are several parts of it, the one with its end: stacks and new mappings are there.
            if (segment.start < other.main.end && segment.end >= other.main.end) {
                main = new Segment(Math.max(segment.start, other.main.start), other.main.end, segment.delta);
            }
        }
    }

    /** Segments with these guest addresses, that with the main one's end first in the host; null without room. */
    private Segment[] reserveTogether(Segment[] wanted, Segment main) {
        int first = 0;
        while (wanted[first].start >= main.end || wanted[first].end < main.end) {
            first++;
        }
        long[] offsets = new long[wanted.length];
        long size = wanted[first].end - wanted[first].start;
        for (int i = 0; i < wanted.length; i++) {
            if (i != first) {
                offsets[i] = size + (wanted[i].start - wanted[first].start - size & LARGE_PAGE - 1);
                size = offsets[i] + wanted[i].end - wanted[i].start;
            }
        }
        long base = reservePlace(size, MAIN_ALIGNMENT, wanted[first].start);
        if (base < 0) {
            return null;
        }
        Segment[] made = new Segment[wanted.length];
        long reached = base + wanted[first].end - wanted[first].start;
        for (int i = 0; i < wanted.length; i++) {
            made[i] = new Segment(wanted[i].start, wanted[i].end, base + offsets[i] - wanted[i].start);
            if (i != first) {
                HostRanges.giveBack(reached, base + offsets[i]);
                reached = base + offsets[i] + wanted[i].end - wanted[i].start;
            }
        }
        return made;
    }

    /**
     * Reserves the host range of a new window, best where one has been before.
     *
     * @param alignment modulo this the result is congruent to a guest address
     * @return its start, or a negative error number
     */
    private long reservePlace(long size, long alignment, long congruent) {
        long known = share.takePlace(size);
        boolean usable = known != 0 && (known - congruent & alignment - 1) == 0;
        long host = usable && HostRanges.fill(known, size)
                ? known
                : HostRanges.reserve(size, alignment, congruent & alignment - 1);
        if (host >= 0) {
            place = host;
            placeSize = size;
        }
        return host;
    }

    /** The parts of segments that areas lie in, with room around them, and the end of the main segment. */
    private static Segment[] inUse(Segment[] segments, Segment main, AreaTree areas) {
        List<Segment> used = new ArrayList<>();
        for (Segment segment : segments) {
            boolean isMain = segment.start <= main.start && segment.end >= main.end;
            long start = 0;
            long end = 0;
            for (int i = areas.indexFrom(segment.start); i < areas.count() && areas.get(i).start < segment.end; i++) {
                if (end != 0 && areas.get(i).start - end > 2 * LEAST_ROOM) {
                    used.add(withRoom(segment, start, end));
                    end = 0;
                }
                start = end == 0 ? areas.get(i).start : start;
                end = areas.get(i).end;
            }
            if (isMain) {
                if (end != 0 && main.end - end > 2 * LEAST_ROOM) {
                    used.add(withRoom(segment, start, end));
                    end = 0;
                }
                start = end == 0 ? main.end : start;
                end = Math.max(end, main.end);
            }
            if (end != 0) {
                used.add(withRoom(segment, start, end));
            }
        }
        return used.toArray(Segment[]::new);
    }

    private static Segment withRoom(Segment segment, long start, long end) {
        long low = (start & -LARGE_PAGE) - LEAST_ROOM;
        long high = (end + LARGE_PAGE - 1 & -LARGE_PAGE) + LEAST_ROOM;
        return new Segment(Math.max(segment.start, low), Math.min(segment.end, high), 0);
    }

    /** Size is a multiple of 2 MiB. */
    private Segment reserveMain(long size, long wanted) {
        if (wanted != 0) {
            return wanted + size > highest ? null : reserve(wanted, wanted + size, 0);
        }
        long alignment = Math.min(MAIN_ALIGNMENT, Long.highestOneBit(size));
        long host = reservePlace(size, alignment, 0);
        if (host < 0) {
            return null;
        }
        if (host + size <= highest) {
            return new Segment(host, host + size, 0);
        }
        // The host's addresses are higher than any of the guest's.
        long start = highest - size & -alignment;
        if (start < LOWEST) {
            Linux.munmap(host, size);
            return null;
        }
        return new Segment(start, start + size, host - start);
    }

    /** A segment for guest addresses: at the given distance if it can be, otherwise at any. */
    private static Segment reserve(long start, long end, long preferredDelta) {
        if (HostRanges.reserveAt(start + preferredDelta, end - start)) {
            return new Segment(start, end, preferredDelta);
        }
        if (preferredDelta != 0 && HostRanges.reserveAt(start, end - start)) {
            return new Segment(start, end, 0);
        }
        // Congruent modulo the large page: the start may be unaligned (the lowest address).
        long host = HostRanges.reserve(end - start, LARGE_PAGE, start & LARGE_PAGE - 1);
        return host < 0 ? null : new Segment(start, end, host - start);
    }

    Segment main() {
        return main;
    }

    /** All segments in ascending order; not to be changed. */
    Segment[] segments() {
        return segments;
    }

    long lowest() {
        return LOWEST;
    }

    long highest() {
        return highest;
    }

    /** The segment that holds an address, or null. */
    Segment segment(long address) {
        for (Segment segment : segments) {
            if (address >= segment.start && address < segment.end) {
                return segment;
            }
        }
        return null;
    }

    /** Host address of a range, or −1 if it does not lie in one segment. Needs no lock. */
    long host(long address, long length) {
        for (Segment segment : segments) {
            if (address >= segment.start && address <= segment.end && length >= 0 && length <= segment.end - address) {
                return address + segment.delta;
            }
        }
        return -1;
    }

    /** Distance of the host address from the guest address. The address must lie in a segment. */
    long delta(long address) {
        return segment(address).delta;
    }

    /** Whether host addresses on both sides of a guest address follow each other. */
    boolean isSeamless(long address) {
        Segment below = segment(address - 1);
        Segment above = segment(address);
        return below != null && above != null && below.delta == above.delta;
    }

    /**
     * Makes segments until a range of guest addresses lies in one.
     *
     * @return whether that could be done
     */
    boolean ensure(long start, long end) {
        if (start < LOWEST || end > highest || start >= end) {
            return false;
        }
        while (host(start, end - start) < 0) {
            Segment covering = segment(start);
            long from = start;
            while (covering != null && covering.end < end) {
                from = covering.end;
                covering = segment(from);
            }
            if (covering != null) {
                return false; // covered, but by segments at different distances
            }
            if (!add(from, end)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Adds a segment wherever the host has room for it, with the host's addresses.
     *
     * @return its start, or −1 if that cannot be done
     */
    long addAnywhere(long length) {
        long size = length + LARGE_PAGE - 1 & -LARGE_PAGE;
        boolean possible = size > 0 && size <= highest && segments.length < MOST_SEGMENTS;
        long host = possible ? HostRanges.reserve(size, LARGE_PAGE, 0) : -1;
        if (host < 0) {
            return -1;
        }
        if (host + size > highest || !isFree(host, host + size)) {
            Linux.munmap(host, size);
            return -1;
        }
        insert(new Segment(host, host + size, 0));
        return host;
    }

    /** Adds a segment from an address that is in none, up to an end or the next segment. */
    private boolean add(long from, long to) {
        if (segments.length >= MOST_SEGMENTS) {
            return false;
        }
        Segment below = null;
        Segment above = null;
        for (Segment segment : segments) {
            if (segment.end <= from) {
                below = segment;
            } else if (above == null) {
                above = segment;
            }
        }
        long floor = below == null ? LOWEST : below.end;
        long ceiling = above == null ? highest : above.start;
        long start = Math.max(floor, from & -LARGE_PAGE);
        long end = Math.min(ceiling, to + LARGE_PAGE - 1 & -LARGE_PAGE);
        long delta = start == floor && below != null ? below.delta : end == ceiling && above != null ? above.delta : 0;
        Segment segment = reserve(start, end, delta);
        if (segment == null) {
            return false;
        }
        insert(new Segment(start, lengthen(end, segment.delta, EXTRA_ROOM), segment.delta));
        return true;
    }

    /**
     * Announces a range of fixed addresses: a program and room for its heap behind it.
     *
     * @param room bytes behind the end that should be free; as much of it as can be had is reserved
     * @return whether the range itself is there
     */
    boolean reserveWithRoom(long start, long end, long room) {
        if (host(start, end - start) >= 0) {
            return true;
        }
        if (start < LOWEST || end > highest) {
            return false;
        }
        long from = Math.max(LOWEST, start & -LARGE_PAGE);
        long to = Math.min(highest, end + LARGE_PAGE - 1 & -LARGE_PAGE);
        if (isFree(from, to) && HostRanges.reserveAt(from, to - from)) {
            long far = lengthen(to, 0, room);
            if (far - end >= Math.min(room, EXTRA_ROOM)) {
                insert(new Segment(from, far, 0));
                return true;
            }
            // Too little room at the same addresses: better at others.
            Linux.munmap(from, far - from);
        }
        for (long size = room; size >= LARGE_PAGE; size /= 2) {
            long far = Math.min(highest, to + size);
            if (isFree(from, far)) {
                Segment segment = reserve(from, far, 0);
                if (segment != null) {
                    insert(segment);
                    return true;
                }
            }
        }
        return ensure(start, end);
    }

    private boolean isFree(long start, long end) {
        for (Segment segment : segments) {
            if (segment.start < end && segment.end > start) {
                return false;
            }
        }
        return true;
    }

    /**
     * Reserves up to as many bytes more behind a reservation, in ever smaller steps.
     *
     * @return the end that was reached
     */
    private long lengthen(long end, long delta, long bytes) {
        long reached = end;
        long left = bytes & -LARGE_PAGE;
        for (long step = left; step >= LARGE_PAGE; step = step / 2 & -LARGE_PAGE) {
            while (step <= left
                    && reached + step <= highest
                    && isFree(reached, reached + step)
                    && HostRanges.reserveAt(reached + delta, step)) {
                reached += step;
                left -= step;
            }
        }
        return reached;
    }

    /** Adds a segment and joins it with its neighbours where the distance is the same. */
    private void insert(Segment added) {
        List<Segment> list = new ArrayList<>(List.of(segments));
        list.add(added);
        list.sort(Comparator.comparingLong(Segment::start));
        for (int i = 0; i + 1 < list.size(); ) {
            Segment first = list.get(i);
            Segment second = list.get(i + 1);
            if (first.end == second.start && first.delta == second.delta) {
                list.set(i, new Segment(first.start, second.end, first.delta));
                list.remove(i + 1);
            } else {
                i++;
            }
        }
        segments = list.toArray(Segment[]::new);
    }

    /**
     * Puts the reservation over a range again, whatever is mapped there.
     *
     * @return 0, or a negative error number; what could not be replaced is as it was
     */
    long release(long start, long end) {
        for (Segment segment : segments) {
            long from = Math.max(start, segment.start);
            long to = Math.min(end, segment.end);
            if (from < to) {
                long result =
                        Linux.mmap(
                                from + segment.delta,
                                to - from,
                                PROT_NONE,
                                HostRanges.RESERVATION | MAP_FIXED,
                                -1,
                                0);
                if (Errno.isError(result)) {
                    return result;
                }
            }
        }
        return 0;
    }

    /**
     * After a failed host call that may have taken away what was mapped in a range before: reserves it again if so.
     *
     * @return whether the old mappings are gone
     */
    boolean plug(long host, long length) {
        return HostRanges.fill(host, length);
    }

    @Override
    public void close() {
        Segment[] old = segments;
        segments = new Segment[0];
        for (Segment segment : old) {
            Linux.munmap(segment.start + segment.delta, segment.end - segment.start);
        }
        if (place != 0 && old.length > 0) {
            share.leavePlace(place, placeSize);
        }
    }
}
