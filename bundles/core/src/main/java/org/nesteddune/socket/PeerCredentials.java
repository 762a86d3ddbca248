package org.nesteddune.socket;

import java.util.List;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Task;

/**
 * Who is at the other end of a UNIX socket, as it was at one moment. Immutable.
 *
 * @param pid guest process id; 0 for a process that is no guest of this dune
 * @param groups supplementary groups
 */
public record PeerCredentials(int pid, int uid, int gid, List<Integer> groups) {

    public PeerCredentials {
        groups = List.copyOf(groups);
    }

    /** Those that {@code SO_PEERCRED} shows: the effective ids. */
    public static PeerCredentials effective(Task task) {
        Credentials now = task.credentials();
        return new PeerCredentials(task.process().pid(), now.effectiveUid(), now.effectiveGid(), now.groups());
    }

    /** Those that go with a message of themselves: the real ids. */
    public static PeerCredentials real(Task task) {
        Credentials now = task.credentials();
        return new PeerCredentials(task.process().pid(), now.uid(), now.gid(), List.of());
    }
}
