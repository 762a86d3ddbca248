package org.nesteddune.internal.dispatch;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.WaitQueue;
import org.nesteddune.linux.Errno;

/**
 * What a bundle has brought and taken away again: calls that need it wait for a while, because a bundle that is updated comes
 * back. What was never there is not waited for. Thread-safe.
 */
public final class Withdrawn {

    private final Map<String, Long> since = new HashMap<>(); // guarded by this
    private final WaitQueue waiting = new WaitQueue();
    private long patience;

    /** @param patience how long calls wait from the withdrawal on, in nanoseconds; 0 for not at all */
    Withdrawn(long patience) {
        this.patience = patience;
    }

    /** Changes the patience; calls that wait already are not affected. */
    synchronized void patience(long nanos) {
        patience = nanos;
    }

    /** Something has gone. */
    public synchronized void add(String name) {
        since.put(name, System.nanoTime());
    }

    /** Something is there, for the first time or again. To be followed by {@link #wakeAll}. */
    public synchronized void remove(String name) {
        since.remove(name);
    }

    /** Calls that wait look again, after what they look at has been changed. */
    public void wakeAll() {
        waiting.wakeAll();
    }

    /**
     * Holds a call while what it needs may come back.
     *
     * @param isBack whether it has
     * @return 0 if it has, −ENOSYS if it has not in time or was never there, −ERESTARTSYS when a signal is to be delivered
     */
    public long await(Task task, String name, BooleanSupplier isBack) {
        long deadline;
        synchronized (this) {
            Long left = since.get(name);
            if (left == null || patience == 0) {
                return isBack.getAsBoolean() ? 0 : -Errno.ENOSYS;
            }
            deadline = left + patience;
        }
        // On Linux nanoTime is CLOCK_MONOTONIC.
        long result = waiting.await(task, isBack, deadline);
        return result == -Errno.ETIMEDOUT ? -Errno.ENOSYS : result;
    }

    /** Whether something has gone not so long ago that calls do not wait for it any more. */
    public synchronized boolean isAwaited(String name) {
        Long left = since.get(name);
        return left != null && System.nanoTime() - left < patience;
    }

    static long nanos(long milliseconds) {
        return TimeUnit.MILLISECONDS.toNanos(Math.max(0, milliseconds));
    }
}
