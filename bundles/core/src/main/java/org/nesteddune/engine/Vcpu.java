package org.nesteddune.engine;

import org.nesteddune.arch.CpuState;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * One virtual CPU. All methods but {@link #kick} are called by the one thread that owns the vCPU at that time; any
 * thread may take it over while it is not running.
 */
@ConsumerType
public interface Vcpu extends AutoCloseable {

    /**
     * The user-mode state as the guest sees it: what an exit left and what the next {@link #run} starts from. The same
     * object for the life of the vCPU; it is live only between two runs.
     */
    CpuState state();

    /**
     * Runs guest code until something needs the core. Allocates nothing for a system call or an interruption.
     *
     * <p>After every exit {@link #state()} is exact: for a {@link Exit.SystemCall} the program counter is behind the
     * call instruction, for a fault it is at the faulting instruction.
     *
     * <p>A run after a {@link #kick} that has not been reported yet returns {@link Exit#INTERRUPTED} at once.
     */
    Exit run();

    /**
     * Makes a {@link #run} that is under way, or else the next one, end with {@link Exit#INTERRUPTED} soon. Any thread;
     * harmless on a closed vCPU.
     */
    void kick();

    /** Frees the vCPU. Not while it runs. Idempotent; never throws. */
    @Override
    void close();
}
