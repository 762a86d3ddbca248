package org.nesteddune.kernel.ipc;

import java.util.concurrent.atomic.AtomicLongArray;

/** The limits of an IPC namespace; whoever may can change them through {@code /proc/sys}. Thread-safe. */
public final class IpcLimits {

    private final AtomicLongArray values = new AtomicLongArray(IpcLimit.values().length);

    IpcLimits() {
        for (IpcLimit limit : IpcLimit.values()) {
            values.set(limit.ordinal(), limit.initial());
        }
    }

    /** A limit's value; unsigned. */
    public long get(IpcLimit limit) {
        return values.get(limit.ordinal());
    }

    /** The same of a limit that is always an {@code int}. */
    public int getInt(IpcLimit limit) {
        return (int) get(limit);
    }

    /**
     * Changes a limit; objects that exist keep what they have.
     *
     * @return whether the limit may have that value
     */
    public boolean set(IpcLimit limit, long value) {
        if (!limit.allows(value)) {
            return false;
        }
        values.set(limit.ordinal(), value);
        return true;
    }
}
