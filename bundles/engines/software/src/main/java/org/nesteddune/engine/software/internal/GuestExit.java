package org.nesteddune.engine.software.internal;

import org.nesteddune.engine.Exit;

/** An instruction cannot be finished. One for each vCPU, used again and again: guests cause it at will. */
final class GuestExit extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private transient Exit reason;

    GuestExit() {
        super(null, null, false, false);
    }

    GuestExit with(Exit exit) {
        reason = exit;
        return this;
    }

    Exit reason() {
        return reason;
    }
}
