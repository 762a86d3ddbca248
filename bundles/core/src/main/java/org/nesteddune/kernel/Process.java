package org.nesteddune.kernel;

import java.util.List;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.Terminal;
import org.nesteddune.linux.Errno;
import org.nesteddune.mm.AddressSpace;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A guest process (thread group). Its parts are objects of their own, each with its own lock; the process only holds
 * them. Thread-safe.
 */
@ProviderType
public interface Process {

    /** Process id (tgid) among the guests of this dune. */
    int pid();

    /** What it is limited to, with all that was entered with it and their descendants; null if it is not. */
    default Confinement confinement() {
        return null;
    }

    /** By which others hold on to it longer than it lives. */
    PidHandle handle();

    /** The parent's pid; 1, the runtime itself, where there is none. */
    int parentPid();

    /** Its children, ended ones that were not waited for included; a snapshot. */
    List<Process> children();

    /**
     * Waits for a child, as {@code wait4} and {@code waitid} do.
     *
     * @param caller the task that waits, one of this process's
     * @param options {@code linux/wait.h}, with WEXITED, WSTOPPED and WCONTINUED for what is waited for
     * @return null if there was nothing and WNOHANG is set
     * @throws org.nesteddune.syscall.ErrnoException ECHILD, or ERESTARTSYS when a signal is to be delivered
     */
    ChildEvent awaitChild(Task caller, ChildSelector selector, int options);

    /** What the children have used that were waited for, and those that they had waited for. */
    Usage childrenUsage();

    /** The name of its first task, which it keeps when that has ended. */
    String name();

    /** The state letter of {@code ps}: R running, S sleeping in a call, T stopped, Z ended. */
    char stateLetter();

    /** Its process group, and by that its session; {@link JobControl} changes them. */
    ProcessGroup group();

    /** Process group id. */
    default int processGroup() {
        return group().id();
    }

    /** Session id. */
    default int session() {
        return group().session().id();
    }

    /** Its controlling terminal, or null. */
    Terminal terminal();

    /** Its tasks, a snapshot. */
    List<Task> tasks();

    Architecture architecture();

    AddressSpace memory();

    /** The first task's descriptors; after the process's end a closed table. */
    DescriptorTable descriptors();

    /** Working directory, root, umask, mounts of the first task; after the process's end a closed one. */
    FsContext fs();

    SignalHandlers signalHandlers();

    /** Signals sent to the process as a whole. */
    PendingSignals pendingSignals();

    /** Who wants to know what waits here and for the tasks. */
    SignalWatchers signalWatchers();

    /** Those of its first task; other tasks may have others. */
    Credentials credentials();

    Limits limits();

    /** The values behind {@code prctl} and its like. */
    ProcessSettings settings();

    /** Interval timers and timers of {@code timer_create}; closed at the process's end. */
    ProcessTimers timers();

    /** The program's path as the guest sees it ({@code /proc/self/exe}). */
    String executable();

    /** Arguments as bytes as they were at exec, each with its NUL ({@code /proc/self/cmdline}). */
    byte[] commandLine();

    /** Environment as it was at exec ({@code /proc/self/environ}). */
    byte[] environment();

    /** The auxiliary vector as it was at exec ({@code /proc/self/auxv}). */
    byte[] auxiliaryVector();

    /** Bounds of code, data, stack and argument areas, for {@code /proc/self/stat}. */
    ProgramBounds bounds();

    /** Host CLOCK_BOOTTIME at its start, nanoseconds. */
    long startTime();

    /** User and system CPU time of all its tasks, past and present, in nanoseconds. */
    CpuTimes cpuTimes();

    /** What all its tasks have used, past and present. */
    Usage usage();

    /**
     * The most memory in bytes that it had resident when that was counted last, which costs a walk through all of it; {@link #usage} counts
     * it anew.
     */
    long peakResident();

    /**
     * Sends a signal to the process as a whole; a task that does not block it is interrupted, the first one if it can be.
     *
     * @return false if it is one that carries a value and RLIMIT_SIGPENDING allows no more (EAGAIN)
     */
    boolean signal(SignalInfo info);

    /**
     * Sends a signal to the process as a whole, as {@link #signal(SignalInfo)} does.
     *
     * @param preferred the task that gets it if it does not block it; null for the first one
     */
    boolean signal(SignalInfo info, Task preferred);

    /**
     * Sends a timer's signal to the process as a whole, unless it waits already.
     *
     * @return false if it is ignored
     */
    boolean signal(PendingSignals.Source source, Task preferred);

    /**
     * Sends a signal to children that it made as a native process, which stay native; the host decides whether it may.
     *
     * @param selector as {@code kill} takes it: a child's pid, 0 for those in its native group, −1 for all, or −group
     * @param signal generic number, 0 to ask only
     * @return 0, or a negated errno: ESRCH if there are none, ERESTARTNOINTR if the process is about to be native again
     */
    default long signalNativeChildren(int selector, int signal) {
        return -Errno.ESRCH;
    }

    /** Starts the end of all its tasks, as {@code exit_group} does. The caller's task goes on until its next state. */
    void exit(ExitStatus status);

    /** The other processes of this dune and what they share. */
    ProcessTable table();

    /**
     * Where a program's parts lie in its address space; guest addresses.
     */
    record ProgramBounds(
            long codeStart,
            long codeEnd,
            long dataStart,
            long dataEnd,
            long breakStart,
            long stackStart,
            long argumentsStart,
            long argumentsEnd,
            long environmentStart,
            long environmentEnd) {}

    /** CPU time in nanoseconds. */
    record CpuTimes(long user, long system) {}
}
