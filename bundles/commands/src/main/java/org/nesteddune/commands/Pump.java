package org.nesteddune.commands;

import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;

/** A thread that carries bytes between a Java stream and a host descriptor, which it owns and closes at its end. */
abstract class Pump {

    /** Bytes at a time: what a pipe holds. */
    static final int SIZE = 65536;

    private final int descriptor;
    private final Thread thread;
    private boolean started;

    Pump(String name, int descriptor) {
        this.descriptor = descriptor;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    final synchronized void start() {
        started = true;
        thread.start();
    }

    private void run() {
        try (NativeBuffer buffer = new NativeBuffer(SIZE)) {
            pump(descriptor, buffer);
        } finally {
            Linux.close(descriptor);
        }
    }

    /** Carries bytes until either side ends. */
    abstract void pump(int fd, NativeBuffer buffer);

    /** The pump's thread, or null if it was never started; then the descriptor is closed here. */
    final synchronized Thread end() {
        if (!started) {
            started = true;
            Linux.close(descriptor);
            return null;
        }
        return thread;
    }
}
