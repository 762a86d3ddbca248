package org.nesteddune.clone;

import org.nesteddune.kernel.CloneRequest;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * One way of giving a new task its memory and its CPU. One OSGi service a strategy, named by the service property
 * {@value #NAME}; for each {@code fork}, {@code vfork}, {@code clone} and {@code clone3} the core takes the strategy with the
 * highest service ranking that {@linkplain #takes takes} the call. Thread-safe.
 */
@ConsumerType
public interface CloneStrategy {

    /** Service property: the strategy's name, a string. */
    String NAME = "dune.strategy";

    /** Its name, as {@code --trace} shows it: {@code SAME_VM}. */
    String name();

    /** What it is for, in a few words, for {@code dune:strategies}. */
    String description();

    /** Whether this strategy is the one for a call; decided by flags and stack alone. */
    boolean takes(CloneRequest request);

    /**
     * Makes memory and CPU of the child. Registers are the parent's at its call but for what the strategy changes; result
     * and thread pointer are set by the core.
     *
     * @return what the child is made of; the core's from now on
     * @throws org.nesteddune.syscall.ErrnoException with the error that the call gets; nothing is left behind then
     * @throws org.nesteddune.engine.EngineException if the engine cannot make a machine or a vCPU; the call gets EAGAIN
     */
    CloneChild make(CloneParent parent, CloneRequest request);
}
