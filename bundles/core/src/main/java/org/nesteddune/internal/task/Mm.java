package org.nesteddune.internal.task;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.nesteddune.fs.RunningPrograms;
import org.nesteddune.internal.mm.ReplaceableMachine;
import org.nesteddune.mm.AddressSpace;

/**
 * An address space and the machine that it is visible in, used by the processes that share it ({@code mm_struct}); both are
 * closed with the last user. Thread-safe.
 */
public final class Mm {

    private final ReplaceableMachine machine;
    private final AddressSpace memory;
    private final Job job;
    private final RunningPrograms programs;
    private final RunningPrograms.Program program;
    private final AtomicInteger users = new AtomicInteger(1);
    private final AtomicBoolean running = new AtomicBoolean(true);

    /**
     * The machine and the memory become this object's; the caller is the first user.
     *
     * @param program the file that is executed in it, which is not written to meanwhile
     */
    public Mm(ReplaceableMachine machine, AddressSpace memory, Job job, RunningPrograms programs, RunningPrograms.Program program) {
        this.machine = machine;
        this.memory = memory;
        this.job = job;
        this.programs = programs;
        this.program = program;
        programs.began(program);
        job.began(this);
    }

    /** Other memory in which the same program is executed. */
    Mm copy(ReplaceableMachine otherMachine, AddressSpace otherMemory) {
        return new Mm(otherMachine, otherMemory, job, programs, program);
    }

    ReplaceableMachine machine() {
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
     * Before it is seen that its last user has ended: what others count goes at once, although the rest may take
     * longer, and the program may be written to.
     */
    void ending() {
        if (!isShared()) {
            memory.ending();
            endProgram();
        }
    }

    /** Takes a user away; none of its threads may be in guest code or in a host call on this memory any more. */
    public void release() {
        if (users.decrementAndGet() == 0) {
            endProgram();
            job.ended(this);
            memory.close();
            machine.close();
        }
    }

    private void endProgram() {
        if (running.compareAndSet(true, false)) {
            programs.ended(program);
        }
    }
}
