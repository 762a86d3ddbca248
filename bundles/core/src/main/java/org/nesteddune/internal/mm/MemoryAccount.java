package org.nesteddune.internal.mm;

import org.nesteddune.linux.Mman;
import org.nesteddune.mm.AddressSpaceOptions;
import org.nesteddune.mm.MemoryBudget;
import org.nesteddune.mm.MemoryLimits;
import org.nesteddune.mm.MemoryUsage;

/**
 * How much an address space has mapped, and whether it may have more: RLIMIT_AS, RLIMIT_DATA and RLIMIT_MEMLOCK as they
 * stand at the time of the call, and the {@linkplain MemoryBudget budget} that the guest shares with others. Bytes throughout. Guarded by the lock of the address
 * space.
 */
final class MemoryAccount {

    private final MemoryLimits limits;
    private final MemoryBudget budget;

    private long total;
    private long peak;
    private long data;
    private long stack;
    private long executable;
    private long locked;
    private long committed;
    private long prepaid; // taken from the budget for what is about to be mapped
    private boolean detached;

    MemoryAccount(AddressSpaceOptions options) {
        this.limits = options.limits();
        this.budget = options.memory();
    }

    /** An empty account with the same budget. */
    MemoryAccount(MemoryAccount other, MemoryLimits limits) {
        this.limits = limits;
        this.budget = other.budget;
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
            charge(length);
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

    private void charge(long length) {
        if (detached || !budget.isLimited()) {
            return;
        }
        if (length < 0) {
            budget.give(-length);
            return;
        }
        long paid = Math.min(prepaid, length);
        prepaid -= paid;
        budget.take(length - paid);
    }

    /** Whether as many bytes more may be in use; they are then kept for this account until {@link #settle}. */
    boolean mayCommit(long more) {
        if (more <= 0) {
            return true;
        }
        if (!budget.tryTake(more)) {
            return false;
        }
        prepaid += budget.isLimited() ? more : 0;
        return true;
    }

    /** A change is complete, or has failed: what was kept for it and not needed is others' again. */
    void settle() {
        if (prepaid != 0) {
            budget.give(prepaid);
            prepaid = 0;
        }
    }

    /** Nobody uses the memory any more, even if it takes a while until it is gone: others may have as much. */
    void detach() {
        if (!detached) {
            settle();
            budget.give(committed);
            detached = true;
        }
    }

    long committed() {
        return committed;
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
