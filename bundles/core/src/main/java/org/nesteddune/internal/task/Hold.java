package org.nesteddune.internal.task;

/**
 * A process waits: because what it runs on is away, because an operator wants it to, or both. Changed by {@link Holds} alone, read by any
 * thread.
 */
final class Hold {

    private volatile String away;
    private volatile String operator;
    private volatile boolean over;

    /** What is away, for the operator; null if nothing is. */
    String away() {
        return away;
    }

    void away(String reason) {
        away = reason;
    }

    /** Why an operator holds it; null if none does. */
    String operator() {
        return operator;
    }

    void operator(String reason) {
        operator = reason;
    }

    /** Why it waits: what is away says more than a wish, since that alone could not be granted. */
    String reason() {
        String first = away;
        String second = operator;
        return first != null ? first : second != null ? second : "";
    }

    boolean isOver() {
        return over;
    }

    void end() {
        over = true;
    }
}
