package org.nesteddune.kernel;

import java.util.function.LongSupplier;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.SignalFrames.AlternateStack;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.IoContext;
import org.nesteddune.mm.AddressSpace;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A guest thread. System-call handlers get the calling task; unless said otherwise methods are for that task's own
 * thread.
 */
@ProviderType
public interface Task extends IoContext {

    /** Thread id. Any thread. */
    int tid();

    /** By which others hold on to it longer than it lives. Any thread. */
    PidHandle handle();

    /** The process it belongs to. Any thread. */
    Process process();

    /** The registers at the system call in progress. */
    CpuState cpu();

    @Override
    AddressSpace memory();

    default Architecture architecture() {
        return process().architecture();
    }

    /** Its ids and capabilities. Any thread. */
    Credentials credentials();

    /**
     * Becomes somebody else: from here on the host, too, checks by these credentials what the task does.
     *
     * @throws org.nesteddune.syscall.ErrnoException EPERM or EINVAL if the host will not have it; then nothing has changed
     */
    void credentials(Credentials value);

    /** Does something by the real ids instead of the file-system ones, in the host too ({@code access}). */
    long asRealUser(LongSupplier action);

    /** Its descriptors; usually all tasks of a process share them. */
    DescriptorTable descriptors();

    /** Working directory, root, umask, mounts; usually all tasks of a process share them. */
    FsContext fs();

    /** No longer shares files, descriptors or both with other tasks ({@code unshare} with CLONE_FS, CLONE_FILES). */
    void unshare(boolean files, boolean descriptors);

    /** The name that {@code prctl(PR_SET_NAME)} sets and {@code ps} shows, at most 15 bytes. Any thread. */
    String name();

    /** Sets the name; it is cut to 15 bytes. */
    void name(String value);

    /** The state letter of {@code ps}: R running, S sleeping in a call, T stopped. Any thread. */
    char stateLetter();

    /** Blocked signals. Any thread. */
    SignalSet signalMask();

    /** Sets the blocked signals; SIGKILL and SIGSTOP stay unblocked. */
    void signalMask(SignalSet mask);

    /**
     * Sets another mask until the call in progress has ended and its signal, if one came, has been delivered
     * ({@code sigsuspend}, {@code ppoll}, {@code pselect6}).
     */
    void temporarySignalMask(SignalSet mask);

    /** Signals sent to this task alone. Any thread. */
    PendingSignals pendingSignals();

    /** Whether a signal that is not blocked and not ignored waits for this task. */
    boolean hasDeliverableSignal();

    /**
     * Sends a signal to this task alone. Any thread.
     *
     * @return false if it is one that carries a value and RLIMIT_SIGPENDING allows no more (EAGAIN)
     */
    boolean signal(SignalInfo info);

    /**
     * Sends a timer's signal to this task alone, unless it waits already. Any thread.
     *
     * @return false if it is ignored
     */
    boolean signal(PendingSignals.Source source);

    AlternateStack alternateStack();

    /**
     * Sets where handlers run that ask for it ({@code sigaltstack}).
     *
     * @return 0, −EPERM if the caller runs on the present one, −EINVAL for flags that there are not, −ENOMEM if it is too
     *     small
     */
    int changeAlternateStack(AlternateStack stack);

    /**
     * Waits until a signal can be delivered or the time has come.
     *
     * @param deadline host CLOCK_MONOTONIC in nanoseconds, or {@link Long#MAX_VALUE} for no end
     * @return 0 when the time has come, −ERESTARTSYS when a signal is to be delivered
     */
    long sleepUntil(long deadline);

    /**
     * Waits as {@link #sleepUntil(long)}, but also until a signal of a set is pending for the task or its process, blocked
     * or not ({@code rt_sigtimedwait}).
     *
     * @return 0 when the time has come, −ERESTARTSYS when there is a signal of the set or one to be delivered
     */
    long sleepUntil(long deadline, SignalSet wanted);

    /**
     * Waits until {@link #unpark()} has been called, a signal can be delivered, or the time has come; it may also return
     * for no reason. {@link WaitQueue} is the usual way to it.
     *
     * @param deadline host CLOCK_MONOTONIC in nanoseconds, or {@link Long#MAX_VALUE} for no end
     * @return 0, −ETIMEDOUT when the time has come, −ERESTARTSYS when a signal is to be delivered
     */
    long park(long deadline);

    /** Ends a {@link #park} that is under way, or else the next one. Any thread. */
    void unpark();

    /** Takes a pending signal of a set (blocked ones too), of the task or the process; null if there is none. */
    SignalInfo takeSignal(SignalSet wanted);

    /** The guest address to clear and wake at the task's end ({@code set_tid_address}); 0 for none. */
    void clearChildTid(long address);

    /** The values behind {@code prctl} and its like. Any thread. */
    TaskSettings settings();

    /** The host's thread that runs it. Any thread. */
    HostThread hostThread();

    /** Its part in ptrace(2). */
    Tracing tracing();

    /** CPU time of this task. Any thread. */
    Process.CpuTimes cpuTimes();

    /** Ends this task alone, as {@code exit} does; the last one ends the process. */
    void exit(int code);

    /**
     * Makes a task, in this process or in a new one.
     *
     * @return the new task's tid, which is the pid of a new process
     * @throws org.nesteddune.syscall.ErrnoException as {@code clone} fails
     */
    int cloneTask(CloneRequest request);

    /**
     * Executes another program; all other tasks of the process end. On return the task is at the program's first
     * instruction.
     *
     * @throws org.nesteddune.syscall.ErrnoException as {@code execve} fails; the task goes on in the old program
     */
    void exec(ExecRequest request);

    /** Adds a remark to the line that the call in progress gets in a trace. */
    void note(String text);

    /** Restores registers, mask and alternate stack from the frame at the stack pointer ({@code rt_sigreturn}). */
    long returnFromSignal();
}
