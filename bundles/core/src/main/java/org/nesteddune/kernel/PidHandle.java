package org.nesteddune.kernel;

import java.util.ArrayList;
import java.util.List;

/**
 * The identity of a process or of a thread, by which others hold on to it longer than it lives; its number may be another's
 * then ({@code struct pid}). Thread-safe.
 */
public final class PidHandle {

    /** How far the life behind it has come. */
    public enum State {
        /** It is alive. */
        ALIVE,
        /** It has ended, and nobody has waited for it yet. */
        ENDED,
        /** It is in no table any more. */
        GONE
    }

    private final int number;
    private final List<Runnable> watchers = new ArrayList<>();
    private State state = State.ALIVE;

    public PidHandle(int number) {
        this.number = number;
    }

    /** Its pid or tid. */
    public int number() {
        return number;
    }

    public synchronized State state() {
        return state;
    }

    /** It comes into another state; the process table's business. A later state stays. */
    public void become(State next) {
        List<Runnable> told;
        synchronized (this) {
            if (next.compareTo(state) <= 0) {
                return;
            }
            state = next;
            told = List.copyOf(watchers);
        }
        told.forEach(Runnable::run);
    }

    /** Calls back after each change of the state, on the thread that makes it, which may hold the process table's lock. */
    synchronized void watch(Runnable watcher) {
        watchers.add(watcher);
    }

    /** Ends a {@link #watch}. */
    synchronized void unwatch(Runnable watcher) {
        watchers.remove(watcher);
    }
}
