package org.nesteddune.internal.task;

import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.TracedCpu;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.ChildEvent;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Tracing;
import org.nesteddune.linux.Clone;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ptrace;
import org.nesteddune.linux.Signal;

/**
 * A task as it is traced (kernel/ptrace.c, {@code ptrace_stop} of kernel/signal.c). It stops itself, on its own thread,
 * between two of its states or at defined points of a system call; its tracer looks and lets it go on. All that both touch is
 * guarded by the process table's lock, so that a stop, the wait that reports it and what follows have one order.
 */
final class Tracee implements Tracing {

    private final GuestTask task;
    private final Object lock;

    /** Changed under the lock. */
    private volatile GuestTask tracer;

    private boolean seized;
    private volatile int options;
    private long message;

    // The stop.
    private volatile boolean stopped;
    /** The signal, and in the next byte the event: {@code exit_code} of the kernel. */
    private int code;
    private boolean reported;
    private boolean listening;
    private boolean inGroupStop;
    private CallPoint point = CallPoint.NONE;
    private SignalInfo info;
    private int injected;

    /** Whether the task stops although it is about to end. */
    private boolean ends;

    /** How the task was last let go on. */
    private volatile Resumption resumption = Resumption.CONTINUE;

    /** A stop that the tracer has asked for, or that a new tracee begins with. */
    private volatile boolean trapWanted;

    Tracee(GuestTask task) {
        this.task = task;
        this.lock = task.guestProcess().processes().jobs().lock();
    }

    // What the task's own states ask.

    boolean isTraced() {
        return tracer != null;
    }

    /** Whether the tracer wants it to stop. */
    boolean isTrapWanted() {
        return trapWanted;
    }

    /** A handler is about to be called: the step, if there is one, ends at its first instruction. */
    void handlerBegins() {
        if (isStepping()) {
            task.architecture().tracedCpu().singleStep(task.cpu(), false);
        }
    }

    /** Whether it has to stop at the beginning of a system call. */
    boolean stopsAtCall() {
        return tracer != null
                && (resumption == Resumption.TO_SYSCALL
                        || resumption == Resumption.EMULATE
                        || resumption == Resumption.STEP_EMULATING);
    }

    /** Whether a tracer that has not CAP_SYS_PTRACE could look into a program with more rights than its own. */
    boolean keepsFromGaining() {
        GuestTask boss = tracer;
        return boss != null && !boss.credentials().has(Capabilities.CAP_SYS_PTRACE);
    }

    // Stops

    /** Carries out a stop that was asked for. */
    void attend() {
        if (trapWanted) {
            trapWanted = false;
            if (tracer != null) {
                stop(Signal.SIGTRAP | Ptrace.PTRACE_EVENT_STOP << 8, null, CallPoint.NONE);
            }
        }
    }

    /**
     * Shows the tracer a signal before it is delivered ({@code ptrace_signal}).
     *
     * @return what is to be delivered; null for nothing
     */
    SignalInfo signalStop(SignalInfo sent) {
        int signal = stop(sent.signal(), sent, CallPoint.NONE);
        if (signal == 0) {
            return null;
        }
        SignalInfo now;
        synchronized (lock) {
            now = info;
            info = null;
        }
        if (now == null || now.signal() != signal) {
            GuestTask boss = tracer;
            now = boss == null
                    ? SignalInfo.from(signal, Signal.SI_USER, 0, 0)
                    : SignalInfo.from(signal, Signal.SI_USER, boss.process().pid(), boss.credentials().uid());
        }
        if (task.signals().blocks(signal)) {
            task.signals().pending().add(now);
            return null;
        }
        return now;
    }

    /** Stops at the beginning of a system call; false if it must not be carried out. */
    boolean callEntry() {
        Resumption how = resumption;
        callStop(CallPoint.ENTRY, Ptrace.PTRACE_SYSCALL_INFO_ENTRY);
        return how == Resumption.TO_SYSCALL;
    }

    /** Stops at the end of a system call, if that is asked for. */
    void callExit() {
        if (tracer == null) {
            return;
        }
        if (resumption == Resumption.TO_SYSCALL) {
            callStop(CallPoint.EXIT, Ptrace.PTRACE_SYSCALL_INFO_EXIT);
        } else if (isStepping()) {
            step();
        }
    }

    private boolean isStepping() {
        return tracer != null && (resumption == Resumption.STEP || resumption == Resumption.STEP_EMULATING);
    }

    /** The end of a call or the way into a handler counts as a step. */
    void step() {
        if (isStepping()) {
            stop(Signal.SIGTRAP, SignalInfo.from(Signal.SIGTRAP, Signal.SI_USER, task.tid(), 0), CallPoint.NONE);
        }
    }

    private void callStop(CallPoint at, int kind) {
        boolean good = (options & Ptrace.PTRACE_O_TRACESYSGOOD) != 0;
        int trap = Signal.SIGTRAP | (good ? Ptrace.SYSCALL_GOOD : 0);
        synchronized (lock) {
            message = kind;
        }
        deliver(stop(trap, about(trap), at));
    }

    /** What a tracer makes of a stop that was not about a signal. */
    private void deliver(int signal) {
        if (signal != 0) {
            task.signal(SignalInfo.from(signal, Signal.SI_USER, task.process().pid(), task.credentials().uid()));
        }
    }

    private SignalInfo about(int stopCode) {
        return SignalInfo.from(Signal.SIGTRAP, stopCode, task.tid(), task.credentials().uid());
    }

    /** Stops with an event if the tracer has asked for it. */
    void event(int event, long about) {
        if (wants(event)) {
            synchronized (lock) {
                message = about;
            }
            stop(Signal.SIGTRAP | event << 8, about(Signal.SIGTRAP | event << 8), CallPoint.NONE);
        }
    }

    /** Stops, if the tracer has asked for it, before the task ends. */
    void exiting() {
        ExitStatus status = task.guestProcess().groupExit().status();
        if (wants(Ptrace.PTRACE_EVENT_EXIT) && (status == null || status.signal() != Signal.SIGKILL)) {
            ends = true;
            event(Ptrace.PTRACE_EVENT_EXIT, task.endStatus().waitStatus());
        }
    }

    private boolean wants(int event) {
        return tracer != null && (options & 1 << event) != 0;
    }

    /** The event that the making of a task is, if the tracer has asked for it; 0 otherwise. */
    int cloneEvent(long flags, int exitSignal) {
        int event = (flags & Clone.CLONE_VFORK) != 0
                ? Ptrace.PTRACE_EVENT_VFORK
                : exitSignal != Signal.SIGCHLD ? Ptrace.PTRACE_EVENT_CLONE : Ptrace.PTRACE_EVENT_FORK;
        return (flags & Clone.CLONE_UNTRACED) == 0 && wants(event) ? event : 0;
    }

    /** A new task is traced by whoever traces its maker, and begins with a stop. */
    void follow(Tracee maker) {
        synchronized (lock) {
            GuestTask boss = maker.tracer;
            if (boss == null) {
                return;
            }
            seized = maker.seized;
            options = maker.options;
            become(boss);
            if (seized) {
                trapWanted = true;
            }
        }
        if (!trapWanted && tracer != null) {
            task.signals().pending().add(SignalInfo.kernel(Signal.SIGSTOP));
        }
    }

    /** The task has begun another program; {@code oldTid} is what it was before. */
    void executed(int oldTid) {
        if (wants(Ptrace.PTRACE_EVENT_EXEC)) {
            event(Ptrace.PTRACE_EVENT_EXEC, oldTid);
        } else if (tracer != null && !seized) {
            deliver(Signal.SIGTRAP);
        }
    }

    /**
     * Shows the tracer that the process is stopped; returns when the tracer lets the task go on.
     *
     * @param signal the stop signal
     */
    void groupStop(int signal) {
        synchronized (lock) {
            inGroupStop = true;
        }
        stop(signal | (seized ? Ptrace.PTRACE_EVENT_STOP << 8 : 0), null, CallPoint.NONE);
        synchronized (lock) {
            inGroupStop = false;
        }
    }

    /** The process goes on: a seized task tells its tracer so by another stop, at once if it listens (JOBCTL_TRAP_NOTIFY). */
    void groupContinued() {
        synchronized (lock) {
            if (tracer != null && seized) {
                trapWanted = true;
                if (stopped && listening) {
                    release(Resumption.CONTINUE, 0);
                }
            }
        }
    }

    /** Stops the calling task until its tracer lets it go on; the signal that the tracer wants delivered. */
    private int stop(int stopCode, SignalInfo about, CallPoint at) {
        TracedCpu cpu = task.architecture().tracedCpu();
        synchronized (lock) {
            if (tracer == null || task.isEnding() && !ends) {
                return tracer == null && about != null && stopCode == about.signal() ? stopCode : 0;
            }
            if (resumption == Resumption.STEP || resumption == Resumption.STEP_EMULATING) {
                cpu.singleStep(task.cpu(), false);
            }
            resumption = Resumption.CONTINUE;
            code = stopCode;
            info = about;
            point = at;
            injected = 0;
            reported = false;
            listening = false;
            stopped = true;
            tell();
            tracer.unpark();
        }
        task.attention().await(() -> !stopped || task.isEnding() && !ends);
        synchronized (lock) {
            stopped = false;
            point = CallPoint.NONE;
            if (isStepping()) {
                cpu.singleStep(task.cpu(), true);
            }
            return injected;
        }
    }

    /** Tells the tracer of the stop ({@code do_notify_parent_cldstop}). */
    private void tell() {
        Tracers.tell(tracer, new SignalInfo(
                Signal.SIGCHLD,
                Signal.CLD_TRAPPED,
                task.tid(),
                task.credentials().uid(),
                code & 0x7f,
                0,
                0,
                0));
    }

    // The ends of it

    private void become(GuestTask boss) {
        tracer = boss;
        boss.tracees().add(task);
    }

    private void leave() {
        GuestTask boss = tracer;
        if (boss != null) {
            boss.tracees().remove(task);
        }
        tracer = null;
        seized = false;
        options = 0;
        trapWanted = false;
        resumption = Resumption.CONTINUE;
    }

    /** Under the lock. */
    private void release(Resumption how, int signal) {
        resumption = how;
        injected = signal;
        stopped = false;
        listening = false;
        task.unpark();
    }

    /** The tracer has ended. Under the lock. */
    boolean tracerEnded() {
        boolean kill = (options & Ptrace.PTRACE_O_EXITKILL) != 0;
        leave();
        release(Resumption.CONTINUE, 0);
        return kill;
    }

    /** SIGKILL ends any stop. */
    void kill() {
        synchronized (lock) {
            if (stopped) {
                release(Resumption.CONTINUE, 0);
            }
        }
    }

    /** The task has ended; who traced it until then, or null. Under the lock. */
    GuestTask ended() {
        GuestTask boss = tracer;
        leave();
        return boss;
    }

    // What a wait finds.

    /**
     * The stop, if the tracer has not been told of it by a wait. Under the lock.
     *
     * @param keep whether it is to be found again
     */
    ChildEvent take(boolean keep) {
        if (!stopped || reported || listening) {
            return null;
        }
        reported = !keep;
        return new ChildEvent(
                task.tid(), task.credentials().uid(), Signal.CLD_TRAPPED, code, code << 8 | 0x7f, task.guestProcess().usage());
    }

    // Tracing

    @Override
    public Task tracer() {
        return tracer;
    }

    @Override
    public long traceMe() {
        synchronized (lock) {
            GuestProcess parent = task.guestProcess().kinship().parent();
            if (tracer != null || parent == null || parent.isExiting()) {
                return -Errno.EPERM;
            }
            GuestTask boss = (GuestTask) parent.processes().task(task.guestProcess().kinship().parentTid);
            boss = boss != null ? boss : parent.threadGroup().first();
            if (boss == null) {
                return -Errno.EPERM;
            }
            become(boss);
            return 0;
        }
    }

    @Override
    public long attach(Task boss, boolean seize, int wanted) {
        synchronized (lock) {
            if (tracer != null || task.guestProcess().isExiting() || task.architecture().tracedCpu() == null) {
                return -Errno.EPERM;
            }
            seized = seize;
            options = wanted;
            become((GuestTask) boss);
        }
        if (!seize) {
            task.signal(SignalInfo.kernel(Signal.SIGSTOP));
        }
        if (task.guestProcess().groupStop().isComplete()) {
            // It is stopped already, and stops for its tracer now, who may ask about it at once (JOBCTL_TRAPPING).
            task.unpark();
            GroupStop group = task.guestProcess().groupStop();
            ((GuestTask) boss).awaitAnyhow(() -> stopped || tracer != boss || !group.holds(task) || task.isEnding());
        }
        return 0;
    }

    @Override
    public boolean isSeized() {
        return seized;
    }

    @Override
    public boolean isStopped() {
        return stopped && !listening;
    }

    @Override
    public void options(int value) {
        options = value;
    }

    @Override
    public long message() {
        synchronized (lock) {
            return message;
        }
    }

    @Override
    public CallPoint callPoint() {
        synchronized (lock) {
            return point;
        }
    }

    @Override
    public SignalInfo signalInfo() {
        synchronized (lock) {
            return info;
        }
    }

    @Override
    public void signalInfo(SignalInfo value) {
        synchronized (lock) {
            info = value;
        }
    }

    /** As the kernel decides at the way out: by the call's number and by what the result register says. */
    @Override
    public void registersChanged() {
        Architecture architecture = task.architecture();
        long result = architecture.tracedCpu().syscallResult(task.cpu());
        boolean restarts = architecture.syscallNumber(task.cpu()) >= 0
                && result <= -Errno.ERESTARTSYS
                && result >= -Errno.ERESTART_RESTARTBLOCK;
        task.call().takeRestart();
        if (restarts) {
            task.call().arguments().number(architecture.syscallNumber(task.cpu()));
            task.call().restart((int) -result);
        }
    }

    @Override
    public long resume(Resumption how, int signal) {
        synchronized (lock) {
            if (!isStopped()) {
                return -Errno.ESRCH;
            }
            release(how, signal);
            return 0;
        }
    }

    @Override
    public long detach(int signal) {
        synchronized (lock) {
            if (!isStopped()) {
                return -Errno.ESRCH;
            }
            leave();
            release(Resumption.CONTINUE, signal);
            return 0;
        }
    }

    @Override
    public void interrupt() {
        trapWanted = true;
        synchronized (lock) {
            if (stopped && listening) {
                release(Resumption.CONTINUE, 0);
                return;
            }
        }
        task.interrupt();
    }

    @Override
    public long listen() {
        synchronized (lock) {
            if (!stopped || !seized || !inGroupStop && code >>> 8 != Ptrace.PTRACE_EVENT_STOP) {
                return -Errno.EIO;
            }
            listening = true;
            if (trapWanted) {
                release(Resumption.CONTINUE, 0);
            }
            return 0;
        }
    }
}
