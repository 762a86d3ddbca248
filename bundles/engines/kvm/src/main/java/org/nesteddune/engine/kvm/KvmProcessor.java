package org.nesteddune.engine.kvm;

import org.nesteddune.engine.Exit;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * An architecture's side of one vCPU, which runs the guest thread whose state is bound to it. The engine's run loop is
 *
 * <pre>
 *     bind, and then
 *     prepare → KVM_RUN → leave                    and from prepare if leave said null
 *                       → leaveInterrupted         and KVM_RUN again if that said false
 * </pre>
 *
 * For one thread at a time; nothing is allocated for a system call.
 */
@ConsumerType
public interface KvmProcessor extends AutoCloseable {

    /**
     * Makes a guest thread the one that runs here from now on. Cheap: what the vCPU lacks it gets in {@link #prepare}.
     *
     * @param state made by the same machine's {@link KvmMachine#createState}, and bound to nothing
     */
    void bind(KvmState state);

    /**
     * Puts all that the vCPU holds of the bound state into that and lets go of it. Only between two runs.
     *
     * @throws org.nesteddune.engine.EngineException if KVM refuses; the state is then lost, and nothing is bound
     */
    void unbind();

    /** Lets go of the bound state, which nobody needs any more. */
    void forget();

    /**
     * Hands the bound state over to KVM.
     *
     * @return null, or an exit to report without running, because the hardware cannot start from such a state
     */
    Exit prepare();

    /**
     * Fetches the state after KVM_RUN and says why the guest stopped.
     *
     * @param result what KVM_RUN returned: 0 or a negated error number other than EINTR
     * @return the exit, or null if it concerns nobody and the guest is to run on
     */
    Exit leave(long result);

    /**
     * Fetches the state after KVM_RUN has been cut short.
     *
     * @return whether the guest is at an instruction boundary of its own; if not, the state must not be touched and the
     *     vCPU has to run until it leaves by itself, which it will at once
     */
    boolean leaveInterrupted();

    /** Registers and last exit for an operator, in several lines. */
    String dump();

    /** Makes the guest leave by system calls without end, on a vCPU that nothing is bound to. */
    void startExitLoop();

    /** The least that must be done between two runs of {@link #startExitLoop}'s guest. */
    void continueExitLoop();

    /** Frees what is not KVM's own. Idempotent; never throws. */
    @Override
    void close();
}
