package org.nesteddune.escape;

import org.osgi.annotation.versioning.ConsumerType;

/** Takes native processes of the host, which then become guests. An OSGi service, thread-safe. */
@ConsumerType
public interface EntryRoute {

    /**
     * Stops a process and finds out what it is.
     *
     * @param pid its number on the host; if it is a child of the runtime's process, the calling thread has made it and waits for it
     * @param steps is told of what is done
     * @return the process; all calls about it are for the calling thread
     * @throws EscapeException if it cannot become a guest; it goes on then as if nobody had looked at it
     */
    Arriving seize(int pid, Steps steps) throws EscapeException;

    /** Is told of each step before it is made. */
    interface Steps {

        /**
         * A step is about to be made.
         *
         * @param name what is done, for messages: "map memory"
         * @throws EscapeException to end it all here
         */
        void step(String name) throws EscapeException;
    }
}
