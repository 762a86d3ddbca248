package org.nesteddune.mm;

import java.util.List;
import org.nesteddune.engine.Access;
import org.nesteddune.engine.Machine;
import org.nesteddune.memory.GuestMemory;

/**
 * A guest process's memory: a tree of {@link Vma}s over real host mappings in a window of the JVM's address space.
 *
 * <p>Thread-safe. Changing calls hold the write lock; a {@link Machine} is told of every change within it.
 */
public abstract class AddressSpace implements GuestMemory, AutoCloseable {

    /** Page size in bytes. */
    public abstract int pageSize();

    /** The machine in which the memory is visible. */
    public abstract Machine machine();

    /** {@code mmap}; the guest address, or a negated error number. */
    public abstract long map(MapRequest request);

    /** {@code munmap}. */
    public abstract long unmap(long address, long length);

    /** {@code mprotect}. */
    public abstract long protect(long address, long length, int protection);

    /** {@code mremap}; the new guest address, or a negated error number. */
    public abstract long remap(long address, long oldLength, long newLength, int flags, long newAddress);

    /** {@code madvise}. */
    public abstract long advise(long address, long length, int advice);

    /** {@code msync}. */
    public abstract long sync(long address, long length, int flags);

    /** {@code mincore}: one byte a page to guest memory at {@code vector}. */
    public abstract long residency(long address, long length, long vector);

    /** {@code mlock}, {@code munlock}. */
    public abstract long lock(long address, long length, boolean lock);

    /** {@code brk}: the break after the call, which is the old one if it could not be moved. */
    public abstract long setBreak(long address);

    /** Says where the heap begins, once, when a program has been loaded. */
    public abstract void initialBreak(long address);

    /** The mapping at an address, or null. */
    public abstract Vma find(long address);

    /** All mappings in ascending order, a snapshot. */
    public abstract List<Vma> mappings();

    /**
     * Deals with a fault that the engine reported: enters pages that it left out, grows stacks, checks whether a mapped
     * file has become longer.
     */
    public abstract FaultOutcome fault(long address, Access access);

    /**
     * Deals with {@link org.nesteddune.engine.Exit.BackingFault}: looks at all mapped files and takes away from the
     * machine what lies behind their ends, so that the next access is a fault with an address.
     *
     * @return whether anything was taken away
     */
    public abstract boolean revalidate();

    /** Bytes mapped in all (VmSize). */
    public abstract long size();

    /** Bytes resident in the host (VmRSS), by asking the host; not cheap. */
    public abstract long residentSize();

    /** Lowest and highest + 1 guest address that mappings may use. */
    public abstract long lowest();

    /** See {@link #lowest()}. */
    public abstract long highest();

    /** Where a position-independent program is best loaded, and the interpreter above it; a page multiple. */
    public abstract long programBase();

    /**
     * Announces the range of a program that is about to be mapped with MAP_FIXED, with room for its heap behind it.
     * Where no part of the window covers it, a part is made.
     *
     * @return 0, or a negated error number if there is no room
     */
    public abstract long reserve(long start, long end);

    /**
     * Maps the main thread's stack at the top of the window, guarded below.
     *
     * @param size bytes that it may grow to
     * @return the address behind its highest byte, or a negated error number
     */
    public abstract long mapStack(long size, int protection);

    /**
     * Makes an empty address space.
     *
     * @param machine shows it to the guest; stays the caller's
     * @param pageSize bytes
     * @param limits of the process
     * @param memoryLimit cap on private writable memory in bytes, {@link Long#MAX_VALUE} for none
     * @throws org.nesteddune.engine.EngineException if no window can be reserved
     */
    public static AddressSpace create(Machine machine, int pageSize, MemoryLimits limits, long memoryLimit) {
        throw new org.nesteddune.engine.EngineException("address spaces are being written");
    }

    /** Frees the window, all mappings and their references; the machine stays the caller's. Idempotent. */
    @Override
    public abstract void close();
}
