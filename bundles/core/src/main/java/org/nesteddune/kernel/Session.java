package org.nesteddune.kernel;

import org.nesteddune.fs.Terminal;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A session: the process groups that a log-in shell or a daemon has made, and the terminal they share if they have one.
 * Thread-safe.
 */
@ProviderType
public interface Session {

    /** Its id, the leader's pid. */
    int id();

    /** The controlling terminal, or null. */
    Terminal terminal();

    /** The group that may read from the terminal and gets the signals of its keys; null if there is none. */
    ProcessGroup foreground();
}
