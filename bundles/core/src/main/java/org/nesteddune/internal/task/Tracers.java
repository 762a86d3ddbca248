package org.nesteddune.internal.task;

import java.util.Iterator;
import java.util.List;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.kernel.ChildEvent;
import org.nesteddune.kernel.ChildSelector;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Usage;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Wait;

/**
 * What tracers learn of their tracees by SIGCHLD and by waiting, and what becomes of tracees when a tracer ends. All is
 * done under the process table's lock. Stateless.
 */
final class Tracers {

    private Tracers() {}

    /**
     * A tracee that has ended and that its tracer has not waited for.
     *
     * @param group its process group
     * @param by the tracer
     * @param held the process whose own parent learns of its end only then; null if it was one thread of several, or is the
     *     tracer's child
     */
    record Ended(ChildEvent event, int group, GuestTask by, GuestProcess held) {}

    /** Tells a tracer of a stop, by a signal if it wants that, and wakes its waits. */
    static void tell(GuestTask tracer, SignalInfo info) {
        GuestProcess process = tracer.guestProcess();
        SignalAction action = process.signalHandlers().get(Signal.SIGCHLD);
        if (action.handler() != SignalAction.IGNORE && (action.flags() & Signal.SA_NOCLDSTOP) == 0) {
            process.signal(info);
        }
        process.kinship().waiting.wakeAll();
    }

    /** A task that traces others has ended: they go on, or are killed if they were to be. */
    static void tracerEnds(GuestTask tracer) {
        for (GuestTask tracee : List.copyOf(tracer.tracees())) {
            if (tracee.tracee().tracerEnded()) {
                tracee.process().signal(SignalInfo.kernel(Signal.SIGKILL));
            }
        }
    }

    /**
     * A traced thread has ended while its process goes on, or a traced process whose parent is another than its tracer.
     *
     * @param held see {@link Ended}
     */
    static void traceeEnded(GuestTask tracee, GuestTask tracer, ExitStatus status, GuestProcess held) {
        if (tracer.guestProcess().isExiting()) {
            return;
        }
        int code = status.isExit()
                ? Signal.CLD_EXITED
                : status.coreDumped() ? Signal.CLD_DUMPED : Signal.CLD_KILLED;
        int value = status.isExit() ? status.code() : status.signal();
        Usage usage = held == null ? tracee.hostThread().usage() : held.usage();
        ChildEvent event = new ChildEvent(
                tracee.tid(), tracee.credentials().uid(), code, value, status.waitStatus(), usage);
        GuestProcess process = tracer.guestProcess();
        process.kinship().endedTracees.add(new Ended(event, tracee.guestProcess().processGroup(), tracer, held));
        tell(tracer, SignalInfo.from(Signal.SIGCHLD, code, event.pid(), event.uid()));
    }

    /** Whether something that a wait of a process is about is its tracee and not its child. */
    static boolean any(GuestProcess process, Task caller, ChildSelector selector, int options) {
        for (GuestTask tracer : process.threadGroup().tasks()) {
            if (isMeant(tracer, caller, options)) {
                for (GuestTask tracee : tracer.tracees()) {
                    if (isNamed(selector, tracee.tid(), tracee.guestProcess().processGroup())) {
                        return true;
                    }
                }
            }
        }
        for (Ended each : process.kinship().endedTracees) {
            if (isMeant(each.by, caller, options) && isNamed(selector, each.event.pid(), each.group)) {
                return true;
            }
        }
        return false;
    }

    /** What a wait finds among tracees; null for nothing. */
    static ChildEvent take(GuestProcess process, Task caller, ChildSelector selector, int options) {
        boolean keep = (options & Wait.WNOWAIT) != 0;
        for (GuestTask tracer : process.threadGroup().tasks()) {
            if (isMeant(tracer, caller, options)) {
                for (GuestTask tracee : tracer.tracees()) {
                    if (isNamed(selector, tracee.tid(), tracee.guestProcess().processGroup())) {
                        ChildEvent event = tracee.tracee().take(keep);
                        if (event != null) {
                            return event;
                        }
                    }
                }
            }
        }
        if ((options & Wait.WEXITED) != 0) {
            for (Iterator<Ended> ended = process.kinship().endedTracees.iterator(); ended.hasNext(); ) {
                Ended each = ended.next();
                if (isMeant(each.by, caller, options) && isNamed(selector, each.event.pid(), each.group)) {
                    if (!keep) {
                        ended.remove();
                        release(each);
                    }
                    return each.event;
                }
            }
        }
        return null;
    }

    /** The process ends: what it has not waited for is for others to wait for. */
    static void forgetEnded(GuestProcess process) {
        List<Ended> all = List.copyOf(process.kinship().endedTracees);
        process.kinship().endedTracees.clear();
        all.forEach(Tracers::release);
    }

    private static void release(Ended ended) {
        if (ended.held != null) {
            ended.held.processes().tree().releaseHeld(ended.held);
        }
    }

    private static boolean isMeant(GuestTask tracer, Task caller, int options) {
        return (options & Wait.__WNOTHREAD) == 0 || tracer == caller;
    }

    private static boolean isNamed(ChildSelector selector, int tid, int group) {
        return switch (selector.type()) {
            case Wait.P_PID -> tid == selector.id();
            case Wait.P_PGID -> group == selector.id();
            default -> true;
        };
    }
}
