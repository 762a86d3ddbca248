package org.nesteddune.internal.task;

import java.util.concurrent.CompletableFuture;
import org.nesteddune.linux.Errno;

/**
 * The call by which a task asks to leave dune, and the attempt that it has begun: that goes on while the task is called to the
 * boundary and makes the call again. For the task's own thread.
 */
final class EscapeCall {

    private final GuestTask task;
    private CompletableFuture<Integer> attempt;

    EscapeCall(GuestTask task) {
        this.task = task;
    }

    /** See {@link GuestTask#escape}. */
    long make() {
        if (attempt == null) {
            attempt = task.guestProcess().leaving().start();
            attempt.whenComplete((pid, failed) -> task.unpark());
        }
        while (!attempt.isDone()) {
            if (task.park(Long.MAX_VALUE) == -Errno.ERESTARTSYS) {
                return -Errno.ERESTARTNOINTR;
            }
        }
        attempt.exceptionally(failed -> {
            task.note(failed.getMessage());
            return 0;
        });
        attempt = null;
        return -Errno.EBUSY;
    }
}
