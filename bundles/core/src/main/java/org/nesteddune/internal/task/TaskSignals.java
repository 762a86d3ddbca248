package org.nesteddune.internal.task;

import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalFrames.AlternateStack;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.kernel.PendingSignals;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;

/**
 * The signal state of one task: what it blocks, what was sent to it alone, where its handlers run. What is not said to be
 * for any thread belongs to the task's own.
 */
final class TaskSignals {

    private final GuestTask task;
    private final ProcessSignals process;
    private final PendingSignals pending;

    private volatile SignalSet mask = SignalSet.EMPTY;
    private volatile SignalSet awaited = SignalSet.EMPTY;
    private volatile AlternateStack alternateStack = AlternateStack.NONE;

    private SignalSet savedMask = SignalSet.EMPTY;
    private boolean maskSaved;
    private int forcedSignal;
    private String forcedMessage = "";

    TaskSignals(GuestTask task, ProcessSignals process) {
        this.task = task;
        this.process = process;
        this.pending = new PendingSignals(process.quota(), process.watchers());
    }

    /** Mask and alternate stack of a new task are its parent's. */
    void inherit(TaskSignals parent) {
        mask = parent.mask;
        alternateStack = parent.alternateStack;
    }

    // Masks

    /** Blocked signals. Any thread. */
    SignalSet mask() {
        return mask;
    }

    /** Sets the blocked signals; SIGKILL and SIGSTOP stay unblocked. */
    void mask(SignalSet value) {
        SignalSet old = mask;
        SignalSet now = value.andNot(SignalSet.UNSTOPPABLE);
        mask = now;
        SignalSet shared = process.pending().set();
        if (pending.set().exceeds(now) || shared.exceeds(now)) {
            task.attention().want();
        }
        if (!shared.isEmpty() && shared.and(now).exceeds(old)) {
            // Another task may have been passed over in favour of this one.
            process.retarget(task, now.andNot(old));
        }
    }

    /** Sets another mask until the call in progress has ended and its signal, if one came, has been delivered. */
    void temporaryMask(SignalSet value) {
        if (!maskSaved) {
            savedMask = mask;
            maskSaved = true;
        }
        mask(value);
    }

    /** Whether a call has replaced the mask for its time. */
    boolean hasTemporaryMask() {
        return maskSaved;
    }

    /** The mask that a signal frame saves. */
    SignalSet maskToSave() {
        return maskSaved ? savedMask : mask;
    }

    /** A frame has been made, which restores the mask; a handler runs with this one. */
    void delivered(SignalSet handlerMask) {
        maskSaved = false;
        mask(handlerMask);
    }

    /** Puts back the mask that a call replaced for its time, if no handler has taken it over. */
    void restoreMask() {
        if (maskSaved) {
            maskSaved = false;
            mask(savedMask);
        }
    }

    // What waits

    /** Signals sent to this task alone. Any thread. */
    PendingSignals pending() {
        return pending;
    }

    /** Takes a pending signal of a set, of the task or else of the process; null if there is none. */
    SignalInfo take(SignalSet wanted) {
        SignalInfo info = pending.take(wanted);
        return info != null ? info : process.pending().take(wanted);
    }

    /** The next signal to be delivered, taken from its queue; null if there is none. */
    SignalInfo next() {
        return take(mask.not());
    }

    /** Whether a signal that is not blocked and not ignored waits for this task. */
    boolean hasDeliverable() {
        SignalSet blocked = mask;
        SignalSet own = pending.set();
        SignalSet shared = process.pending().set();
        if (!own.exceeds(blocked) && !shared.exceeds(blocked)) {
            return false;
        }
        SignalSet waiting = own.or(shared).andNot(blocked);
        for (int signal = waiting.first(); signal != 0; signal = waiting.first()) {
            if (task.tracee().isTraced() || !process.ignores(signal)) {
                return true;
            }
            waiting = waiting.without(signal);
        }
        return false;
    }

    /** Signals that the task waits for by name ({@code rt_sigtimedwait}), though it may block them; none when it does not wait. */
    void await(SignalSet signals) {
        awaited = signals;
    }

    /** Whether a signal that the task waits for by name is pending. */
    boolean hasAwaited() {
        return pending.set().intersects(awaited) || process.pending().set().intersects(awaited);
    }

    /** Whether the task blocks a signal. Any thread. */
    boolean blocks(int signal) {
        return mask.has(signal);
    }

    /** Whether a signal must interrupt the task: it does not block it, or waits for it by name. Any thread. */
    boolean wants(int signal) {
        return !mask.has(signal) || awaited.has(signal);
    }

    /** The task ends: nobody takes what was sent to it alone. */
    void close() {
        pending.close();
    }

    // Faults

    /**
     * Sends a signal that the task cannot escape: where it is blocked or ignored it takes its default effect ({@code
     * force_sig_info_to_task} of the kernel).
     *
     * @param message what it is about, for the operator
     */
    void force(SignalInfo info, String message) {
        int signal = info.signal();
        forcedSignal = signal;
        forcedMessage = message;
        SignalAction action = process.handlers().get(signal);
        boolean isBlocked = blocks(signal);
        if (isBlocked || action.handler() == SignalAction.IGNORE) {
            process.handlers().set(signal, action.byDefault());
            mask = mask.without(signal);
        }
        pending.add(info);
        task.attention().want();
    }

    /** What a forced signal was about; "" for a signal that was sent. */
    String messageOf(int signal) {
        return signal == forcedSignal ? forcedMessage : "";
    }

    // The alternate stack

    /** Any thread. */
    AlternateStack alternateStack() {
        return alternateStack;
    }

    void alternateStack(AlternateStack stack) {
        alternateStack = stack;
    }

    /** {@code do_sigaltstack} of the kernel; 0 or a negated error number. */
    int changeAlternateStack(AlternateStack wanted, long stackPointer) {
        if (alternateStack.isUsedBy(stackPointer)) {
            return -Errno.EPERM;
        }
        int mode = wanted.flags() & ~Signal.SS_AUTODISARM;
        if (mode != 0 && mode != Signal.SS_ONSTACK && mode != Signal.SS_DISABLE) {
            return -Errno.EINVAL;
        }
        if (mode == Signal.SS_DISABLE) {
            alternateStack = new AlternateStack(0, wanted.flags(), 0);
            return 0;
        }
        if (Long.compareUnsigned(wanted.size(), Signal.MINSIGSTKSZ) < 0) {
            return -Errno.ENOMEM;
        }
        alternateStack = wanted;
        return 0;
    }
}
