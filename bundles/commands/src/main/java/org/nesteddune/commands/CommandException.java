package org.nesteddune.commands;

/** A command cannot do what it was asked to. The message is one sentence for the user. */
final class CommandException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int status;

    /** @param status the exit status, 1 to 255 */
    CommandException(int status, String message) {
        super(message);
        this.status = status;
    }

    int status() {
        return status;
    }
}
