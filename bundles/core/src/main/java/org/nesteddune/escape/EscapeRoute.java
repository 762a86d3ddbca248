package org.nesteddune.escape;

import org.nesteddune.kernel.Process;
import org.osgi.annotation.versioning.ConsumerType;

/** Makes native processes of guests. An OSGi service, thread-safe. */
@ConsumerType
public interface EscapeRoute {

    /**
     * Looks whether a guest can become a native process. The guest may be running: what is found can change until it stands
     * still, and is looked at again then.
     *
     * @throws EscapeException if it has something that cannot be taken along
     */
    void check(Process process) throws EscapeException;

    /**
     * Makes a native process that is what a guest is, down to its registers, and does not run yet. The guest stands still
     * meanwhile and is only looked at.
     *
     * @return the process, a child of the runtime's; all calls about it are for the calling thread
     * @throws EscapeException if that did not succeed; nothing is left of the process then
     */
    NativeShell prepare(Departing guest) throws EscapeException;
}
