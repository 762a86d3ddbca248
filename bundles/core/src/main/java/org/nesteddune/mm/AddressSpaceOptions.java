package org.nesteddune.mm;

/**
 * What an address space may become. Immutable; start from {@link #defaults()}.
 *
 * @param limits the process's resource limits, read at each call; null for none
 * @param memory what its memory is charged to, and that of all that are forked from it
 * @param addressLimit end of the guest's user addresses
 * @param windowSize bytes to reserve for what has no fixed address; less is taken where the host refuses so much
 * @param windowStart guest address where that reservation begins, a multiple of 1 GiB, or 0 for wherever the host puts
 *     it; if the host uses that range itself, another host range stands for it
 * @param maxMappings greatest number of mappings of this address space (vm.max_map_count)
 * @param share what all address spaces of a runtime have in common, or null for nothing
 */
public record AddressSpaceOptions(
        MemoryLimits limits,
        MemoryBudget memory,
        long addressLimit,
        long windowSize,
        long windowStart,
        int maxMappings,
        HostShare share) {

    /**
     * End of the addresses that are the guest's: 32 MiB below the end of 47 bits, so that an engine has room for its own
     * tables and stub where a processor has no more than that.
     */
    public static final long ADDRESS_LIMIT = 0x7fff_fe00_0000L;

    private static final long WINDOW_SIZE = 256L << 30;

    /** Half of Linux's default (DEFAULT_MAX_MAP_COUNT of linux/mm.h), which is what the host allows us in all. */
    private static final int MAX_MAPPINGS = 32_000;

    public AddressSpaceOptions {
        if (addressLimit <= 0 || windowSize <= 0 || windowStart < 0 || maxMappings <= 0) {
            throw new IllegalArgumentException("a limit is not positive");
        }
    }

    /** No limits, and a window of 256 GiB. */
    public static AddressSpaceOptions defaults() {
        return new AddressSpaceOptions(null, MemoryBudget.unlimited(), ADDRESS_LIMIT, WINDOW_SIZE, 0, MAX_MAPPINGS, null);
    }

    public AddressSpaceOptions withLimits(MemoryLimits value) {
        return new AddressSpaceOptions(value, memory, addressLimit, windowSize, windowStart, maxMappings, share);
    }

    /** Charged to a budget of its own, in bytes. */
    public AddressSpaceOptions withMemoryLimit(long value) {
        return withMemory(new MemoryBudget(value));
    }

    public AddressSpaceOptions withMemory(MemoryBudget value) {
        return new AddressSpaceOptions(limits, value, addressLimit, windowSize, windowStart, maxMappings, share);
    }

    public AddressSpaceOptions withAddressLimit(long value) {
        return new AddressSpaceOptions(limits, memory, value, windowSize, windowStart, maxMappings, share);
    }

    /** The window's greatest size and its place. */
    public AddressSpaceOptions withWindow(long start, long size) {
        return new AddressSpaceOptions(limits, memory, addressLimit, size, start, maxMappings, share);
    }

    public AddressSpaceOptions withMaxMappings(int value) {
        return new AddressSpaceOptions(limits, memory, addressLimit, windowSize, windowStart, value, share);
    }

    public AddressSpaceOptions withShare(HostShare value) {
        return new AddressSpaceOptions(
                limits, memory, addressLimit, windowSize, windowStart, maxMappings, value);
    }
}
