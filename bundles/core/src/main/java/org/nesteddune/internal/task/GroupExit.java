package org.nesteddune.internal.task;

import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Signal;

/**
 * Why the tasks of a process have to end: because the process does, because one of them executes a program, or because one
 * writes a core file, for which the others wait until it is written. Of the three only the first to come happens. Thread-safe.
 */
final class GroupExit {

    private final GuestProcess process;
    private volatile ExitStatus exitStatus;
    private volatile int leaderExitCode;
    private volatile GuestTask execing;
    private volatile CoreDump dump;

    GroupExit(GuestProcess process) {
        this.process = process;
    }

    boolean isExiting() {
        return exitStatus != null;
    }

    /** How the process ended; null while it has not. */
    ExitStatus status() {
        return exitStatus;
    }

    /** The last task has ended: by what was said for all, or as the first task did. */
    ExitStatus complete() {
        ExitStatus status = exitStatus != null ? exitStatus : ExitStatus.exited(leaderExitCode);
        exitStatus = status;
        return status;
    }

    void leaderExitCode(int code) {
        leaderExitCode = code;
    }

    /** Whether a task has to end: with the process, or because another task executes a program. */
    boolean endsFor(GuestTask task) {
        GuestTask survivor = execing;
        CoreDump dumped = dump;
        return exitStatus != null || survivor != null && survivor != task || dumped != null && !dumped.isBy(task);
    }

    /** Stops all tasks but one, which writes a core file; false if the process ends or executes a program anyway. */
    boolean begin(CoreDump wanted) {
        synchronized (this) {
            if (exitStatus != null || execing != null || dump != null) {
                return false;
            }
            dump = wanted;
        }
        process.threadGroup().interrupt();
        process.threadGroup().unpark();
        return true;
    }

    boolean isDumping() {
        CoreDump current = dump;
        return current != null && !current.isOver();
    }

    /** A task is about to end: it stays as long as a core file is being written. */
    void joinDump(GuestTask task) {
        CoreDump current = dump;
        if (current != null) {
            current.join(task);
        }
    }

    /**
     * Makes a task the only one, as {@code execve} does: the others end.
     *
     * @return false if the process ends or another task executes a program
     */
    boolean leaveOnly(GuestTask survivor) {
        synchronized (this) {
            if (exitStatus != null || execing != null || dump != null) {
                return false;
            }
            execing = survivor;
        }
        for (GuestTask task : process.threadGroup().tasks()) {
            if (task != survivor) {
                task.interrupt();
                task.unpark();
            }
        }
        return survivor.awaitAnyhow(() -> process.threadGroup().tasks().size() == 1 || exitStatus != null) && exitStatus == null;
    }

    /** SIGKILL: ends at once. A core file that is being written is cut off; the signal that began it is what ended the process. */
    void kill() {
        CoreDump current;
        synchronized (this) {
            current = isDumping() ? dump : null;
        }
        if (current != null) {
            current.cancel();
        } else {
            exit(ExitStatus.signaled(Signal.SIGKILL, ""));
        }
    }

    /**
     * Ends by what a task has run into, unless another task executes a program: then the task alone ends, as all others do for
     * that ({@code do_group_exit} of kernel/exit.c).
     */
    void exit(GuestTask task, ExitStatus status) {
        GuestTask survivor = execing;
        if (survivor == null || survivor == task) {
            exit(status);
        }
    }

    /** Ends all tasks; the first status counts. */
    void exit(ExitStatus status) {
        synchronized (this) {
            if (exitStatus != null) {
                return;
            }
            if (isDumping()) {
                return;
            }
            exitStatus = status;
        }
        process.threadGroup().interrupt();
        process.threadGroup().unpark();
    }

    /** The program is there for which {@link #leaveOnly} was called, or does not come this time. */
    synchronized void executed() {
        execing = null;
    }

    /** A task has ended that was not the last: who waits for that looks again. */
    void taskEnded() {
        GuestTask survivor = execing;
        CoreDump current = dump;
        if (survivor != null) {
            survivor.unpark();
        }
        if (current != null) {
            current.taskEnded();
        }
    }
}
