package org.nesteddune.bench;

/** A benchmark cannot be run here; the message says why. */
final class BenchmarkException extends Exception {

    private static final long serialVersionUID = 1L;

    BenchmarkException(String message) {
        super(message);
    }

    BenchmarkException(String message, Throwable cause) {
        super(message, cause);
    }
}
