package org.nesteddune.fs;

import java.util.function.IntConsumer;
import org.nesteddune.linux.Signal;

/**
 * Finds the keys that mean a signal in what is written to a pseudo-terminal's master. The host's line discipline finds them
 * too, but it would signal a process of the host's, and none is controlled by that terminal. The rules are those of
 * {@code drivers/tty/n_tty.c}. Thread-safe.
 */
final class Typing {

    /** Whether VLNEXT was typed last, so that the next byte has no meaning. */
    private boolean quoted;

    /**
     * Looks at what has been typed.
     *
     * @param keys gets the signals in their order
     */
    synchronized void typed(TerminalSettings settings, byte[] bytes, int length, IntConsumer keys) {
        for (int i = 0; i < length; i++) {
            if (quoted) {
                quoted = false;
                if (settings.hasLocal(TerminalSettings.ICANON)) {
                    continue;
                }
            }
            int c = plain(settings, bytes[i] & 0xff);
            if (settings.hasLocal(TerminalSettings.EXTPROC) || isFlowControl(settings, c)) {
                continue;
            }
            int signal = settings.hasLocal(TerminalSettings.ISIG) ? signal(settings, c) : 0;
            if (signal != 0) {
                keys.accept(signal);
            } else {
                quoted = settings.hasLocal(TerminalSettings.ICANON)
                        && settings.hasLocal(TerminalSettings.IEXTEN)
                        && settings.is(c, TerminalSettings.VLNEXT);
            }
        }
    }

    private static int plain(TerminalSettings settings, int typed) {
        int c = settings.hasInput(TerminalSettings.ISTRIP) ? typed & 0x7f : typed;
        boolean lower = settings.hasInput(TerminalSettings.IUCLC) && settings.hasLocal(TerminalSettings.IEXTEN);
        return lower && c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
    }

    private static boolean isFlowControl(TerminalSettings settings, int c) {
        return settings.hasInput(TerminalSettings.IXON)
                && (settings.is(c, TerminalSettings.VSTART) || settings.is(c, TerminalSettings.VSTOP));
    }

    private static int signal(TerminalSettings settings, int c) {
        if (settings.is(c, TerminalSettings.VINTR)) {
            return Signal.SIGINT;
        }
        if (settings.is(c, TerminalSettings.VQUIT)) {
            return Signal.SIGQUIT;
        }
        return settings.is(c, TerminalSettings.VSUSP) ? Signal.SIGTSTP : 0;
    }
}
