package org.nesteddune.clone;

import org.nesteddune.arch.Architecture;
import org.osgi.annotation.versioning.ProviderType;

/** What a strategy makes a child from: the calling task, stopped in its call. For that task's own thread. */
@ProviderType
public interface CloneParent {

    Architecture architecture();

    /** A new vCPU in the caller's own machine and memory, with a copy of the caller's registers and vector state. */
    CloneChild share();

    /**
     * A copy of the caller's memory in a new machine of the same engine, and a vCPU in it with a copy of the caller's
     * registers and vector state.
     */
    CloneChild copy();
}
