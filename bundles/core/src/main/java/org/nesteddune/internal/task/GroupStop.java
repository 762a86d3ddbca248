package org.nesteddune.internal.task;

import org.nesteddune.linux.Signal;

/**
 * Whether a process is stopped by a job-control signal. All its tasks stop between two of their states; when the last one
 * has, the parent is told. Changed under the process table's lock, so that a parent learns of stops and continuations in
 * their order.
 */
final class GroupStop {

    private final GuestProcess process;
    private final Object lock;
    private int signal;
    private int held;
    private volatile boolean stopped;
    private volatile boolean complete;
    private volatile int resumptions;

    /** How often the process has been stopped. */
    private volatile int stops;

    GroupStop(GuestProcess process) {
        this.process = process;
        this.lock = process.processes().jobs().lock();
    }

    /** Whether tasks are to stop or have stopped. */
    boolean isStopped() {
        return stopped;
    }

    /** Whether a task has to stop, or has stopped: a tracer may have let it go on before its process does. */
    boolean holds(GuestTask task) {
        return stopped && task.stopLeft() != stops;
    }

    /** Whether all tasks have stopped. */
    boolean isComplete() {
        return complete;
    }

    /** How often the process was told to go on; to be read before a stop signal is taken from its queue. */
    int resumptions() {
        return resumptions;
    }

    /**
     * Stops the process; tasks that run are told.
     *
     * @param before {@link #resumptions} of the moment when the stop signal was still pending: a continuation since then
     *     has cancelled it
     */
    void stop(int stopSignal, int before) {
        synchronized (lock) {
            if (stopped || process.isExiting() || resumptions != before) {
                return;
            }
            stopped = true;
            stops++;
            signal = stopSignal;
            report();
        }
        process.threadGroup().interrupt();
    }

    /** Holds the calling task while the process is stopped, or until its tracer lets it go on. Returns at once if it is not. */
    void hold(GuestTask task) {
        synchronized (lock) {
            held++;
            report();
        }
        Tracee tracee = task.tracee();
        while (holds(task) && !task.isEnding()) {
            if (tracee.isTraced()) {
                int which = stops;
                tracee.groupStop(signal);
                if (tracee.isTraced()) {
                    task.stopLeft(which);
                }
            } else {
                task.awaitAnyhow(() -> !stopped || tracee.isTraced());
            }
        }
        synchronized (lock) {
            held--;
        }
    }

    /** A task has ended: it may have been the last one that had not stopped. */
    void taskEnded() {
        synchronized (lock) {
            report();
        }
    }

    private void report() {
        if (stopped && !complete && held >= process.threadGroup().tasks().size() && !process.isExiting()) {
            complete = true;
            process.processes().tree().stopped(process, signal);
        }
    }

    /** Lets the process go on. */
    void resume() {
        synchronized (lock) {
            resumptions++;
            if (!stopped) {
                return;
            }
            stopped = false;
            complete = false;
            process.processes().tree().continued(process);
        }
        process.threadGroup().tasks().forEach(task -> task.tracee().groupContinued());
        process.threadGroup().unpark();
    }

    /** Whether a signal is one that stops by default. */
    static boolean stops(int signal) {
        return signal == Signal.SIGSTOP
                || signal == Signal.SIGTSTP
                || signal == Signal.SIGTTIN
                || signal == Signal.SIGTTOU;
    }
}
