package org.nesteddune.internal.task;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.escape.Parked;
import org.nesteddune.kernel.ChildEvent;
import org.nesteddune.kernel.ChildSelector;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.PidHandle;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Usage;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Wait;
import org.nesteddune.syscall.ErrnoException;

/**
 * Who is whose child, what becomes of children whose parent ends, and what parents and tracers learn. Guarded by the process
 * table's lock, under which signals are sent but nothing is waited for. Thread-safe.
 */
final class ProcessTree {

    /** USER_HZ ticks of siginfo's times. */
    private static final long TICK_NANOS = 10_000_000;

    private final Processes table;
    private final Sessions sessions;
    private final Object lock;

    /** @param lock the process table's */
    ProcessTree(Processes table, Sessions sessions, Object lock) {
        this.table = table;
        this.sessions = sessions;
        this.lock = lock;
    }

    List<Process> children(GuestProcess parent) {
        synchronized (lock) {
            return List.copyOf(parent.kinship().children);
        }
    }

    Usage childrenUsage(GuestProcess parent) {
        synchronized (lock) {
            return parent.kinship().childrenUsage;
        }
    }

    // The end of processes.

    /** A process has ended: its children get another parent, and its own learns of it. */
    void ended(GuestProcess process) {
        List<GuestProcess> toWake = new ArrayList<>();
        synchronized (lock) {
            Kinship kin = process.kinship();
            sessions.leaderEnds(process);
            kin.becomeZombie();
            process.handle().become(PidHandle.State.ENDED);
            for (GuestProcess child : List.copyOf(kin.children)) {
                orphaned(child, process, toWake);
            }
            kin.children.clear();
            sessions.memberEnded(process);
            Tracers.forgetEnded(process);
            if (kin.parent() != null) {
                toWake.add(kin.parent());
            }
            ThreadGroup group = process.threadGroup();
            GuestTask leader = group.leader();
            group.leaderTracer(leader == null ? null : leader.tracee().ended());
            kin.held = isForTracer(process);
            if (kin.held) {
                Tracers.traceeEnded(leader, group.leaderTracer(), process.groupExit().status(), process);
            } else {
                tellOfEnd(process);
            }
        }
        toWake.forEach(each -> each.kinship().waiting.wakeAll());
    }

    /** Whether another than its parent traced a process that has ended, and is to learn of it first. */
    private static boolean isForTracer(GuestProcess process) {
        GuestTask tracer = process.threadGroup().leaderTracer();
        return tracer != null
                && tracer.guestProcess() != process.kinship().parent()
                && !tracer.guestProcess().isExiting();
    }

    /** The tracer of an ended process has waited for it, or has ended itself: its parent learns of it. */
    void releaseHeld(GuestProcess process) {
        process.kinship().held = false;
        tellOfEnd(process);
        GuestProcess parent = process.kinship().parent();
        if (parent != null) {
            parent.kinship().waiting.wakeAll();
        }
    }

    /** A task has ended; its tracer learns of it, and those that it traces go on. */
    void taskEnded(GuestTask task) {
        synchronized (lock) {
            Tracers.tracerEnds(task);
            // Of its first task a process's tracer learns when all have ended.
            if (task.tid() != task.guestProcess().pid()) {
                GuestTask tracer = task.tracee().ended();
                if (tracer != null) {
                    Tracers.traceeEnded(task, tracer, task.endStatus(), null);
                }
            }
        }
    }

    /** A task that has made children ends while its process goes on. */
    void taskEnds(GuestTask task) {
        synchronized (lock) {
            for (GuestProcess child : task.guestProcess().kinship().children) {
                if (child.kinship().parentTid == task.tid()) {
                    parentDied(child, task.guestProcess());
                    child.kinship().parentTid = task.guestProcess().pid();
                }
            }
        }
    }

    private void orphaned(GuestProcess child, GuestProcess parent, List<GuestProcess> toWake) {
        GuestProcess heir = heir(parent);
        Kinship kin = child.kinship();
        kin.parent(heir);
        kin.parentTid = heir == null ? 0 : heir.pid();
        kin.exitSignal = Signal.SIGCHLD;
        if (heir != null) {
            heir.kinship().children.add(child);
            toWake.add(heir);
        }
        if (kin.isZombie() && !kin.held) {
            tellOfEnd(child);
        } else if (!kin.isZombie()) {
            parentDied(child, parent);
        }
        sessions.parentEnded(child, parent);
    }

    private static void parentDied(GuestProcess child, GuestProcess parent) {
        for (Task task : child.tasks()) {
            int signal = task.settings().parentDeathSignal();
            if (signal != 0) {
                // As if the parent had sent it (SEND_SIG_NOINFO).
                child.signal(SignalInfo.from(
                        signal, Signal.SI_USER, parent.pid(), parent.credentials().uid()));
            }
        }
    }

    /** The nearest ancestor that takes in orphans (PR_SET_CHILD_SUBREAPER); null for the runtime. */
    private static GuestProcess heir(GuestProcess process) {
        GuestProcess ancestor = process.kinship().parent();
        while (ancestor != null && (ancestor.isExiting() || !ancestor.settings().childSubreaper())) {
            ancestor = ancestor.kinship().parent();
        }
        return ancestor;
    }

    /** Sends the signal of a child's end; if nobody will wait for it, it is gone at once (do_notify_parent of the kernel). */
    private void tellOfEnd(GuestProcess child) {
        Kinship kin = child.kinship();
        GuestProcess parent = kin.parent();
        if (parent == null || parent.kinship().isZombie()) {
            reap(child);
            return;
        }
        int signal = kin.exitSignal;
        boolean gone = false;
        if (signal == Signal.SIGCHLD) {
            SignalAction action = parent.signalHandlers().get(Signal.SIGCHLD);
            gone = action.handler() == SignalAction.IGNORE || (action.flags() & Signal.SA_NOCLDWAIT) != 0;
            if (action.handler() == SignalAction.IGNORE) {
                signal = 0;
            }
        }
        if (signal != 0) {
            parent.signal(info(signal, endOf(child)));
        }
        if (gone) {
            reap(child);
        }
    }

    private void reap(GuestProcess child) {
        GuestProcess parent = child.kinship().parent();
        if (parent != null) {
            parent.kinship().children.remove(child);
        }
        table.remove(child);
        sessions.leave(child);
        child.kinship().becomeReaped();
        child.handle().become(PidHandle.State.GONE);
        child.runtime().reaped(child);
    }

    private static SignalInfo info(int signal, ChildEvent event) {
        return new SignalInfo(
                signal,
                event.code(),
                event.pid(),
                event.uid(),
                event.status(),
                0,
                event.usage().user() / TICK_NANOS,
                event.usage().system() / TICK_NANOS);
    }

    // Stops.

    /** A process has stopped. The caller holds the lock. */
    void stopped(GuestProcess process, int signal) {
        tell(process, Signal.CLD_STOPPED, signal);
    }

    /** A process goes on. The caller holds the lock. */
    void continued(GuestProcess process) {
        tell(process, Signal.CLD_CONTINUED, Signal.SIGCONT);
    }

    private void tell(GuestProcess process, int code, int signal) {
        Kinship kin = process.kinship();
        kin.stopReport = code == Signal.CLD_STOPPED ? signal : 0;
        kin.continueReport = code == Signal.CLD_CONTINUED;
        GuestProcess parent = kin.parent();
        if (parent != null) {
            SignalAction action = parent.signalHandlers().get(Signal.SIGCHLD);
            if (action.handler() != SignalAction.IGNORE && (action.flags() & Signal.SA_NOCLDSTOP) == 0) {
                parent.signal(info(Signal.SIGCHLD, event(process, code, signal, 0)));
            }
            parent.kinship().waiting.wakeAll();
        } else if (process.isEntered()) {
            process.runtime().stopped(process, code == Signal.CLD_STOPPED ? signal : 0);
        }
    }

    // Waiting.

    ChildEvent await(GuestProcess parent, Task caller, ChildSelector selector, int options) {
        ChildEvent[] found = new ChildEvent[1];
        boolean[] childless = new boolean[1];
        long result = parent.kinship().waiting.await(caller, () -> {
            boolean over;
            synchronized (lock) {
                over = look(parent, caller, selector, options, found, childless);
            }
            if (found[0] == null && parent.anchor() != null) {
                // Not under the lock: who asks for us may be about to send a signal.
                Parked.Children natives = parent.anchor().awaitChild(selector, options);
                childless[0] &= !natives.any();
                found[0] = natives.event();
                over = childless[0] || found[0] != null;
            }
            return over || (options & Wait.WNOHANG) != 0;
        }, Long.MAX_VALUE);
        ErrnoException.check(result);
        if (childless[0]) {
            throw new ErrnoException(Errno.ECHILD);
        }
        return found[0];
    }

    /** Whether the wait is over: something was found, or there is nothing to wait for. */
    private boolean look(GuestProcess parent, Task caller, ChildSelector selector, int options, ChildEvent[] found,
            boolean[] childless) {
        ChildEvent traced = Tracers.take(parent, caller, selector, options);
        if (traced != null) {
            found[0] = traced;
            return true;
        }
        boolean any = Tracers.any(parent, caller, selector, options);
        for (GuestProcess child : parent.kinship().children) {
            if (!matches(child, caller, selector, options)) {
                continue;
            }
            any = true;
            ChildEvent event = take(parent, child, options);
            if (event != null) {
                found[0] = event;
                return true;
            }
        }
        childless[0] = !any;
        return !any;
    }

    private static boolean matches(GuestProcess child, Task caller, ChildSelector selector, int options) {
        boolean named = switch (selector.type()) {
            case Wait.P_PID -> child.pid() == selector.id();
            case Wait.P_PGID -> child.processGroup() == selector.id();
            default -> true;
        };
        if (!named) {
            return false;
        }
        Kinship kin = child.kinship();
        if ((options & Wait.__WNOTHREAD) != 0 && kin.parentTid != caller.tid()) {
            return false;
        }
        boolean clone = kin.exitSignal != Signal.SIGCHLD;
        return (options & Wait.__WALL) != 0 || isTracedBy(child, caller) || clone == ((options & Wait.__WCLONE) != 0);
    }

    /** Who traces a child need not say that it waits for clones too. */
    private static boolean isTracedBy(GuestProcess child, Task caller) {
        GuestTask first = child.threadGroup().first();
        Task tracer = first == null ? child.threadGroup().leaderTracer() : first.tracing().tracer();
        return tracer != null && tracer.process() == caller.process();
    }

    private ChildEvent take(GuestProcess parent, GuestProcess child, int options) {
        boolean keep = (options & Wait.WNOWAIT) != 0;
        Kinship kin = child.kinship();
        if (kin.isZombie()) {
            if ((options & Wait.WEXITED) == 0 || kin.held) {
                return null;
            }
            ChildEvent event = endOf(child);
            if (!keep) {
                Kinship own = parent.kinship();
                own.childrenUsage = own.childrenUsage.plus(event.usage());
                reap(child);
            }
            return event;
        }
        if ((options & Wait.WSTOPPED) != 0 && kin.stopReport != 0) {
            ChildEvent event = event(child, Signal.CLD_STOPPED, kin.stopReport, kin.stopReport << 8 | 0x7f);
            kin.stopReport = keep ? kin.stopReport : 0;
            return event;
        }
        if ((options & Wait.WCONTINUED) != 0 && kin.continueReport) {
            kin.continueReport = keep;
            return event(child, Signal.CLD_CONTINUED, Signal.SIGCONT, 0xffff);
        }
        return null;
    }

    private static ChildEvent endOf(GuestProcess child) {
        ExitStatus status = child.groupExit().status();
        return status.isExit()
                ? event(child, Signal.CLD_EXITED, status.code(), status.waitStatus())
                : event(child, status.coreDumped() ? Signal.CLD_DUMPED : Signal.CLD_KILLED, status.signal(), status.waitStatus());
    }

    private static ChildEvent event(GuestProcess child, int code, int status, int waitStatus) {
        return new ChildEvent(
                child.pid(),
                child.credentials().uid(),
                code,
                status,
                waitStatus,
                child.usage().plus(child.kinship().childrenUsage));
    }
}
