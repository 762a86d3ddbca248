package org.nesteddune.kernel;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.nesteddune.host.HostIdentity;
import org.nesteddune.host.ThreadScheduling;

/**
 * The one thread on which the timers of all guests expire. The thread exists only while timers do, and a few seconds
 * more. One instance a runtime. Thread-safe.
 */
public final class TimerThread implements AutoCloseable {

    private static final long IDLE_SECONDS = 5;

    private final ScheduledThreadPoolExecutor executor;

    public TimerThread() {
        // The thread may be made by one that a guest has bound to a CPU or lowered in priority, or that is a user's.
        ThreadScheduling usual = ThreadScheduling.ofCaller();
        executor = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(
                    () -> {
                        usual.applyToCaller();
                        HostIdentity.PROCESS.assume();
                        work.run();
                    },
                    "dune timers");
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        executor.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        executor.allowCoreThreadTimeOut(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Runs an action, which must be short and not throw, after a time in nanoseconds unless it is cancelled or the thread closed. */
    public Future<?> after(long nanos, Runnable action) {
        try {
            return executor.schedule(action, nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closed) {
            return CompletableFuture.completedFuture(null);
        }
    }

    /** Ends the thread; nothing expires any more. Idempotent. */
    @Override
    public void close() {
        executor.shutdownNow();
    }
}
