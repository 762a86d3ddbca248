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

    GroupStop(GuestProcess process) {
        this.process = process;
        this.lock = process.processes().jobs().lock();
    }

    /** Whether tasks are to stop or have stopped. */
    boolean isStopped() {
        return stopped;
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
            signal = stopSignal;
            report();
        }
        process.interruptAll();
    }

    /** Holds the calling task while the process is stopped. Returns at once if it is not. */
    void hold(GuestTask task) {
        synchronized (lock) {
            held++;
            report();
        }
        task.awaitAnyhow(() -> !stopped);
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
        if (stopped && !complete && held >= process.liveTasks().size() && !process.isExiting()) {
            complete = true;
            process.processes().stopped(process, signal);
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
            process.processes().continued(process);
        }
        process.unparkAll();
    }

    /** Whether a signal is one that stops by default. */
    static boolean stops(int signal) {
        return signal == Signal.SIGSTOP
                || signal == Signal.SIGTSTP
                || signal == Signal.SIGTTIN
                || signal == Signal.SIGTTOU;
    }
}
