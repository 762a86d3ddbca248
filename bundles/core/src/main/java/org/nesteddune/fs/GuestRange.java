package org.nesteddune.fs;

import org.nesteddune.linux.Limits;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.Vma;

/** Lengths of transfers to and from guest memory. Stateless. */
public final class GuestRange {

    private GuestRange() {}

    /**
     * Cuts the length of a transfer as Linux does: to MAX_RW_COUNT, and to the end of the guest's memory if that comes
     * sooner, where the host would stop too. {@link GuestMemory#host} then has an address for the rest.
     *
     * @throws GuestFault if not even the first byte is there, or the length is negative
     */
    public static long clip(GuestMemory memory, long address, long length) {
        if (length < 0) {
            throw new GuestFault(address);
        }
        long count = Math.min(length, Limits.MAX_RW_COUNT);
        try {
            memory.host(address, count);
            return count;
        } catch (GuestFault outside) {
            long mapped = memory instanceof AddressSpace space ? mappedFrom(space, address, count) : 0;
            if (mapped == 0) {
                throw outside;
            }
            return mapped;
        }
    }

    private static long mappedFrom(AddressSpace space, long address, long limit) {
        long end = address;
        while (end - address < limit) {
            Vma vma = space.find(end);
            if (vma == null) {
                break;
            }
            end = vma.end();
        }
        return Math.min(end - address, limit);
    }
}
