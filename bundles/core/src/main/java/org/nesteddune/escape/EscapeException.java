package org.nesteddune.escape;

/** A guest did not become a native process; it goes on in dune as if nothing had been asked. The message is one sentence. */
public final class EscapeException extends Exception {

    private static final long serialVersionUID = 1L;

    public EscapeException(String message) {
        super(message);
    }

    public EscapeException(String message, Throwable cause) {
        super(message, cause);
    }
}
