package org.nesteddune.fs;

import org.nesteddune.linux.Limits;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.mm.AddressSpace;

/** Lengths of transfers to and from guest memory. Stateless. */
public final class GuestRange {

    private GuestRange() {}

    /**
     * Cuts the length of a transfer as Linux does: to MAX_RW_COUNT, and to the end of the guest's address space, where
     * the host would find no memory any more and stop.
     *
     * @throws GuestFault if not even the first byte is a guest address
     */
    public static long clip(GuestMemory memory, long address, long length) {
        if (length < 0) {
            throw new GuestFault(address);
        }
        long count = Math.min(length, Limits.MAX_RW_COUNT);
        if (memory instanceof AddressSpace space && count > 0) {
            long end = space.highest();
            if (Long.compareUnsigned(address + count, end) > 0 || Long.compareUnsigned(address + count, address) < 0) {
                if (Long.compareUnsigned(address, end) >= 0) {
                    throw new GuestFault(address);
                }
                count = end - address;
            }
        }
        return count;
    }
}
