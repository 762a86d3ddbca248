package org.nesteddune.internal.runtime;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.nesteddune.GuestListener;
import org.nesteddune.host.HostIdentity;
import org.nesteddune.host.ThreadScheduling;

/**
 * Tells the {@link GuestListener}s, one thing after the other, on a thread that is there only while there is something to tell and a few
 * seconds more. Thread-safe.
 */
final class GuestNews implements AutoCloseable {

    private static final long IDLE_SECONDS = 5;

    private final List<GuestListener> listeners = new CopyOnWriteArrayList<>();
    private final BiConsumer<String, Throwable> log;
    private final ThreadPoolExecutor executor;

    /** @param log takes what goes wrong in a listener */
    GuestNews(BiConsumer<String, Throwable> log) {
        this.log = log;
        // The thread may be made by one that a guest has bound to a CPU or lowered in priority, or that is a user's.
        ThreadScheduling usual = ThreadScheduling.ofCaller();
        executor = new ThreadPoolExecutor(1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
            Thread thread = new Thread(
                    () -> {
                        usual.applyToCaller();
                        HostIdentity.PROCESS.assume();
                        work.run();
                    },
                    "dune news");
            thread.setDaemon(true);
            return thread;
        });
        executor.allowCoreThreadTimeOut(true);
    }

    void add(GuestListener listener) {
        listeners.add(listener);
    }

    void remove(GuestListener listener) {
        listeners.remove(listener);
    }

    /** Whether anybody listens. */
    boolean isWanted() {
        return !listeners.isEmpty();
    }

    /** Tells all who listen when their turn comes; nothing if nobody does. */
    void tell(Consumer<GuestListener> what) {
        if (!isWanted()) {
            return;
        }
        try {
            executor.execute(() -> listeners.forEach(listener -> tell(listener, what)));
        } catch (RejectedExecutionException closed) {
            return;
        }
    }

    private void tell(GuestListener listener, Consumer<GuestListener> what) {
        try {
            what.accept(listener);
        } catch (RuntimeException | LinkageError defect) {
            log.accept("a listener to guests", defect);
        }
    }

    /** Ends the thread once it has told what was to be told. Idempotent. */
    @Override
    public void close() {
        executor.shutdown();
    }
}
