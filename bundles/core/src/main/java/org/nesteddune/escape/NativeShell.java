package org.nesteddune.escape;

import org.osgi.annotation.versioning.ConsumerType;

/** A native process that is ready to go on where a guest stands. For the thread that made it. */
@ConsumerType
public interface NativeShell {

    /** Its process id on the host. It is the runtime's child, which waits for it. */
    int pid();

    /**
     * Lets it run. From here on the guest must not.
     *
     * @throws EscapeException if it is gone; none of its instructions has been executed then, and nothing is left of it
     */
    void release() throws EscapeException;

    /** Ends it before it was released; nothing is left of it. Idempotent. */
    void abandon();
}
