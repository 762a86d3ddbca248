package org.nesteddune.internal.task;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.nesteddune.kernel.Usage;
import org.nesteddune.kernel.WaitQueue;

/**
 * A process's place among the others: parent, children, and what the parent is to learn of it. Guarded by the process
 * table's lock, but for the volatile parts, which others may look at without it.
 */
final class Kinship {

    /** Children in the order in which they were made. */
    final Set<GuestProcess> children = new LinkedHashSet<>();

    /** Where this process's tasks wait for children. */
    final WaitQueue waiting = new WaitQueue();

    /** The tid of the task that made it (for __WNOTHREAD and PR_SET_PDEATHSIG). */
    int parentTid;

    /** Generic signal that the parent gets at the end, or 0. */
    int exitSignal;

    /** The stop signal that the parent was not told of yet by a wait, or 0. */
    int stopReport;

    /** Whether the parent was not told yet by a wait that the process goes on. */
    boolean continueReport;

    /** What children have used that were waited for, with what those had. */
    Usage childrenUsage = Usage.NONE;

    /** Tracees that have ended. */
    final List<Tracers.Ended> endedTracees = new ArrayList<>();

    /** Whether a tracer has to wait for it before its parent can. */
    boolean held;

    private volatile GuestProcess parent;
    private volatile boolean zombie;
    private volatile boolean reaped;

    /** @param parent null for the runtime */
    Kinship(GuestProcess parent, int parentTid, int exitSignal) {
        this.parent = parent;
        this.parentTid = parentTid;
        this.exitSignal = exitSignal;
    }

    /** Null for the runtime. */
    GuestProcess parent() {
        return parent;
    }

    void parent(GuestProcess value) {
        parent = value;
    }

    /** Whether it has ended; it stays in the table until its parent has waited for it. */
    boolean isZombie() {
        return zombie;
    }

    void becomeZombie() {
        zombie = true;
    }

    /** Whether it is out of the table, because its parent has waited for it or there is none. */
    boolean isReaped() {
        return reaped;
    }

    void becomeReaped() {
        reaped = true;
    }
}
