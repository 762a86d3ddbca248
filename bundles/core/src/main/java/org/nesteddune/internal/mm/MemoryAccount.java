package org.nesteddune.internal.mm;

import org.nesteddune.linux.Mman;
import org.nesteddune.mm.AddressSpaceOptions;
import org.nesteddune.mm.MemoryLimits;
import org.nesteddune.mm.MemoryUsage;

/**
 * How much an address space has mapped, and whether it may have more: RLIMIT_AS, RLIMIT_DATA and RLIMIT_MEMLOCK as they
 * stand at the time of the call, and the memory limit of the guest. Bytes throughout. Guarded by the lock of the address
 * space.
 */
final class MemoryAccount {

    private final MemoryLimits limits;
    private final long memoryLimit;

    private long total;
    private long peak;
    private long data;
    private long stack;
    private long executable;
    private long locked;
    private long committed;

    MemoryAccount(AddressSpaceOptions options) {
        this.limits = options.limits();
        this.memoryLimit = options.memoryLimit();
    }

    /** An empty account with the same memory limit. */
    MemoryAccount(MemoryAccount other, MemoryLimits limits) {
        this.limits = limits;
        this.memoryLimit = other.memoryLimit;
    }

    void add(Area area) {
        count(area, area.length());
        peak = Math.max(peak, total);
    }

    void remove(Area area) {
        count(area, -area.length());
    }

    private void count(Area area, long length) {
        total += length;
        if (area.isData()) {
            data += length;
        }
        if (area.growsDown()) {
            stack += length;
        }
        if ((area.protection & (Mman.PROT_EXEC | Mman.PROT_WRITE)) == Mman.PROT_EXEC) {
            executable += length;
        }
        if (area.is(Area.LOCKED)) {
            locked += length;
        }
        if (area.is(Area.ACCOUNTED)) {
            committed += length;
        }
    }

    private static long limit(long value) {
        return value < 0 ? Long.MAX_VALUE : value;
    }

    /** RLIMIT_DATA, {@link Long#MAX_VALUE} for none. */
    long dataLimit() {
        return limits == null ? Long.MAX_VALUE : limit(limits.data());
    }

    /** RLIMIT_STACK, {@link Long#MAX_VALUE} for none. */
    long stackLimit() {
        return limits == null ? Long.MAX_VALUE : limit(limits.stack());
    }

    /** RLIMIT_MEMLOCK, {@link Long#MAX_VALUE} for none. */
    long lockLimit() {
        return limits == null ? Long.MAX_VALUE : limit(limits.locked());
    }

    /** Whether the mappings may grow (may_expand_vm of mm/mmap.c). */
    boolean mayMap(long more, long moreData) {
        if (more > 0 && limits != null && total + more > limit(limits.addressSpace())) {
            return false;
        }
        return moreData <= 0 || data + moreData <= dataLimit();
    }

    /** Whether as many bytes more may be in use. */
    boolean mayCommit(long more) {
        return more <= 0 || committed + more <= memoryLimit;
    }

    /** Whether as many bytes more may be locked. */
    boolean mayLock(long more) {
        return locked + more <= lockLimit();
    }

    long total() {
        return total;
    }

    long locked() {
        return locked;
    }

    MemoryUsage usage() {
        return new MemoryUsage(total, peak, data, stack, executable, locked, committed);
    }
}
