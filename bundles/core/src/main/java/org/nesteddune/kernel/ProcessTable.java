package org.nesteddune.kernel;

import java.util.List;
import org.nesteddune.fs.FileNotifier;
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

    /** The UNIX sockets of these processes. */
    SocketTable sockets();
}
