package org.nesteddune.internal.task;

import java.util.concurrent.atomic.AtomicInteger;
import org.nesteddune.engine.Machine;
import org.nesteddune.mm.AddressSpace;

/**
 * An address space and the machine that it is visible in, used by the processes that share it ({@code mm_struct}); both are
 * closed with the last user. Thread-safe.
 */
public final class Mm {

    private final Machine machine;
    private final AddressSpace memory;
    private final Job job;
    private final AtomicInteger users = new AtomicInteger(1);

    /** The machine and the memory become this object's; the caller is the first user. */
    public Mm(Machine machine, AddressSpace memory, Job job) {
        this.machine = machine;
        this.memory = memory;
        this.job = job;
        job.began(this);
    }

    Machine machine() {
        return machine;
    }

    AddressSpace memory() {
        return memory;
    }

    /** Adds a user. */
    Mm retain() {
        users.incrementAndGet();
        return this;
    }

    /** Whether somebody else uses it too. */
    boolean isShared() {
        return users.get() > 1;
    }

    /**
     * Before it is seen that its last user has ended: mappings that others count go at once, although the rest may take
     * longer.
     */
    void ending() {
        if (!isShared()) {
            memory.unmapWatched();
        }
    }

    /** Takes a user away; none of its threads may be in guest code or in a host call on this memory any more. */
    public void release() {
        if (users.decrementAndGet() == 0) {
            job.ended(this);
            memory.close();
            machine.close();
        }
    }
}
