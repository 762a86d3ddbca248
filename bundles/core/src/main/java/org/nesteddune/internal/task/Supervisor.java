package org.nesteddune.internal.task;

import java.util.function.Consumer;
import org.nesteddune.arch.Architecture;
import org.nesteddune.clone.CloneStrategy;
import org.nesteddune.escape.EscapeRoute;
import org.nesteddune.internal.dispatch.SyscallTables;
import org.nesteddune.internal.loader.LoadException;
import org.nesteddune.internal.loader.LoadedProgram;
import org.nesteddune.internal.loader.ProgramLoader;
import org.nesteddune.internal.mm.ReplaceableMachine;
import org.nesteddune.kernel.CloneRequest;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.TimerThread;

/** What processes need of the runtime that holds them. Thread-safe. */
public interface Supervisor {

    /** Reports a fault of the runtime's own to the operator. {@code cause} may be null. */
    void defect(String what, Throwable cause);

    /** Sends a task the kick signal now and again until {@link GuestTask#nudge()} says that it is enough. */
    void nudge(GuestTask task);

    /** The same, but from a little later on. */
    void nudgeSoon(GuestTask task);

    /** What runs the tasks of all guests. */
    TaskThreads taskThreads();

    /** What makes native processes of guests; null if nothing does. */
    EscapeRoute escapeRoute();

    /** Who is told of each step of an escape before it is made, and may end it by an exception; null for nobody. */
    Consumer<String> escapeWatcher();

    /** Where the timers of all guests expire. */
    TimerThread timerThread();

    /**
     * A process has begun, or begins another program: if what it was made for has gone meanwhile, unseen by {@link Holds}, it is held.
     *
     * @param task the only one of the process
     */
    void settle(GuestTask task);

    /**
     * Loads a program for {@code execve}.
     *
     * @throws org.nesteddune.syscall.ErrnoException ERESTARTNOINTR if what it runs on is away for a moment
     */
    LoadedProgram load(GuestTask task, ProgramLoader.Request request) throws LoadException;

    /**
     * An empty machine like the task's own, for a child process.
     *
     * @throws org.nesteddune.syscall.ErrnoException ERESTARTNOINTR if the engine is away for a moment
     */
    ReplaceableMachine createMachine(GuestTask task);

    /** Where the current dispatch table is found of a job's processes that are programs for an architecture. */
    SyscallTables.Slot dispatch(Architecture architecture, Job job);

    /**
     * The clone strategy for a call.
     *
     * @param task who makes the call, and waits if a strategy has just been taken away
     * @throws org.nesteddune.syscall.ErrnoException ENOSYS if no installed strategy takes it, ERESTARTNOINTR for a signal
     */
    CloneStrategy strategy(Task task, CloneRequest request);

    /** A process has been made by another. */
    void began(GuestProcess process);

    /**
     * A process that was entered has stopped or goes on. Called under the process table's lock.
     *
     * @param signal the stop signal, or 0 when it goes on
     */
    void stopped(GuestProcess process, int signal);

    /** A process waits because what it runs on is away. */
    void held(GuestProcess process, String reason);

    /** A process that was held goes on. */
    void resumed(GuestProcess process);

    /** A process has ended and freed everything. */
    void ended(GuestProcess process);

    /** Nobody waits for an ended process any more: its pid is free. */
    void reaped(GuestProcess process);
}
