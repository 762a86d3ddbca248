package org.nesteddune.kernel;

import java.util.List;

/** User and group ids of a process, immutable. */
public record Credentials(
        int uid, int effectiveUid, int savedUid, int gid, int effectiveGid, int savedGid, List<Integer> groups) {

    public Credentials {
        groups = List.copyOf(groups);
    }
}
