package org.nesteddune.migration;

import java.util.List;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.mm.Vma;

/** Finds addresses that a guest does not use. Stateless. */
final class Placement {

    /** Below lies what nobody may map (vm.mmap_min_addr), and some room for a host that has set more. */
    private static final long LOWEST = 1L << 20;

    /** Behind the last address that a program of the architectures at hand can have. */
    static final long HIGHEST = (1L << 47) - ShellElf.PAGE;

    /** Free bytes on both sides, for stacks that grow. */
    private static final long DISTANCE = 1L << 21;

    private Placement() {}

    /**
     * The lowest free place.
     *
     * @param mappings in ascending order
     */
    static long find(List<Vma> mappings, long length) throws EscapeException {
        return findIn(mappings.stream().map(vma -> new long[] {vma.start(), vma.end()}).toList(), length);
    }

    /** The same for what lies from one address up to another. */
    static long findIn(List<long[]> ranges, long length) throws EscapeException {
        long place = LOWEST;
        for (long[] range : ranges) {
            if (Long.compareUnsigned(range[0], HIGHEST) < 0) {
                if (range[0] - place >= length + DISTANCE) {
                    return place;
                }
                place = Math.max(place, range[1] + DISTANCE);
            }
        }
        if (HIGHEST - place >= length) {
            return place;
        }
        throw new EscapeException("the guest leaves no addresses free that the native process could begin at");
    }
}
