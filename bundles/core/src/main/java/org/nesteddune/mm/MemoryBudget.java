package org.nesteddune.mm;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory address spaces may have mapped together that only they pay for: private writable and shared anonymous
 * mappings, those with MAP_NORESERVE left out. A mapping counts once for each address space that it is in. Thread-safe.
 */
public final class MemoryBudget {

    private final long limit;
    private final AtomicLong used = new AtomicLong();

    /** @param limit bytes, {@link Long#MAX_VALUE} for no limit */
    public MemoryBudget(long limit) {
        if (limit <= 0) {
            throw new IllegalArgumentException("the limit is not positive");
        }
        this.limit = limit;
    }

    /** No limit. */
    public static MemoryBudget unlimited() {
        return new MemoryBudget(Long.MAX_VALUE);
    }

    /** Whether there is a limit; what is used is not counted otherwise. */
    public boolean isLimited() {
        return limit != Long.MAX_VALUE;
    }

    /** Bytes in use. */
    public long used() {
        return used.get();
    }

    /** Takes bytes if the limit leaves room for them; nothing otherwise. */
    public boolean tryTake(long bytes) {
        if (!isLimited()) {
            return true;
        }
        for (; ; ) {
            long before = used.get();
            if (bytes > limit - before) {
                return false;
            }
            if (used.compareAndSet(before, before + bytes)) {
                return true;
            }
        }
    }

    /** Takes bytes for what is there already. */
    public void take(long bytes) {
        if (isLimited()) {
            used.addAndGet(bytes);
        }
    }

    /** Gives bytes back. */
    public void give(long bytes) {
        if (isLimited()) {
            used.addAndGet(-bytes);
        }
    }
}
