package org.nesteddune.internal.task;

import java.util.concurrent.CompletableFuture;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.PidHandle;

/**
 * How tasks leave a process, and what goes in which order with the last one ({@code do_exit} of kernel/exit.c); why they have to
 * is {@link GroupExit}'s. Runs on the threads of the tasks that end; nothing is locked while others are told.
 */
final class Termination {

    private final GuestProcess process;
    private final CompletableFuture<ExitStatus> stage = new CompletableFuture<>();

    Termination(GuestProcess process) {
        this.process = process;
    }

    /** Completes after everything the process held has been freed. */
    CompletableFuture<ExitStatus> stage() {
        return stage;
    }

    /** Called by each task as its last act; with the last one the process ends. */
    void taskEnded(GuestTask task) {
        ThreadGroup group = process.threadGroup();
        if (!group.tasks().contains(task)) {
            return;
        }
        task.release();
        group.ended(task);
        process.processes().tree().taskEnded(task);
        boolean last;
        synchronized (process) {
            process.account().taskEnded(task);
            last = group.remove(task);
        }
        if (last) {
            end();
        } else {
            process.signals().retarget(task, task.signals().mask().not());
            process.groupStop().taskEnded();
            process.groupExit().taskEnded();
            if (process.hasLeft()) {
                // The first one waits for the others.
                group.unpark();
            }
        }
        process.processes().remove(task);
        task.handle().become(task.tid() == process.pid() ? PidHandle.State.ENDED : PidHandle.State.GONE);
        process.processes().current(null);
    }

    private void end() {
        ExitStatus status = process.groupExit().complete();
        CallObserver last = process.observer();
        try {
            process.timers().close();
            process.signals().close();
            process.account().notePeak();
            process.image().mm().ending();
            process.files().release();
        } catch (RuntimeException defect) {
            process.runtime().defect("end of guest " + process.pid(), defect);
        }
        if (last != null) {
            last.ended(process, status);
        }
        // The parent need not wait for the memory to go.
        process.processes().tree().ended(process);
        try {
            process.image().mm().release();
        } catch (RuntimeException defect) {
            process.runtime().defect("end of guest " + process.pid(), defect);
        }
        process.runtime().ended(process);
        stage.complete(status);
    }
}
