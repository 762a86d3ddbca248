package org.nesteddune.engine;

/** An engine cannot do what it was asked to; the message is one sentence that an operator can act on. */
public class EngineException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public EngineException(String message) {
        super(message);
    }

    public EngineException(String message, Throwable cause) {
        super(message, cause);
    }
}
