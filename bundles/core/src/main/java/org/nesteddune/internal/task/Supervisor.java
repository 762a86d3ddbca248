package org.nesteddune.internal.task;

import org.nesteddune.kernel.TimerThread;

/** What processes need of the runtime that holds them. Thread-safe. */
public interface Supervisor {

    /** Reports a fault of the runtime's own to the operator. {@code cause} may be null. */
    void defect(String what, Throwable cause);

    /** Sends a task the kick signal now and again until {@link GuestTask#nudge()} says that it is enough. */
    void nudge(GuestTask task);

    /** Where the timers of all guests expire. */
    TimerThread timerThread();

    /** A process has ended and freed everything. */
    void ended(GuestProcess process);
}
