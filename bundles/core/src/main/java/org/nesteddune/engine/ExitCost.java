package org.nesteddune.engine;

import org.nesteddune.arch.Architecture;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Measures what leaving the guest costs with nothing added: the floor under every system call. A service of an engine
 * whose guests leave for the host, with the property {@link ExecutionEngine#NAME}. Thread-safe.
 */
@ConsumerType
public interface ExitCost {

    /**
     * Runs a guest that does nothing but system calls, and re-enters it at once each time, without this runtime's
     * dispatch.
     *
     * @param exits how many, above 0; some more are made first to warm up
     * @return nanoseconds for one call from the guest to the host and back, the mean
     * @throws EngineException if the engine cannot run the architecture
     */
    double nanosecondsPerExit(Architecture architecture, int exits);
}
