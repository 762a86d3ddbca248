package org.nesteddune.kernel;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;

/**
 * Who wants to know which signals wait for a process and its tasks, whether they are blocked or not ({@code signalfd_wqh}
 * of the kernel). Without watchers it costs a look at an empty list. Thread-safe.
 */
public final class SignalWatchers {

    /** One of them. */
    interface Watcher {

        /**
         * Signals have come or gone. Called with the lock of a queue, so it must not take signals.
         *
         * @param arrived the signals that have come; bit n−1 is signal n
         */
        void changed(long arrived);

        /** The process has ended. */
        void ended();
    }

    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();
    private final LongSupplier waiting;

    /** @param waiting all signals that wait, of the process and of each of its tasks */
    public SignalWatchers(LongSupplier waiting) {
        this.waiting = waiting;
    }

    /** All signals that wait, of the process and of each of its tasks; bit n−1 is signal n. */
    long waiting() {
        return waiting.getAsLong();
    }

    void add(Watcher watcher) {
        watchers.add(watcher);
    }

    void remove(Watcher watcher) {
        watchers.remove(watcher);
    }

    /** A queue has changed. */
    void changed(long arrived) {
        for (Watcher watcher : watchers) {
            watcher.changed(arrived);
        }
    }

    /** The process has ended. */
    public void close() {
        for (Watcher watcher : watchers) {
            watcher.ended();
        }
        watchers.clear();
    }
}
