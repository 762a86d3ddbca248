package org.nesteddune.kernel;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.nesteddune.linux.Errno;

/**
 * Tasks that wait for something that happens in the JVM: a child's end, a semaphore, room in a message queue. Whoever makes
 * it happen changes the state first and calls {@link #wakeAll()} then, so that no wake-up is lost. Thread-safe.
 */
public final class WaitQueue {

    private final ConcurrentLinkedQueue<Task> waiting = new ConcurrentLinkedQueue<>();

    /**
     * Holds the calling task until a condition is met.
     *
     * @param condition is asked on the task's own thread, at first and after each wake-up; it takes what locks it needs
     *     itself, and may take what it has waited for as it says yes
     * @param deadline host CLOCK_MONOTONIC in nanoseconds, or {@link Long#MAX_VALUE} for no end
     * @return 0, −ETIMEDOUT, or −ERESTARTSYS when a signal is to be delivered
     */
    public long await(Task task, BooleanSupplier condition, long deadline) {
        if (condition.getAsBoolean()) {
            return 0;
        }
        waiting.add(task);
        try {
            while (!condition.getAsBoolean()) {
                long result = task.park(deadline);
                if (result == -Errno.ETIMEDOUT || result == -Errno.ERESTARTSYS) {
                    return condition.getAsBoolean() ? 0 : result;
                }
            }
            return 0;
        } finally {
            waiting.remove(task);
        }
    }

    /** Makes all that wait here look at their conditions again. */
    public void wakeAll() {
        for (Task task : waiting) {
            task.unpark();
        }
    }

    /** Whether nobody waits here at present. */
    public boolean isEmpty() {
        return waiting.isEmpty();
    }
}
