package org.nesteddune.internal.mm;

import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.locks.StampedLock;
import org.nesteddune.mm.PageScan;

/**
 * How much of an address space the host has in memory, now and at most (VmRSS and VmHWM of {@code /proc/PID/status}). It is
 * counted when somebody asks, and before much goes, with the lock of the address space held for reading, which is taken here.
 */
final class ResidentSet {

    /** From this size on it is looked how much of a mapping was resident before it goes. */
    private static final long LARGE = 4 << 20;

    /** How many times its own cost a count of what is resident is good for, if nothing goes meanwhile. */
    private static final int COUNT_GOOD_FOR = 10;

    /** Areas closer together than this are looked through by one call, which costs little for what is not there. */
    private static final long NEAR = 64L << 20;

    private final StampedLock lock;
    private final Mappings mappings;
    private final LongAccumulator peak = new LongAccumulator(Math::max, 0);
    private final ResidentCount count = new ResidentCount(COUNT_GOOD_FOR);

    /** Changes by which memory may have gone. Written under the lock. */
    private volatile long losses;

    ResidentSet(StampedLock lock, Mappings mappings) {
        this.lock = lock;
        this.mappings = mappings;
    }

    /** Memory may have gone. The caller holds the lock for writing. */
    void lost() {
        losses++;
    }

    long size() {
        return count.get(losses, () -> size(0, Long.MAX_VALUE));
    }

    /** Bytes of the mappings between two addresses. */
    long size(long start, long end) {
        long stamp = lock.readLock();
        try {
            return scan(start, end);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    long peak() {
        peak.accumulate(size(0, Long.MAX_VALUE));
        return peak.get();
    }

    /** Pages are about to go. All are counted only if these are many of them, so that the time for it follows what goes. */
    void unmapping(long address, long length) {
        if (length >= LARGE && size(address, address + length) > peak.get() / 8) {
            peak();
        }
    }

    private long scan(long start, long end) {
        long[] resident = new long[1];
        AreaTree tree = mappings.tree;
        try (PageScan pages = PageScan.resident()) {
            for (int i = tree.indexFrom(start); i < tree.count() && tree.get(i).start < end; ) {
                long from = Math.max(start, tree.get(i).start);
                long delta = mappings.window.delta(from);
                long to = tree.get(i++).end;
                while (i < tree.count() && tree.get(i).start - to < NEAR && tree.get(i).start < end
                        && mappings.window.delta(tree.get(i).start) == delta) {
                    to = tree.get(i++).end;
                }
                pages.find(from + delta, Math.min(to, end) + delta, (first, last) -> resident[0] += last - first);
            }
        }
        return resident[0];
    }
}
