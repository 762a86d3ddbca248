package org.nesteddune.fs;

import org.nesteddune.linux.Signal;

/**
 * Finds the keys that mean a signal in what is written to a pseudo-terminal's master. The host's line discipline finds them
 * too, but it would signal a process of the host's, and none is controlled by that terminal. The rules are those of
 * {@code drivers/tty/n_tty.c}. Thread-safe.
 */
final class Typing {

    /** Whether VLNEXT was typed last, so that the next byte has no meaning. */
    private boolean quoted;

    /** Where the first key that means a signal is among the next bytes, or −1. */
    synchronized int find(TerminalSettings settings, byte[] bytes, int length) {
        boolean quote = quoted;
        for (int i = 0; i < length; i++) {
            int c = plain(settings, bytes[i] & 0xff);
            if (!quote(settings, quote) && signal(settings, c) != 0) {
                return i;
            }
            quote = !quote(settings, quote) && quotes(settings, c);
        }
        return -1;
    }

    /**
     * Takes in bytes that have been typed.
     *
     * @return the signal that the last one means, or 0
     */
    synchronized int typed(TerminalSettings settings, byte[] bytes, int length) {
        int last = 0;
        for (int i = 0; i < length; i++) {
            int c = plain(settings, bytes[i] & 0xff);
            boolean quote = quote(settings, quoted);
            last = quote ? 0 : signal(settings, c);
            quoted = !quote && quotes(settings, c);
        }
        return last;
    }

    /** Leaving canonical mode forgets a quote. */
    private static boolean quote(TerminalSettings settings, boolean quoted) {
        return quoted && settings.hasLocal(TerminalSettings.ICANON);
    }

    private static boolean quotes(TerminalSettings settings, int c) {
        return settings.hasLocal(TerminalSettings.ICANON)
                && settings.hasLocal(TerminalSettings.IEXTEN)
                && !settings.hasLocal(TerminalSettings.EXTPROC)
                && settings.is(c, TerminalSettings.VLNEXT)
                && !isFlowControl(settings, c)
                && signal(settings, c) == 0;
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
        if (!settings.hasLocal(TerminalSettings.ISIG) || settings.hasLocal(TerminalSettings.EXTPROC)
                || isFlowControl(settings, c)) {
            return 0;
        }
        if (settings.is(c, TerminalSettings.VINTR)) {
            return Signal.SIGINT;
        }
        if (settings.is(c, TerminalSettings.VQUIT)) {
            return Signal.SIGQUIT;
        }
        return settings.is(c, TerminalSettings.VSUSP) ? Signal.SIGTSTP : 0;
    }
}
