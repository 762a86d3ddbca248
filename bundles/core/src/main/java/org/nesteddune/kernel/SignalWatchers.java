package org.nesteddune.kernel;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.nesteddune.arch.SignalSet;

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
         * @param arrived the signals that have come
         */
        void changed(SignalSet arrived);

        /** The process has ended. */
        void ended();
    }

    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();
    private final Supplier<SignalSet> waiting;

    /** @param waiting all signals that wait, of the process and of each of its tasks */
    public SignalWatchers(Supplier<SignalSet> waiting) {
        this.waiting = waiting;
    }

    /** All signals that wait, of the process and of each of its tasks. */
    SignalSet waiting() {
        return waiting.get();
    }

    void add(Watcher watcher) {
        watchers.add(watcher);
    }

    void remove(Watcher watcher) {
        watchers.remove(watcher);
    }

    /** A queue has changed. */
    void changed(SignalSet arrived) {
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
