package org.nesteddune.internal.task;

/** A process waits because what it runs on is away. */
final class Hold {

    private final String reason;
    private volatile boolean over;

    /** @param reason what is away, for the operator */
    Hold(String reason) {
        this.reason = reason;
    }

    String reason() {
        return reason;
    }

    boolean isOver() {
        return over;
    }

    void end() {
        over = true;
    }
}
