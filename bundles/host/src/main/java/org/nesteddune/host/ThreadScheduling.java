package org.nesteddune.host;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.nesteddune.linux.Prctl;

/**
 * How the host schedules a thread: its CPUs, policy, nice value, priority of input and output, and timer slack. New threads inherit that
 * from the one that makes them, which is not wanted where a guest's thread, scheduled as the guest likes, happens to make one for all.
 * Immutable.
 */
public final class ThreadScheduling {
    /** Bytes of a CPU mask: the greatest number of CPUs that Linux knows is 8192. */
    private static final int MASK_SIZE = 1024;

    /** {@code struct sched_attr}, version 0: size and policy (u32), flags (u64), nice value and priority (32 bits), three times (u64). */
    private static final int SCHED_ATTR_SIZE = 48;
    private static final int POLICY = 4;
    private static final int NICE = 16;

    /** {@code linux/ioprio.h}. */
    private static final int IOPRIO_WHO_PROCESS = 1;

    /** Threads do not tell others what their timer slack is. */
    private static final long UNKNOWN_SLACK = -1;

    private final byte[] mask;
    private final byte[] attributes;
    private final int ioPriority;
    private final long slack;

    private ThreadScheduling(byte[] mask, byte[] attributes, int ioPriority, long slack) {
        this.mask = mask;
        this.attributes = attributes;
        this.ioPriority = ioPriority;
        this.slack = slack;
    }

    /** How the calling thread is scheduled. */
    public static ThreadScheduling ofCaller() {
        return of(0, Linux.call(SyscallNumbers.SYS_prctl, Prctl.PR_GET_TIMERSLACK));
    }

    /** How another thread is scheduled, but for its timer slack. What the host does not tell is left out. */
    public static ThreadScheduling of(int tid) {
        return of(tid, UNKNOWN_SLACK);
    }

    private static ThreadScheduling of(int tid, long slack) {
        try (NativeBuffer buffer = new NativeBuffer(MASK_SIZE)) {
            long size = Linux.sched_getaffinity(tid, MASK_SIZE, buffer.address());
            byte[] mask = buffer.bytes(0, (int) Math.max(0, size));
            buffer.clear();
            long result = Linux.call(SyscallNumbers.SYS_sched_getattr, tid, buffer.address(), SCHED_ATTR_SIZE, 0);
            return new ThreadScheduling(
                mask,
                result == 0 ? buffer.bytes(0, SCHED_ATTR_SIZE) : new byte[0],
                (int) Math.max(0, Linux.call(SyscallNumbers.SYS_ioprio_get, IOPRIO_WHO_PROCESS, tid)),
                slack);
        }
    }

    /** The policy, {@code SCHED_*}; −1 if the host does not tell. */
    public int policy() {
        return word(POLICY, -1);
    }

    /** The nice value, −20 to 19; 0 if the host does not tell. */
    public int nice() {
        return word(NICE, 0);
    }

    private int word(int offset, int otherwise) {
        return attributes.length == 0
            ? otherwise
            : ByteBuffer.wrap(attributes).order(ByteOrder.nativeOrder()).getInt(offset);
    }

    /** Whether another is the same, but for the timer slack. */
    public boolean isLike(ThreadScheduling other) {
        return Arrays.equals(mask, other.mask)
            && Arrays.equals(attributes, other.attributes)
            && ioPriority == other.ioPriority;
    }

    /** Schedules the calling thread so, as far as the host permits. */
    public void applyToCaller() {
        if (slack != UNKNOWN_SLACK) {
            Linux.call(SyscallNumbers.SYS_prctl, Prctl.PR_SET_TIMERSLACK, slack);
        }
        applyTo(0);
    }

    /**
     * Schedules another thread so, but for the timer slack.
     *
     * @param tid 0 for the calling one
     * @return 0, or the first negated errno
     */
    public long applyTo(int tid) {
        long first = 0;
        try (NativeBuffer buffer = new NativeBuffer(MASK_SIZE)) {
            if (mask.length > 0) {
                Memory.copyTo(buffer.address(), mask, 0, mask.length);
                first = Linux.call(SyscallNumbers.SYS_sched_setaffinity, tid, mask.length, buffer.address());
            }
            if (attributes.length > 0) {
                Memory.copyTo(buffer.address(), attributes, 0, attributes.length);
                long result = Linux.call(SyscallNumbers.SYS_sched_setattr, tid, buffer.address(), 0);
                first = first < 0 ? first : result;
            }
        }
        if (ioPriority != Linux.call(SyscallNumbers.SYS_ioprio_get, IOPRIO_WHO_PROCESS, tid)) {
            long result = Linux.call(SyscallNumbers.SYS_ioprio_set, IOPRIO_WHO_PROCESS, tid, ioPriority);
            first = first < 0 ? first : result;
        }
        return first;
    }
}
