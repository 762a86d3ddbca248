package org.nesteddune;

import java.util.List;
import java.util.Optional;
import org.nesteddune.escape.EscapeException;
import org.osgi.annotation.versioning.ProviderType;

/** The runtime: starts programs in dune and knows those that run. An OSGi service; thread-safe. */
@ProviderType
public interface Dune {

    /**
     * Starts a program in dune.
     *
     * @throws LaunchException if it cannot be started; nothing of it is left then
     */
    Guest enter(GuestSpec spec) throws LaunchException;

    /**
     * Takes a native process of the host into dune, in the middle of whatever it does. It keeps its number there and here; its native
     * parent can wait for it as before, and {@link #escape} lets it go on as the same process.
     *
     * @param pid its number on the host; the user of the runtime must be allowed to trace it
     * @throws EscapeException if it cannot be taken; it goes on natively as if nobody had asked
     */
    Guest enter(int pid) throws EscapeException;

    /** As {@link Guest#escape}. */
    default int escape(Guest guest) throws EscapeException {
        return guest.escape();
    }

    /** The guests that have not ended, by ascending pid. */
    List<Guest> guests();

    /** The guest with a pid that has not ended, or ended a short while ago and was not waited for. */
    Optional<Guest> guest(int pid);
}
