package org.nesteddune.kernel;

import org.nesteddune.kernel.ipc.UndoList;
import org.nesteddune.syscall.SyscallHandler;

/**
 * What a task has been told about itself and the rest of the kernel rarely asks for: the values behind {@code prctl} and
 * its like. A new task starts with {@link #TaskSettings()}, a copy of its parent's with {@link #copy()}. Each value by
 * itself is safe for any thread.
 */
public final class TaskSettings {

    /** Timer slack of a new program in nanoseconds. */
    public static final long DEFAULT_TIMER_SLACK = 50_000;

    /** No time of CLOCK_MONOTONIC. */
    public static final long NO_DEADLINE = -1;

    /** A time that only the host's kernel knows, for the native thread that the task was. */
    public static final long NATIVE_DEADLINE = -2;

    private volatile int parentDeathSignal;
    private volatile boolean noNewPrivileges;
    private volatile long timerSlack = DEFAULT_TIMER_SLACK;
    private volatile int personality;
    private volatile int nice;
    private volatile long robustListHead;
    private volatile long clearChildTid;
    private volatile SyscallHandler restartBlock;
    private volatile long restartDeadline = NO_DEADLINE;
    private volatile int restartedCall = -1;
    private volatile boolean futexesReleased;
    private UndoList undoList;

    /** A copy for a new task: without robust list, thread-id address and parent-death signal, which are not inherited. */
    public TaskSettings copy() {
        TaskSettings copy = new TaskSettings();
        copy.noNewPrivileges = noNewPrivileges;
        copy.timerSlack = timerSlack;
        copy.personality = personality;
        copy.nice = nice;
        return copy;
    }

    /** Forgets what does not survive an {@code execve}. */
    public void resetForExec() {
        robustListHead = 0;
        clearChildTid = 0;
        restartBlock = null;
        futexesReleased = false;
    }

    /** Generic number of the signal that comes when the parent ends, or 0 (PR_SET_PDEATHSIG). */
    public int parentDeathSignal() {
        return parentDeathSignal;
    }

    public void parentDeathSignal(int signal) {
        parentDeathSignal = signal;
    }

    /** Whether an exec can no longer gain privileges (PR_SET_NO_NEW_PRIVS); never unset again. */
    public boolean noNewPrivileges() {
        return noNewPrivileges;
    }

    public void setNoNewPrivileges() {
        noNewPrivileges = true;
    }

    /** Timer slack in nanoseconds (PR_SET_TIMERSLACK). */
    public long timerSlack() {
        return timerSlack;
    }

    public void timerSlack(long nanos) {
        timerSlack = nanos;
    }

    /** Persona and flags of personality(2). */
    public int personality() {
        return personality;
    }

    public void personality(int value) {
        personality = value;
    }

    /** Nice value, −20 to 19, as last set through this task's own or another's {@code setpriority}. */
    public int nice() {
        return nice;
    }

    public void nice(int value) {
        nice = value;
    }

    /** Guest address of the list of robust futexes, or 0 (set_robust_list). */
    public long robustListHead() {
        return robustListHead;
    }

    public void robustListHead(long address) {
        robustListHead = address;
    }

    /** What was given to {@link Task#clearChildTid}, for PR_GET_TID_ADDRESS. */
    public long clearChildTid() {
        return clearChildTid;
    }

    public void clearChildTid(long address) {
        clearChildTid = address;
    }

    /**
     * What {@code restart_syscall} does: set by a call that returns −ERESTART_RESTARTBLOCK, because starting it again
     * with its old arguments would wait too long. Null if there is nothing to go on with.
     */
    public SyscallHandler restartBlock() {
        return restartBlock;
    }

    public void restartBlock(SyscallHandler handler) {
        restartBlock(handler, NO_DEADLINE);
    }

    /**
     * The same for a call that waits at most until a time.
     *
     * @param deadline host CLOCK_MONOTONIC in nanoseconds, or {@link Long#MAX_VALUE} for no end
     */
    public void restartBlock(SyscallHandler handler, long deadline) {
        restartDeadline = deadline;
        restartBlock = handler;
    }

    /** Until when {@link #restartBlock()} waits at most; {@link #NO_DEADLINE} or {@link #NATIVE_DEADLINE} if that is not known. */
    public long restartDeadline() {
        return restartDeadline;
    }

    /** The call that {@link #restartBlock()} goes on with, its architecture's number. */
    public int restartedCall() {
        return restartedCall;
    }

    public void restartedCall(int number) {
        restartedCall = number;
    }

    /**
     * Whether the task has given up its futexes, because it ends or begins another program: from then on it can be found
     * as the owner of none.
     */
    public boolean futexesReleased() {
        return futexesReleased;
    }

    void releaseFutexes() {
        futexesReleased = true;
    }

    /** What is to be taken back of semaphore operations at the task's end; a new list if there is none yet. */
    public synchronized UndoList undoList() {
        if (undoList == null) {
            undoList = new UndoList();
        }
        return undoList;
    }

    /** Whether there is something to be taken back at the task's end. */
    public synchronized boolean hasUndoList() {
        return undoList != null && !undoList.isEmpty();
    }

    /** Makes a new task share the list of the one that made it (CLONE_SYSVSEM). */
    public void shareUndoList(TaskSettings parent) {
        UndoList shared = parent.undoList().share();
        synchronized (this) {
            undoList = shared;
        }
    }

    /** Hands the list over, at the task's end or as it begins one of its own; null if there is none. */
    public synchronized UndoList takeUndoList() {
        UndoList taken = undoList;
        undoList = null;
        return taken;
    }
}
