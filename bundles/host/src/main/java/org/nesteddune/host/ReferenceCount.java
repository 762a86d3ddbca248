package org.nesteddune.host;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts who uses something that is to be freed behind its last user; whoever makes it is the first one. Thread-safe. */
public final class ReferenceCount {

    private final AtomicInteger users = new AtomicInteger(1);

    /** One user more; for one who is a user already, or knows of one that stays so meanwhile. */
    public void retain() {
        users.incrementAndGet();
    }

    /**
     * One user more, unless the last one has gone, as another thread may have done meanwhile.
     *
     * @return whether the caller is a user now
     */
    public boolean tryRetain() {
        for (; ; ) {
            int count = users.get();
            if (count == 0) {
                return false;
            }
            if (users.compareAndSet(count, count + 1)) {
                return true;
            }
        }
    }

    /**
     * One user less.
     *
     * @return whether it was the last one, so that the caller frees it
     */
    public boolean release() {
        return users.decrementAndGet() == 0;
    }

    /** How many there are at the moment. */
    public int count() {
        return users.get();
    }
}
