package org.nesteddune.host;

import org.nesteddune.linux.Prctl;

/**
 * How the host schedules a thread: its CPUs, policy, nice value and timer slack. New threads inherit that from the one that makes them,
 * which is not wanted where a guest's thread, scheduled as the guest likes, happens to make one for all. Immutable.
 */
public final class ThreadScheduling {
    /** Bytes of a CPU mask: the greatest number of CPUs that Linux knows is 8192. */
    private static final int MASK_SIZE = 1024;

    private static final int SCHED_ATTR_SIZE = 48;

    private final byte[] mask;
    private final byte[] attributes;
    private final long slack;

    private ThreadScheduling(byte[] mask, byte[] attributes, long slack) {
        this.mask = mask;
        this.attributes = attributes;
        this.slack = slack;
    }

    /** How the calling thread is scheduled. */
    public static ThreadScheduling ofCaller() {
        try (NativeBuffer buffer = new NativeBuffer(MASK_SIZE)) {
            long size = Linux.sched_getaffinity(0, MASK_SIZE, buffer.address());
            byte[] mask = buffer.bytes(0, (int) Math.max(0, size));
            buffer.clear();
            long result =
                Linux.call(SyscallNumbers.SYS_sched_getattr, 0, buffer.address(), SCHED_ATTR_SIZE, 0);
            return new ThreadScheduling(
                mask,
                result == 0 ? buffer.bytes(0, SCHED_ATTR_SIZE) : new byte[0],
                Linux.call(SyscallNumbers.SYS_prctl, Prctl.PR_GET_TIMERSLACK));
        }
    }

    /** Schedules the calling thread so, as far as the host permits. */
    public void applyToCaller() {
        Linux.call(SyscallNumbers.SYS_prctl, Prctl.PR_SET_TIMERSLACK, slack);
        try (NativeBuffer buffer = new NativeBuffer(MASK_SIZE)) {
            if (mask.length > 0) {
                Memory.copyTo(buffer.address(), mask, 0, mask.length);
                Linux.call(SyscallNumbers.SYS_sched_setaffinity, 0, mask.length, buffer.address());
            }
            if (attributes.length > 0) {
                Memory.copyTo(buffer.address(), attributes, 0, attributes.length);
                Linux.call(SyscallNumbers.SYS_sched_setattr, 0, buffer.address(), 0);
            }
        }
    }
}
