package org.nesteddune.internal.task;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.escape.EscapeRoute;

/** Whether a process leaves dune or has left it: the attempt that is under way, and what stands for it afterwards. Thread-safe. */
final class Leaving {

    /** How often it is tried again to find the process between two signals. */
    private static final int ATTEMPTS = 100;

    private final GuestProcess process;
    private volatile Departure departure;
    private volatile Emigrant emigrant;

    Leaving(GuestProcess process) {
        this.process = process;
    }

    /** The attempt that is under way; null if there is none. */
    Departure departure() {
        return departure;
    }

    /** Whether tasks are to come to the boundary. */
    boolean isUnderWay() {
        Departure current = departure;
        return current != null && current.isWanted();
    }

    /** An attempt begins; one at a time. */
    synchronized void begin(Departure value) throws EscapeException {
        if (departure != null) {
            throw new EscapeException("guest " + process.pid() + " is about to escape already");
        }
        departure = value;
    }

    /** The process has left, and another stands for it. */
    void gone(Emigrant value) {
        emigrant = value;
    }

    /** What stands for the process since it has left; null if it has not. */
    Emigrant emigrant() {
        return emigrant;
    }

    /** An attempt is over: all tasks go on, in dune or to their end. */
    void over(Departure value) {
        if (departure == value) {
            departure = null;
            process.threadGroup().unpark();
        }
    }

    /**
     * Makes the process go on as a native one of the host.
     *
     * @return the number of that process
     * @throws EscapeException if that is impossible or fails; the process goes on in dune then
     */
    int escape() throws EscapeException {
        try {
            return start().join();
        } catch (CompletionException failed) {
            throw failed.getCause() instanceof EscapeException reason
                    ? reason
                    : EscapeException.failed(process, failed.getCause().toString(), failed.getCause());
        }
    }

    /** Begins that; completes with the number, or with an {@link EscapeException}. */
    CompletableFuture<Integer> start() {
        CompletableFuture<Integer> outcome = new CompletableFuture<>();
        Anchor anchor = process.anchor();
        if (anchor != null) {
            if (!anchor.post(() -> goHome(anchor, outcome))) {
                outcome.completeExceptionally(EscapeException.impossible(process, "it has ended"));
            }
            return outcome;
        }
        EscapeRoute route = process.runtime().escapeRoute();
        if (route == null) {
            outcome.completeExceptionally(
                    EscapeException.impossible(process, "no installed bundle makes native processes of guests"));
            return outcome;
        }
        // ptrace(2) is a matter of one thread, which then waits for the process.
        Thread mover = new Thread(() -> {
            Emigrant made;
            try {
                made = leave(route);
            } catch (EscapeException | RuntimeException | Error failed) {
                outcome.completeExceptionally(failed);
                return;
            }
            outcome.complete(made.pid());
            made.watch();
        }, "escape-" + process.pid());
        mover.setDaemon(true);
        mover.start();
        return outcome;
    }

    /** Into the process that it was before. On that process's thread. */
    private void goHome(Anchor anchor, CompletableFuture<Integer> outcome) {
        try {
            Emigrant made = leave(anchor.route());
            anchor.left();
            outcome.complete(made.pid());
        } catch (EscapeException | RuntimeException | Error failed) {
            outcome.completeExceptionally(failed);
        }
    }

    /** Signals that come while the tasks are called to the boundary are delivered first, and then it is tried again. */
    private Emigrant leave(EscapeRoute route) throws EscapeException {
        for (int i = 0; i < ATTEMPTS; i++) {
            Emigrant made = new Departure(process, process.runtime().escapeWatcher()).run(route);
            if (made != null) {
                return made;
            }
        }
        throw EscapeException.failed(process, "it gets signals all the time", null);
    }
}
