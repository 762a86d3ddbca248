package org.nesteddune.internal.mm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.mm.HostShare;

/**
 * The areas of an address space in ascending order, and the search for gaps between them. A sorted array: a lookup
 * allocates nothing and a change moves less memory, even with thousands of areas, than one host call costs.
 *
 * <p>Holds a reference to the file of each area; those of removed areas are handed out by {@link #takeGarbage}, so that
 * a file is never closed under the lock. Guarded by the lock of the address space.
 */
final class AreaTree {

    private final Window window;
    private final HostShare share;
    private Area[] areas = new Area[32];
    private int count;

    /** The area of the last lookup. Readers set it without order: any area of the tree is a good guess. */
    private Area last;

    private final List<OpenFile> garbage = new ArrayList<>();

    /** How many mappings of files that watch them have come and gone; null if none have. */
    private Map<OpenFile, Integer> changes;

    /** How many areas map such files. */
    private int watched;

    // The top-down search starts here; every gap above it is at most hintHole bytes long.
    private long hintTop = Long.MAX_VALUE;
    private long hintHole;

    /** @param share what counts the areas, together with those of others */
    AreaTree(Window window, HostShare share) {
        this.window = window;
        this.share = share;
    }

    int count() {
        return count;
    }

    Area get(int index) {
        return areas[index];
    }

    /** Index of the first area that ends behind an address; {@link #count} if there is none (find_vma). */
    int indexFrom(long address) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (areas[middle].end > address) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** The area at an address, or null. */
    Area at(long address) {
        Area guess = last;
        if (guess != null && guess.contains(address)) {
            return guess;
        }
        int index = indexFrom(address);
        if (index == count || areas[index].start > address) {
            return null;
        }
        return last = areas[index];
    }

    /** Whether there is an area in a range. */
    boolean intersects(long start, long end) {
        int index = indexFrom(start);
        return index < count && areas[index].start < end;
    }

    /** Whether areas cover a range without a gap. */
    boolean covers(long start, long end) {
        long reached = start;
        for (int i = indexFrom(start); reached < end; i++) {
            if (i == count || areas[i].start > reached) {
                return false;
            }
            reached = areas[i].end;
        }
        return true;
    }

    /** Splits areas so that one begins, or none spans, each of the two addresses; the index of the first in between. */
    int isolate(long start, long end) {
        split(start);
        split(end);
        return indexFrom(start);
    }

    private void split(long address) {
        int index = indexFrom(address);
        if (index < count && areas[index].start < address) {
            Area area = areas[index];
            splice(index, index + 1, area.part(area.start, address), area.part(address, area.end));
        }
    }

    /** Adds an area behind all others. */
    void append(Area area) {
        splice(count, count, area);
    }

    /** Replaces the areas from one index to another. */
    void splice(int from, int to, Area... replacement) {
        last = null;
        for (Area area : replacement) {
            if (area.file != null) {
                area.file.retain();
                changed(area.file, 1);
            }
        }
        for (int i = from; i < to; i++) {
            if (areas[i].file != null) {
                garbage.add(areas[i].file);
                changed(areas[i].file, -1);
            }
        }
        int newCount = count + replacement.length - (to - from);
        if (newCount > areas.length) {
            areas = Arrays.copyOf(areas, Math.max(newCount, areas.length * 2));
        }
        System.arraycopy(areas, to, areas, from + replacement.length, count - to);
        System.arraycopy(replacement, 0, areas, from, replacement.length);
        if (newCount < count) {
            Arrays.fill(areas, newCount, count, null);
        }
        share.count(newCount - count);
        count = newCount;
    }

    private void changed(OpenFile file, int change) {
        if (leavesEarly(file)) {
            watched += change;
        }
        if (file.watchesMappings()) {
            if (changes == null) {
                changes = new IdentityHashMap<>();
            }
            changes.merge(file, change, Integer::sum);
        }
    }

    /** Joins each pair of neighbours around or in a range that can be one area, in the host too. */
    void join(long start, long end) {
        int index = Math.max(0, indexFrom(start) - 1);
        while (index + 1 < count && areas[index].start <= end) {
            Area first = areas[index];
            Area second = areas[index + 1];
            if (first.joins(second) && window.isSeamless(second.start)) {
                Area joined = first.extendedTo(second.end);
                joined.entered = Math.max(first.entered, second.entered);
                splice(index, index + 2, joined);
            } else {
                index++;
            }
        }
    }

    /** Tells the search of a gap that has just come into being somewhere in a range. */
    void freed(long start, long end) {
        int index = indexFrom(start);
        long from = index == 0 ? 0 : areas[index - 1].end;
        long to = index == count ? Long.MAX_VALUE : areas[index].start;
        if (Math.max(to, end) > hintTop) {
            hintHole = Math.max(hintHole, Math.max(to, end) - Math.min(from, start));
        }
    }

    /**
     * Looks for the highest gap.
     *
     * @param low lowest address that may be used
     * @param high end of what may be used
     * @param alignment of the result, a power of two
     * @param guard bytes to stay free below an area that grows down
     * @return the address, or −1 if there is no such gap
     */
    long findTopDown(long low, long high, long length, long alignment, long guard) {
        boolean whole = length <= hintHole || hintTop > high;
        long top = whole ? high : hintTop;
        long skipped = whole ? 0 : hintHole;
        int index = indexFrom(top) - 1;
        if (index + 1 < count && areas[index + 1].start < top) {
            top = areas[index + 1].start;
        }
        if (index + 1 < count && areas[index + 1].growsDown()) {
            top = Math.min(top, areas[index + 1].start - guard);
        }
        for (; top - length >= low; index--) {
            long bottom = index < 0 ? low : Math.max(low, areas[index].end);
            long place = top - length & -alignment;
            if (place >= bottom) {
                hintTop = top;
                hintHole = skipped;
                return place;
            }
            skipped = Math.max(skipped, top - bottom);
            if (index < 0) {
                break;
            }
            top = areas[index].start - (areas[index].growsDown() ? guard : 0);
        }
        return -1;
    }

    /** Makes the next search begin at the top. */
    void forgetHint() {
        hintTop = Long.MAX_VALUE;
        hintHole = 0;
    }

    /** Index of the last of the areas that look like one with that at an index. */
    int lastAlike(int index) {
        int i = index;
        while (i + 1 < count && areas[i].looksLike(areas[i + 1])) {
            i++;
        }
        return i;
    }

    /** Index of the first of the areas that look like one with that at an index. */
    int firstAlike(int index) {
        int i = index;
        while (i > 0 && areas[i - 1].looksLike(areas[i])) {
            i--;
        }
        return i;
    }

    /** As {@link #findTopDown}, but the lowest gap. */
    long findBottomUp(long low, long high, long length, long alignment, long guard) {
        long bottom = low;
        for (int index = indexFrom(low); ; index++) {
            long top = index == count ? high : areas[index].start - (areas[index].growsDown() ? guard : 0);
            long place = bottom + alignment - 1 & -alignment;
            if (place + length <= Math.min(top, high)) {
                return place;
            }
            if (index == count || areas[index].start >= high) {
                return -1;
            }
            bottom = Math.max(bottom, areas[index].end);
        }
    }

    /**
     * Whether the mappings of a file go at once when their process ends: it counts them, or as long as they are there the
     * host does not let the file be executed.
     */
    static boolean leavesEarly(OpenFile file) {
        return file.watchesMappings() || OpenFlags.isWritable(file.accessFlags());
    }

    /** Whether there are areas of such files. */
    boolean hasWatched() {
        return watched > 0;
    }

    /** Changes of numbers of mappings, for the caller to tell the files before he releases any; null if there are none. */
    Map<OpenFile, Integer> takeChanges() {
        Map<OpenFile, Integer> taken = changes;
        changes = null;
        return taken;
    }

    /** The files of areas that are gone, for the caller to release once each; null if there are none. */
    OpenFile[] takeGarbage() {
        if (garbage.isEmpty()) {
            return null;
        }
        OpenFile[] files = garbage.toArray(OpenFile[]::new);
        garbage.clear();
        return files;
    }
}
