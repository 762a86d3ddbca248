package org.nesteddune.internal.task;

import java.util.LinkedHashSet;
import java.util.Set;
import org.nesteddune.fs.Terminal;
import org.nesteddune.kernel.Session;

/** A session. Changed under the process table's lock by {@link Sessions} alone; anybody may look. */
final class GuestSession implements Session {

    private final int id;

    /** Groups that have members. */
    final Set<Group> groups = new LinkedHashSet<>();

    /** Null for the runtime, and when it has ended. */
    GuestProcess leader;

    /** The foreground group at the moment when the terminal hung up, which learns of it at the leader's end; or null. */
    Group hungUp;

    private volatile Terminal terminal;
    private volatile Group foreground;

    GuestSession(int id, GuestProcess leader) {
        this.id = id;
        this.leader = leader;
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public Terminal terminal() {
        return terminal;
    }

    @Override
    public Group foreground() {
        return foreground;
    }

    void terminal(Terminal value, Group first) {
        terminal = value;
        foreground = first;
    }

    void foreground(Group value) {
        foreground = value;
    }
}
