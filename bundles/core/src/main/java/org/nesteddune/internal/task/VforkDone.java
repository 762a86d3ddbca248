package org.nesteddune.internal.task;

/** Tells a parent in {@code vfork} that its child uses another address space now, or has ended. Thread-safe. */
final class VforkDone {

    private final GuestTask parent;
    private volatile boolean done;

    VforkDone(GuestTask parent) {
        this.parent = parent;
    }

    boolean isDone() {
        return done;
    }

    void complete() {
        done = true;
        parent.unpark();
    }
}
