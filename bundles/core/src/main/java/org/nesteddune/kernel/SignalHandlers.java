package org.nesteddune.kernel;

import java.util.Arrays;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.linux.Signal;

/** What a process does about each signal; shared by all its tasks. Signals have generic numbers. Thread-safe. */
public final class SignalHandlers {

    private final SignalAction[] actions = new SignalAction[SignalSet.LAST + 1];

    public SignalHandlers() {
        Arrays.fill(actions, SignalAction.INITIAL);
    }

    /** What is done about a signal. */
    public synchronized SignalAction get(int signal) {
        return actions[signal];
    }

    /** What is done about a signal that is delivered now; SA_RESETHAND takes its effect. */
    public synchronized SignalAction take(int signal) {
        SignalAction action = actions[signal];
        if (action.isHandled() && ((int) action.flags() & Signal.SA_RESETHAND) != 0) {
            actions[signal] = action.byDefault();
        }
        return action;
    }

    /** Sets what is done about a signal; what it was before is returned. */
    public synchronized SignalAction set(int signal, SignalAction action) {
        SignalAction old = actions[signal];
        actions[signal] = action;
        return old;
    }

    /** A copy, as {@code fork} makes it. */
    public synchronized SignalHandlers copy() {
        SignalHandlers copy = new SignalHandlers();
        System.arraycopy(actions, 0, copy.actions, 0, actions.length);
        return copy;
    }

    /** Sets handled signals back to their default, as {@code execve} does; ignored ones stay ignored. */
    public synchronized void resetForExec() {
        for (int i = 1; i <= SignalSet.LAST; i++) {
            if (actions[i].isHandled()) {
                actions[i] = SignalAction.INITIAL;
            }
        }
    }
}
