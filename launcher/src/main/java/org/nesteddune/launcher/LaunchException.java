package org.nesteddune.launcher;

/** Nested-dune could not be started. The message is one sentence for the user that says what is wrong. */
final class LaunchException extends Exception {
    private static final long serialVersionUID = 1;

    LaunchException(String message) {
        super(message);
    }

    LaunchException(String message, Throwable cause) {
        super(message, cause);
    }
}
