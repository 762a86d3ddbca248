package org.nesteddune.commands;

import org.jline.terminal.impl.PosixSysTerminal;

/** Tells the terminal that this process was started on from those of remote sessions. */
final class SystemTerminal {

    private SystemTerminal() {
    }

    /** Whether a session's terminal is the one behind the process's descriptors 0 to 2. */
    static boolean isIt(Object terminal) {
        if (terminal == null) {
            return false;
        }
        try {
            return terminal instanceof PosixSysTerminal;
        } catch (NoClassDefFoundError e) {
            // A shell that does not use JLine, or not the one that this bundle is wired to.
            return false;
        }
    }
}
