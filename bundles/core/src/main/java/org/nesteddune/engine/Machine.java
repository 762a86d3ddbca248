package org.nesteddune.engine;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The execution side of one guest address space: what its vCPUs can see of memory.
 *
 * <p>The address space calls {@link #map} and {@link #unmap} with its write lock held, so these two never run at the
 * same time; vCPUs may run meanwhile. A right is taken away by {@code unmap}, then the change of the host's mapping, then
 * {@code map} with what remains: an engine may rely on the host's change to drop what it has cached. While a machine is in
 * use, a guest address should stand for one host address. All addresses and lengths are multiples of the architecture's
 * page size.
 */
@ConsumerType
public interface Machine extends AutoCloseable {

    /**
     * Makes guest pages accessible. Called after the host mapping exists. Pages already mapped are replaced.
     *
     * @param guest first guest virtual address
     * @param host host virtual address of the same byte
     * @param length bytes
     * @param protection {@code PROT_READ | PROT_WRITE | PROT_EXEC} of {@code linux/mman.h}
     * @param large whether the host backs the range with huge pages, so that the engine may use its large page size
     *     for those parts of it that are suitably aligned
     */
    void map(long guest, long host, long length, int protection, boolean large);

    /**
     * Executable pages that have just been made accessible can be written elsewhere too: by another mapping of the same memory, or by another
     * guest. Engines that keep nothing of code do nothing here.
     */
    default void changesElsewhere(long guest, long length) {}

    /**
     * Takes guest pages away. Called before the host mapping changes; once both have happened no vCPU can reach the
     * pages any more: its next access is a {@link Exit.MemoryFault}. Pages that are not mapped are skipped.
     */
    void unmap(long guest, long length);

    /**
     * Whether a page is at present entered in this machine, so that a fault on it is the guest's own doing and not one
     * that {@link #map} would cure.
     *
     * @param protection the access that must be possible, as {@code PROT_*} bits
     */
    boolean isMapped(long guest, int protection);

    /**
     * Makes a vCPU. It belongs to the caller until it is closed and is run by one thread at a time.
     *
     * @throws EngineException if there can be no further vCPU
     */
    Vcpu createVcpu();

    /** The AT_HWCAP and AT_HWCAP2 words a guest is told; what they mean is the architecture's. */
    long[] hardwareCapabilities();

    /** Exits by kind since the machine was made, as printable name and count, for {@code --stats}. */
    List<ExitCount> exitCounts();

    /**
     * Where the guest's code is hot, for {@code --stats}: the hottest first, not more than people want to read. Empty if the engine does
     * not know.
     */
    default List<HotSpot> hotSpots() {
        return List.of();
    }

    /** Frees everything the machine holds in the host. All vCPUs must be closed. Idempotent; never throws. */
    @Override
    void close();

    /** How often one kind of exit happened. */
    record ExitCount(String kind, long count) {}

    /**
     * Guest code that is hot.
     *
     * @param address where it begins
     * @param entries how often it has been entered, about
     */
    record HotSpot(long address, long entries) {}
}
