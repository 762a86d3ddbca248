package org.nesteddune.mm;

import java.util.List;

/**
 * A mapping as the host has it, and all that it would take to make it again.
 *
 * @param vma where it is and what is mapped
 * @param host the host's address of its first byte
 * @param sharedId tells shared anonymous memory from other such; 0 for what is none
 * @param sharedSize bytes of that memory, which a mapping may exceed
 * @param advice what {@code madvise} was told, {@code MADV_*}
 * @param locked whether {@code mlock} was asked for, and {@code lockedOnFault} whether only for pages that are touched
 * @param sealed whether {@code mseal} was
 */
public record HostArea(
        Vma vma,
        long host,
        long sharedId,
        long sharedSize,
        List<Integer> advice,
        boolean locked,
        boolean lockedOnFault,
        boolean sealed) {

    public HostArea {
        advice = List.copyOf(advice);
    }
}
