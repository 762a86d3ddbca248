package org.nesteddune.escape;

import org.nesteddune.kernel.Process;

/**
 * A guest did not become a native process, or a native process no guest; it goes on where it was, as if nothing had been asked. The
 * message is one sentence.
 */
public final class EscapeException extends Exception {

    private static final long serialVersionUID = 1L;

    public EscapeException(String message) {
        super(message);
    }

    public EscapeException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Nothing was tried: what the native process is or has keeps it outside. */
    public static EscapeException cannotEnter(int pid, String reason) {
        return new EscapeException("process " + pid + " cannot enter: " + reason);
    }

    /** Nothing was tried: what the guest is or has keeps it in dune. */
    public static EscapeException impossible(Process guest, String reason) {
        return new EscapeException("guest " + guest.pid() + " cannot escape: " + reason);
    }

    /** It was tried. */
    public static EscapeException failed(Process guest, String reason, Throwable cause) {
        return new EscapeException("guest " + guest.pid() + " could not escape: " + reason, cause);
    }
}
