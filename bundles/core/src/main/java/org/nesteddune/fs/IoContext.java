package org.nesteddune.fs;

import org.nesteddune.memory.GuestMemory;
import org.osgi.annotation.versioning.ProviderType;

/** The guest thread on whose behalf I/O is done. */
@ProviderType
public interface IoContext {

    /** The memory that addresses refer to. */
    GuestMemory memory();

    /**
     * Makes a host system call that may block, in such a way that a signal for the guest thread, or a request to park
     * it, ends it. An interruption that turns out to concern nobody is not seen.
     *
     * @param number the host's system-call number
     * @return the raw result; −EINTR becomes −ERESTARTSYS (−512) when a signal is to be delivered
     */
    long blockingCall(long number, long a0, long a1, long a2, long a3, long a4, long a5);

    /**
     * Makes a host system call as {@link #blockingCall} does, but once: an interruption that concerns nobody ends it, too.
     * For calls with a time limit, which would begin anew.
     *
     * @return the raw result; −EINTR for such an interruption, −ERESTARTSYS (−512) when a signal is to be delivered
     */
    long blockingCallOnce(long number, long a0, long a1, long a2, long a3, long a4, long a5);

    /** Bytes at {@link #scratch()}. */
    int SCRATCH_SIZE = 16384;

    /** A per-thread scratch area of host memory, {@value #SCRATCH_SIZE} bytes, for structures of host calls. */
    long scratch();
}
