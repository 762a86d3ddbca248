package org.nesteddune.kernel;

import java.util.List;
import java.util.function.Consumer;
import org.nesteddune.fs.FileNotifier;
import org.nesteddune.fs.LockTable;
import org.nesteddune.fs.RunningPrograms;
import org.nesteddune.fs.Terminals;
import org.nesteddune.kernel.ipc.IpcNamespace;
import org.nesteddune.socket.SocketTable;
import org.osgi.annotation.versioning.ProviderType;

/** All guest processes of a dune. Thread-safe. */
@ProviderType
public interface ProcessTable {

    /** The process with a pid, or null. */
    Process process(int pid);

    /** The task with a tid, or null. */
    Task task(int tid);

    /** The priority-inheriting futexes of all of them. */
    PiFutexes piFutexes();

    /** Watches their files that have signal-driven I/O. */
    FileNotifier fileNotifier();

    /** All processes by ascending pid, a snapshot. */
    List<Process> processes();

    /** How many signals wait for each user. */
    SignalQueues signalQueues();

    /** The task whose thread is calling, or null. */
    Task currentTask();

    /** The IPC namespace that all of them share. */
    IpcNamespace ipc();

    /** What they execute. */
    RunningPrograms programs();

    /** Their POSIX record locks. */
    LockTable recordLocks();

    /** The UNIX sockets of these processes. */
    SocketTable sockets();

    /**
     * Does something to each process. None is missed: processes are neither made nor end meanwhile, and a {@code fork} that
     * is under way is made again when this has sent its maker a signal.
     *
     * @param action must not wait
     */
    void forEach(Consumer<Process> action);

    /** Their sessions, process groups and controlling terminals. */
    JobControl jobs();

    /** The terminals that they have open or are controlled by. */
    Terminals terminals();
}
