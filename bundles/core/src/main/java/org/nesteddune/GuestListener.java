package org.nesteddune;

import org.nesteddune.kernel.ExitStatus;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Learns of the lives of all guests, those that guests make among them. Whoever registers one as an OSGi service is told, from then
 * on, of what happens. All calls come in the order of what they tell, on one thread of the runtime's that serves all listeners: they
 * must not wait. While nobody listens nothing is done.
 */
@ConsumerType
public interface GuestListener {

    /** A guest runs: one that was entered, or a process that a guest has made. */
    default void started(Guest guest) {}

    /** A guest has ended, and everything that it held is freed. */
    default void exited(Guest guest, ExitStatus status) {}

    /** A guest that was entered has been stopped by a signal (its number). */
    default void stopped(Guest guest, int signal) {}

    /** A guest that was entered goes on after a stop. */
    default void continued(Guest guest) {}

    /** A guest waits because what it runs on is away, {@code reason} says what that is; or because somebody holds it for this reason. */
    default void held(Guest guest, String reason) {}

    /** A guest that was held goes on. */
    default void resumed(Guest guest) {}
}
