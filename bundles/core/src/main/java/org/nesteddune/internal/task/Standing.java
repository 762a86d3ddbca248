package org.nesteddune.internal.task;

/**
 * Where a process stands in job control. Changed under the process table's lock by {@link Sessions} alone; anybody may
 * look.
 */
final class Standing {

    private volatile Group group;
    private volatile boolean attached;
    private volatile boolean leader;

    /** Its process group. */
    Group group() {
        return group;
    }

    void group(Group value) {
        group = value;
    }

    /** Whether its session's terminal, if there is one, is its own too ({@code signal->tty} of the kernel). */
    boolean isAttached() {
        return attached;
    }

    void attached(boolean value) {
        attached = value;
    }

    /** Whether it leads its session. */
    boolean isLeader() {
        return leader;
    }

    void becomeLeader() {
        leader = true;
    }
}
