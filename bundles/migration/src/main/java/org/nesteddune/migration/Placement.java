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
        long place = LOWEST;
        for (Vma vma : mappings) {
            if (vma.start() - place >= length + DISTANCE) {
                return place;
            }
            place = Math.max(place, vma.end() + DISTANCE);
        }
        if (HIGHEST - place >= length) {
            return place;
        }
        throw new EscapeException("the guest leaves no addresses free that the native process could begin at");
    }
}
