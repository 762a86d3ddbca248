package org.nesteddune.internal.task;

import java.util.List;
import java.util.function.BooleanSupplier;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.PendingSignals;
import org.nesteddune.kernel.SignalHandlers;
import org.nesteddune.kernel.SignalWatchers;
import org.nesteddune.linux.Signal;

/**
 * The signals of a process, and what happens when one is sent: whether it counts at all, where it waits, which task takes
 * it, and whether it ends the process at once ({@code send_signal_locked} and {@code complete_signal} of kernel/signal.c).
 * Thread-safe: whoever sends adds first and looks at the masks then, whoever blocks sets the mask first and looks at what
 * waits then, so that no signal is lost between them.
 */
final class ProcessSignals {

    private static final SignalSet STOP_SIGNALS =
            SignalSet.of(Signal.SIGSTOP, Signal.SIGTSTP, Signal.SIGTTIN, Signal.SIGTTOU);

    private final GuestProcess process;
    private final PendingSignals.Quota quota;
    private final PendingSignals pending;
    private final SignalWatchers watchers = new SignalWatchers(this::waiting);
    private volatile SignalHandlers handlers;

    /** The task that got the last signal which the first one did not want ({@code signal->curr_target}). */
    private volatile GuestTask current;

    ProcessSignals(GuestProcess process, SignalHandlers handlers, PendingSignals.Quota quota) {
        this.process = process;
        this.handlers = handlers;
        this.quota = quota;
        this.pending = new PendingSignals(quota, watchers);
    }

    SignalWatchers watchers() {
        return watchers;
    }

    private SignalSet waiting() {
        SignalSet waiting = pending.set();
        for (GuestTask task : process.threadGroup().tasks()) {
            waiting = waiting.or(task.signals().pending().set());
        }
        return waiting;
    }

    /** Signals sent to the process as a whole. */
    PendingSignals pending() {
        return pending;
    }

    PendingSignals.Quota quota() {
        return quota;
    }

    SignalHandlers handlers() {
        return handlers;
    }

    /** From now on no other process shares the handlers. */
    void unshareHandlers() {
        handlers = handlers.copy();
    }

    /** Whether a signal would have no effect at all: ignored, or by default so. */
    boolean ignores(int signal) {
        SignalAction action = handlers.get(signal);
        return action.handler() == SignalAction.IGNORE
                || action.handler() == SignalAction.DEFAULT && DefaultAction.of(signal).isNothing();
    }

    // Sending

    /**
     * Sends a signal.
     *
     * @param target the only task that may take it, or null for the process
     * @param preferred the task that takes it if it can, where there is no target; null for the first one
     * @return false if there is no room in the queue
     */
    boolean send(SignalInfo info, GuestTask target, GuestTask preferred) {
        return ordered(info.signal(), () -> {
            if (!prepare(info.signal(), target != null ? target : preferred)) {
                return true;
            }
            if (!queueOf(target).add(info)) {
                return false;
            }
            complete(info.signal(), target, preferred);
            return true;
        });
    }

    /**
     * As {@link #send(SignalInfo, GuestTask, GuestTask)} for a signal that always has room.
     *
     * @return false if it is ignored
     */
    boolean send(PendingSignals.Source source, GuestTask target, GuestTask preferred) {
        return ordered(source.signal(), () -> {
            if (!prepare(source.signal(), target)) {
                return false;
            }
            queueOf(target).add(source);
            complete(source.signal(), target, preferred);
            return true;
        });
    }

    /**
     * Signals that stop a process, and the one that lets it go on, are sent one after the other: the later one counts. Who
     * goes on finds SIGCONT pending already.
     */
    private boolean ordered(int signal, BooleanSupplier sending) {
        if (signal != Signal.SIGCONT && !GroupStop.stops(signal)) {
            return sending.getAsBoolean();
        }
        synchronized (process.processes().jobs().lock()) {
            boolean result = sending.getAsBoolean();
            if (signal == Signal.SIGCONT && !process.isExiting()) {
                process.groupStop().resume();
            }
            return result;
        }
    }

    private PendingSignals queueOf(GuestTask target) {
        return target == null ? pending : target.signals().pending();
    }

    /**
     * What a signal does when it is sent: stop signals and SIGCONT cancel each other, and SIGKILL ends the process at once.
     *
     * @param addressee the task that must not ignore it, or null for the first one
     * @return whether it is to be added
     */
    private boolean prepare(int signal, GuestTask addressee) {
        if (signal == Signal.SIGKILL) {
            process.groupExit().kill();
            process.threadGroup().tasks().forEach(task -> task.tracee().kill());
            return false;
        }
        if (process.isExiting() || process.groupExit().isDumping()) {
            return false;
        }
        if (signal == Signal.SIGCONT) {
            discard(STOP_SIGNALS);
        } else if (GroupStop.stops(signal)) {
            discard(SignalSet.of(Signal.SIGCONT));
        }
        GuestTask asked = addressee != null ? addressee : process.threadGroup().first();
        return asked != null && (asked.signals().blocks(signal) || asked.tracee().isTraced()) || !ignores(signal);
    }

    /** Drops signals wherever they wait. */
    void discard(SignalSet signals) {
        pending.discard(signals);
        for (GuestTask task : process.threadGroup().tasks()) {
            task.signals().pending().discard(signals);
        }
    }

    private void complete(int signal, GuestTask target, GuestTask preferred) {
        GuestTask taker = target == null ? choose(signal, preferred) : target.signals().wants(signal) ? target : null;
        if (taker == null || process.groupStop().isStopped()) {
            return;
        }
        if (isFatal(signal) && !taker.signals().blocks(signal) && !taker.tracee().isTraced()) {
            end(signal, taker, queueOf(target).take(SignalSet.of(signal)));
        } else {
            taker.interrupt();
        }
    }

    /** @param info null if a task that waited for the signal by name has just taken it */
    private void end(int signal, GuestTask taker, SignalInfo info) {
        if (info != null) {
            CallObserver observer = process.observer();
            if (observer != null) {
                observer.signal(taker, info);
            }
            process.exit(ExitStatus.signaled(signal, ""));
        }
    }

    /** Whether a signal that some task takes ends the process, without anything to be written down before. */
    private boolean isFatal(int signal) {
        return handlers.get(signal).handler() == SignalAction.DEFAULT
                && DefaultAction.of(signal) == DefaultAction.TERMINATE;
    }

    /** The task that takes a signal of the whole process; null if all block it. */
    private GuestTask choose(int signal, GuestTask preferred) {
        GuestTask first = preferred != null ? preferred : process.threadGroup().first();
        if (first != null && isFree(first, signal)) {
            return first;
        }
        List<GuestTask> tasks = process.threadGroup().tasks();
        int count = tasks.size();
        int start = Math.max(0, tasks.indexOf(current));
        GuestTask busy = null;
        for (int i = 0; i < count; i++) {
            GuestTask task = tasks.get((start + i) % count);
            if (isFree(task, signal)) {
                current = task;
                return task;
            }
            if (busy == null && task.signals().wants(signal)) {
                busy = task;
            }
        }
        return busy;
    }

    /** Whether a task wants a signal and has no other to look after. */
    private static boolean isFree(GuestTask task, int signal) {
        return task.signals().wants(signal) && !task.attention().isWanted() && !task.isEnding();
    }

    /**
     * Tells other tasks of what waits for the process, because one that may have been chosen for it blocks it now or ends
     * ({@code retarget_shared_pending}).
     *
     * @param which signals that the task no longer takes
     */
    void retarget(GuestTask leaving, SignalSet which) {
        SignalSet waiting = pending.set().and(which);
        for (GuestTask task : process.threadGroup().tasks()) {
            if (waiting.isEmpty()) {
                return;
            }
            if (task != leaving && waiting.exceeds(task.signals().mask())) {
                waiting = waiting.and(task.signals().mask());
                task.interrupt();
            }
        }
    }

    /** The process has ended: nobody takes what waits. */
    void close() {
        pending.close();
        watchers.close();
    }
}
