package org.nesteddune.internal.task;

import java.util.concurrent.atomic.AtomicLong;

/** How often a task has left guest code, and for how many system calls. Counted by its own thread, which pays a store each; read by any. */
final class TaskActivity {

    private final AtomicLong calls = new AtomicLong();
    private final AtomicLong exits = new AtomicLong();

    void exit() {
        exits.lazySet(exits.getPlain() + 1);
    }

    void call() {
        calls.lazySet(calls.getPlain() + 1);
    }

    long calls() {
        return calls.get();
    }

    long exits() {
        return exits.get();
    }
}
