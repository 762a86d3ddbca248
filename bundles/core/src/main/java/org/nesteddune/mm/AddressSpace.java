package org.nesteddune.mm;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.nesteddune.engine.Access;
import org.nesteddune.engine.Machine;
import org.nesteddune.internal.mm.HostAddressSpace;
import org.nesteddune.kernel.AioContexts;
import org.nesteddune.memory.GuestMemory;

/**
 * A guest process's memory: a tree of {@link Vma}s over real host mappings in a window of the JVM's address space.
 *
 * <p>Thread-safe. Changing calls hold the write lock; a {@link Machine} is told of every change within it. Calls named
 * after a system call give its result, or a negated error number, for any arguments whatsoever.
 */
public abstract class AddressSpace implements GuestMemory, AutoCloseable {

    private final AioContexts aioContexts = new AioContexts();
    private Set<Runnable> users = new LinkedHashSet<>(); // guarded by this; null from the end on

    /**
     * Makes an empty address space.
     *
     * @param machine where the memory is to be visible; stays the caller's
     * @param pageSize the guest's page size in bytes, a power of two and a multiple of the host's
     * @param limits the process's resource limits, read at each call; null for none
     * @param memoryLimit bytes of private writable and shared anonymous memory in all, with that of all that are forked from it,
     *     {@link Long#MAX_VALUE} for no limit
     * @throws org.nesteddune.engine.EngineException if no window can be reserved
     */
    public static AddressSpace create(Machine machine, int pageSize, MemoryLimits limits, long memoryLimit) {
        return create(
                machine, pageSize, AddressSpaceOptions.defaults().withLimits(limits).withMemoryLimit(memoryLimit));
    }

    /** As {@link #create(Machine, int, MemoryLimits, long)}, with all that can be chosen. */
    public static AddressSpace create(Machine machine, int pageSize, AddressSpaceOptions options) {
        return new HostAddressSpace(machine, pageSize, options);
    }

    /** Its contexts of asynchronous I/O. */
    public final AioContexts aioContexts() {
        return aioContexts;
    }

    /**
     * Has something told before the memory goes, while all addresses are still its own: the host's kernel may know of them otherwise than by
     * a call in progress (KVM's memory slots). Told at once if the memory is gone already. Any thread.
     */
    public final void beforeClose(Runnable user) {
        synchronized (this) {
            if (users != null) {
                users.add(user);
                return;
            }
        }
        user.run();
    }

    /** Undoes {@link #beforeClose}. Any thread. */
    public final synchronized void forget(Runnable user) {
        if (users != null) {
            users.remove(user);
        }
    }

    /** For the implementation: tells all users once. */
    protected final void tellUsers() {
        Set<Runnable> all;
        synchronized (this) {
            all = users;
            users = null;
        }
        if (all != null) {
            all.forEach(Runnable::run);
        }
    }

    /** Page size in bytes. */
    public abstract int pageSize();

    /** The machine in which the memory is visible. */
    public abstract Machine machine();

    /** {@code mmap}; the guest address, or a negated error number. */
    public abstract long map(MapRequest request);

    /** {@code munmap}. */
    public abstract long unmap(long address, long length);

    /**
     * Nobody uses it any more, though it may take a while until it is closed: gives back what others can tell from outside. That
     * is its share of the {@link MemoryBudget}, and all files that {@linkplain org.nesteddune.fs.OpenFile#watchesMappings watch
     * their mappings} or are open for writing, which are unmapped.
     */
    public abstract void ending();

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
    public final long lock(long address, long length, boolean lock) {
        return lock(address, length, lock, false);
    }

    /** {@code mlock2}; {@code onFault} is MLOCK_ONFAULT: pages are locked when they are first touched. */
    public abstract long lock(long address, long length, boolean lock, boolean onFault);

    /** {@code mlockall}, and {@code munlockall} with 0; {@code flags} are {@code MCL_*}, already checked. */
    public abstract long lockAll(int flags);

    /** {@code mseal}. */
    public abstract long seal(long address, long length);

    /** {@code brk}: the break after the call, which is the old one if it could not be moved. */
    public abstract long setBreak(long address);

    /** Says where the heap begins, once, when a program has been loaded. */
    public abstract void initialBreak(long address);

    /** Says where a heap that is mapped already begins, and where the break is. */
    public abstract void placeBreak(long start, long end);

    /**
     * Announces that a program with fixed addresses is to be mapped from one address up to another, so that host
     * addresses are reserved for it and for a large heap behind it. Best before anything is mapped.
     *
     * @return 0 or more, or −ENOMEM if the range cannot be had
     */
    public abstract long reserve(long start, long end);

    /**
     * Maps the stack of a program at the top of the window. It is small at first and grows down, as far as RLIMIT_STACK
     * lets it, when the guest or a system call touches what is below.
     *
     * @param size bytes that are kept free for it
     * @param protection {@code PROT_*}
     * @return the address above the stack, or a negated error number
     */
    public abstract long mapStack(long size, int protection);

    /**
     * Makes the address space of a child process, as {@code fork} does: the same mappings at the same addresses, and the
     * same break. Private memory has the same contents, as far as it was written; shared memory is the same memory. What
     * MADV_DONTFORK, MADV_WIPEONFORK and memory locks were said of is dealt with as in Linux. What other threads of the
     * guest write meanwhile may be in the child or not.
     *
     * @param machine the child's, empty; stays the caller's
     * @param limits the child's; null for none. What is private is charged to the parent's budget.
     * @return the child, which is independent of this one; either may be closed first
     * @throws org.nesteddune.syscall.ErrnoException ENOMEM if the host has not enough memory, addresses or mappings; then
     *     nothing is left behind, but pages may have been entered into the machine
     */
    public abstract AddressSpace fork(Machine machine, MemoryLimits limits);

    /**
     * Reads as a debugger does, whatever the protection.
     *
     * @throws org.nesteddune.memory.GuestFault if nothing is mapped at some address; some bytes may have been read
     */
    public abstract void readForced(long address, byte[] target, int offset, int length);

    /**
     * Writes as a debugger does: where the protection forbids it, into a private mapping all the same.
     *
     * @throws org.nesteddune.memory.GuestFault if that is impossible; some bytes may have been written
     */
    public abstract void writeForced(long address, byte[] source, int offset, int length);

    /** The mapping at an address, or null. */
    public abstract Vma find(long address);

    /**
     * What a shared mapping shows at an address; null if there is no mapping or a private one. Equal for all address
     * spaces that show the same.
     */
    public abstract SharedPlace sharedPlace(long address);

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

    /** The same for the mappings of one file, whose length a program has just changed. */
    public abstract boolean revalidate(long device, long inode);

    /** All mappings as {@code /proc/PID/maps} shows them, by ascending address, with the guest's paths. */
    public abstract List<MappedRange> ranges();

    /** The text of {@code /proc/PID/maps}. */
    public abstract String mapsText();

    /**
     * What a core file says of each mapping, in ascending order. The guest's tasks do not run meanwhile.
     *
     * @param filter which kinds of mappings go into it, as in {@code /proc/PID/coredump_filter}
     */
    public abstract List<CoreSegment> coreSegments(int filter);

    /** Hands out what a core file holds of a mapping, whatever the guest may do with it. */
    public abstract void coreContents(CoreSegment segment, CoreSegment.Sink sink);

    /**
     * What it takes to make the same elsewhere. The guest's tasks do not run until that is closed.
     *
     * @throws org.nesteddune.syscall.ErrnoException if the host does not let its memory be read
     */
    public abstract HostContents hostContents();

    /** What is mapped by kinds. */
    public abstract MemoryUsage usage();

    /** Bytes mapped in all (VmSize). */
    public abstract long size();

    /** Bytes resident in the host (VmRSS), by asking the host; not cheap. */
    public abstract long residentSize();

    /** The same for what of a range is mapped. */
    public abstract long residentSize(long start, long end);

    /** The most bytes that were resident (VmHWM); as dear as {@link #residentSize}. What came and went in small parts is not in it. */
    public abstract long peakResidentSize();

    /** Lowest and highest + 1 guest address that mappings may use. */
    public abstract long lowest();

    /** See {@link #lowest()}. */
    public abstract long highest();

    /** Where a position-independent program is best loaded, and the interpreter above it; a page multiple. */
    public abstract long programBase();

    /**
     * Frees the window, all mappings and their references. The machine stays the caller's, but must not run any more:
     * no thread may be in guest code or in a host call on an address that {@link #host} gave. Idempotent.
     */
    @Override
    public abstract void close();
}
