package org.nesteddune.internal.task;

import org.nesteddune.linux.Signal;

/** What a signal does where the guest has said nothing (signal(7), "Standard signals"). */
enum DefaultAction {
    TERMINATE,
    CORE,
    IGNORE,
    STOP,
    CONTINUE;

    /** Whether a process that gets the signal goes on as if it had not (SIG_KERNEL_IGNORE_MASK of linux/signal.h). */
    boolean isNothing() {
        return this == IGNORE || this == CONTINUE;
    }

    static DefaultAction of(int signal) {
        return switch (signal) {
            case Signal.SIGCHLD, Signal.SIGURG, Signal.SIGWINCH -> IGNORE;
            case Signal.SIGCONT -> CONTINUE;
            case Signal.SIGSTOP, Signal.SIGTSTP, Signal.SIGTTIN, Signal.SIGTTOU -> STOP;
            case Signal.SIGQUIT, Signal.SIGILL, Signal.SIGTRAP, Signal.SIGABRT, Signal.SIGBUS, Signal.SIGFPE,
                    Signal.SIGSEGV, Signal.SIGXCPU, Signal.SIGXFSZ, Signal.SIGSYS -> CORE;
            default -> TERMINATE;
        };
    }
}
