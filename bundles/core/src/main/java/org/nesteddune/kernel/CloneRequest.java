package org.nesteddune.kernel;

import org.nesteddune.linux.Clone;

/**
 * What {@code fork}, {@code vfork}, {@code clone} and {@code clone3} have in common ({@code struct kernel_clone_args}).
 *
 * @param flags {@code CLONE_*} without the signal in the lowest byte
 * @param exitSignal generic signal number that the parent gets at the child's end, or 0
 * @param stackPointer where the child's stack pointer stands at first, or 0 for the parent's
 * @param threadPointer for CLONE_SETTLS
 * @param parentTid guest address for CLONE_PARENT_SETTID
 * @param childTid guest address for CLONE_CHILD_SETTID and CLONE_CHILD_CLEARTID
 * @param pidfd guest address for CLONE_PIDFD
 */
public record CloneRequest(
        long flags, int exitSignal, long stackPointer, long threadPointer, long parentTid, long childTid, long pidfd) {

    /** As {@code fork} asks. */
    public static CloneRequest fork(int exitSignal) {
        return new CloneRequest(0, exitSignal, 0, 0, 0, 0, 0);
    }

    /** As {@code vfork} asks. */
    public static CloneRequest vfork(int exitSignal) {
        return new CloneRequest(Clone.CLONE_VM | Clone.CLONE_VFORK, exitSignal, 0, 0, 0, 0, 0);
    }

    /** Whether a flag, or one of several, is set. */
    public boolean has(long flag) {
        return (flags & flag) != 0;
    }
}
