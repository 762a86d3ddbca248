package org.nesteddune.kernel;

import java.util.function.Consumer;
import org.nesteddune.arch.SignalInfo;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A process group: a job of a shell. It is there as long as it has members, ended ones that were not waited for
 * included; who holds it longer holds an empty one. Thread-safe.
 */
@ProviderType
public interface ProcessGroup {

    /** Its id, the pid of the process that it was made for. */
    int id();

    Session session();

    /**
     * Whether nobody outside looks after it: no member has a parent in another group of the session. Such a group is not
     * stopped by the keyboard, for nobody could let it go on.
     */
    boolean isOrphaned();

    /**
     * Does something to each member. None is missed: processes are neither made nor end meanwhile, and a member's
     * {@code fork} that is under way is made again when this has sent it a signal.
     *
     * @param action must not wait
     */
    void forEach(Consumer<Process> action);

    /** Sends a signal to all members, as the kernel does: whoever caused it may do so. */
    default void signal(SignalInfo info) {
        forEach(member -> member.signal(info));
    }
}
