package org.nesteddune.kernel;

import org.nesteddune.arch.SignalInfo;
import org.osgi.annotation.versioning.ProviderType;

/**
 * One task's part in ptrace(2): who traces it, and, while it stands in a stop for its tracer, why, and how it is to go on.
 * What concerns a stop may be used by the tracer alone, and while {@link #isStopped()}; nobody else lets the task go on but
 * its end and SIGKILL. Thread-safe.
 */
@ProviderType
public interface Tracing {

    /** How a stopped task goes on. */
    enum Resumption {
        /** To the next signal or event. */
        CONTINUE,
        /** Also to the beginning or end of the next system call. */
        TO_SYSCALL,
        /** By one instruction. */
        STEP,
        /** To the beginning of the next system call, which is not carried out. */
        EMULATE,
        /** By one instruction; a system call is not carried out. */
        STEP_EMULATING
    }

    /** What a stop says about a system call. */
    enum CallPoint {
        NONE,
        ENTRY,
        EXIT
    }

    /** The tracer; null if the task is not traced. */
    Task tracer();

    /**
     * The calling task becomes its parent's tracee (PTRACE_TRACEME).
     *
     * @return 0 or −EPERM
     */
    long traceMe();

    /**
     * Begins to trace this task; who may do so is the caller's to find out.
     *
     * @param seize whether by PTRACE_SEIZE: the task goes on, and group stops are told as such
     * @param options {@code PTRACE_O_*}
     * @return 0 or −EPERM
     */
    long attach(Task tracer, boolean seize, int options);

    /** Whether the task was attached to by PTRACE_SEIZE. */
    boolean isSeized();

    /** Whether it stands in a stop. */
    boolean isStopped();

    /** Sets {@code PTRACE_O_*}. */
    void options(int options);

    /** What PTRACE_GETEVENTMSG gives. */
    long message();

    /** What the stop says about a system call. */
    CallPoint callPoint();

    /** The signal that the stop is about; null in a group stop, which has none. */
    SignalInfo signalInfo();

    /** Replaces it. */
    void signalInfo(SignalInfo info);

    /** The registers have been changed: whether a call is begun again follows from what they are now. */
    void registersChanged();

    /**
     * Lets the task go on.
     *
     * @param signal is delivered to it, if the stop was about a signal or a system call; 0 for none
     * @return 0, or −ESRCH if it stands in no stop
     */
    long resume(Resumption how, int signal);

    /** Lets the task go on, untraced. */
    long detach(int signal);

    /** Makes a seized task stop soon (PTRACE_INTERRUPT). */
    void interrupt();

    /** Lets a task stay in its group stop until something becomes of that (PTRACE_LISTEN); 0 or −EIO. */
    long listen();
}
