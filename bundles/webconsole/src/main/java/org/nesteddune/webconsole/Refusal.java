package org.nesteddune.webconsole;

/** Why a request is not carried out, for who made it. */
final class Refusal extends Exception {

    private static final long serialVersionUID = 1L;

    private final int status;

    /** @param status of HTTP */
    Refusal(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    int status() {
        return status;
    }
}
