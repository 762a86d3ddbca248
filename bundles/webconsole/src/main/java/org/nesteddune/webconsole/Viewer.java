package org.nesteddune.webconsole;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.nesteddune.Guest;

/**
 * Keeps the lines of a guest's trace until who looks on asks for them. A guest never waits for that: what is too much is dropped, the oldest
 * first, and counted. Thread-safe.
 */
final class Viewer implements Guest.TraceSink {

    /** Lines that are kept. */
    static final int LINES = 2000;

    /** Longer lines are cut to this. */
    static final int LENGTH = 1000;

    /** What has come since the last time, in its order, and how many lines that went before it. */
    record Lines(long dropped, List<String> lines) {}

    private final Guest guest;
    private final ArrayDeque<String> lines = new ArrayDeque<>();
    private long dropped;
    private long asked = System.nanoTime();

    Viewer(Guest guest) {
        this.guest = guest;
    }

    /** Called on the guest's threads. */
    @Override
    public synchronized void line(String line) {
        if (lines.size() == LINES) {
            lines.removeFirst();
            dropped++;
        }
        lines.addLast(line.length() > LENGTH ? line.substring(0, LENGTH) + "..." : line);
    }

    synchronized Lines take() {
        asked = System.nanoTime();
        Lines taken = new Lines(dropped, new ArrayList<>(lines));
        lines.clear();
        dropped = 0;
        return taken;
    }

    /** Whether nobody has asked for so long. */
    synchronized boolean isForgotten(long nanos) {
        return System.nanoTime() - asked > nanos;
    }

    void begin() {
        guest.watch(this);
    }

    void end() {
        guest.unwatch(this);
    }
}
