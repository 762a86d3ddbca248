package org.nesteddune.internal.task;

import org.nesteddune.linux.Signal;

/**
 * Whether a process is stopped by a job-control signal. All its tasks stop between two of their states; when the last one
 * has, the parent is told. Thread-safe.
 */
final class GroupStop {

    private final GuestProcess process;
    private int signal;
    private int parked;
    private boolean reported;
    private volatile boolean stopped;

    GroupStop(GuestProcess process) {
        this.process = process;
    }

    /** Whether tasks are to stop or have stopped. */
    boolean isStopped() {
        return stopped;
    }

    /** Stops the process; tasks that run are told. */
    void stop(int stopSignal) {
        synchronized (this) {
            if (stopped || process.isExiting()) {
                return;
            }
            stopped = true;
            reported = false;
            signal = stopSignal;
        }
        process.interruptAll();
    }

    /** Holds the calling task while the process is stopped. Returns at once if it is not. */
    void hold(GuestTask task) {
        boolean tell = false;
        synchronized (this) {
            parked++;
            tell = report();
        }
        if (tell) {
            process.processes().stopped(process, signal);
        }
        synchronized (this) {
            while (stopped && !process.isExiting() && !task.isEnding()) {
                try {
                    wait();
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    break;
                }
            }
            parked--;
        }
    }

    /** A task has ended: it may have been the last one that had not stopped. */
    void taskEnded() {
        boolean tell;
        synchronized (this) {
            tell = report();
        }
        if (tell) {
            process.processes().stopped(process, signal);
        }
    }

    private boolean report() {
        if (!stopped || reported || parked < process.liveTasks().size() || process.isExiting()) {
            return false;
        }
        reported = true;
        return true;
    }

    /** Lets the process go on. */
    void resume() {
        boolean tell;
        synchronized (this) {
            tell = stopped && reported;
            stopped = false;
            notifyAll();
        }
        if (tell) {
            process.processes().continued(process);
        }
    }

    /** Wakes stopped tasks so that they notice the end. */
    synchronized void wake() {
        notifyAll();
    }

    /** Whether a signal is one that stops by default. */
    static boolean stops(int signal) {
        return signal == Signal.SIGSTOP
                || signal == Signal.SIGTSTP
                || signal == Signal.SIGTTIN
                || signal == Signal.SIGTTOU;
    }
}
