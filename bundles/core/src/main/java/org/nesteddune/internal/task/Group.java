package org.nesteddune.internal.task;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.ProcessGroup;

/** A process group; its members are guarded by the process table's lock. */
final class Group implements ProcessGroup {

    private final int id;
    private final GuestSession session;
    private final Sessions owner;
    private final Job job;

    final Set<GuestProcess> members = new LinkedHashSet<>();

    /** @param job of the process that it is made for; null for the runtime's own */
    Group(int id, GuestSession session, Sessions owner, Job job) {
        this.id = id;
        this.session = session;
        this.owner = owner;
        this.job = job;
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public GuestSession session() {
        return session;
    }

    Job job() {
        return job;
    }

    @Override
    public boolean isOrphaned() {
        synchronized (owner.lock()) {
            return owner.isOrphaned(this, null);
        }
    }

    @Override
    public void forEach(Consumer<Process> action) {
        synchronized (owner.lock()) {
            owner.visit();
            List.copyOf(members).forEach(action);
        }
    }
}
