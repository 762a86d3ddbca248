package org.nesteddune.webconsole;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.servlet.http.HttpServletResponse;
import org.nesteddune.Guest;

/**
 * Those who look on at traces. One who has not asked for {@value #PATIENCE_SECONDS} seconds has gone without a word, and is forgotten by
 * a thread that is there only as long as somebody looks on. Thread-safe.
 */
final class Viewers implements AutoCloseable {

    /** At a time, since each keeps lines. */
    static final int MOST = 20;

    private static final int PATIENCE_SECONDS = 15;

    private final Map<String, Viewer> viewers = new HashMap<>();
    private final long patienceNanos;
    private Thread reaper;
    private boolean closed;

    Viewers() {
        this(TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS));
    }

    Viewers(long patienceNanos) {
        this.patienceNanos = patienceNanos;
        // A guest's thread may be some user's who cannot read this bundle, so what it needs of it is there before.
        Viewer first = new Viewer(null);
        first.line("");
        first.take();
    }

    /** Starts to watch a guest; gives a name that nobody guesses. */
    synchronized String open(Guest guest) throws Refusal {
        if (closed || viewers.size() >= MOST) {
            throw new Refusal(HttpServletResponse.SC_SERVICE_UNAVAILABLE, MOST + " traces are looked at already");
        }
        String name = UUID.randomUUID().toString();
        Viewer viewer = new Viewer(guest);
        viewers.put(name, viewer);
        viewer.begin();
        if (reaper == null) {
            reaper = new Thread(this::reap, "dune-webconsole");
            reaper.setDaemon(true);
            reaper.start();
        }
        return name;
    }

    synchronized Viewer get(String name) throws Refusal {
        Viewer viewer = viewers.get(name);
        if (viewer == null) {
            throw new Refusal(HttpServletResponse.SC_GONE, "this trace has ended");
        }
        return viewer;
    }

    /** Ends what {@link #open} has begun; without effect if that has ended. */
    synchronized void close(String name) {
        Viewer viewer = viewers.remove(name);
        if (viewer != null) {
            viewer.end();
            notifyAll();
        }
    }

    synchronized int size() {
        return viewers.size();
    }

    private synchronized void reap() {
        try {
            while (!viewers.isEmpty()) {
                TimeUnit.NANOSECONDS.timedWait(this, patienceNanos / 4);
                List<String> forgotten = new ArrayList<>();
                viewers.forEach((name, viewer) -> {
                    if (viewer.isForgotten(patienceNanos)) {
                        forgotten.add(name);
                    }
                });
                forgotten.forEach(this::close);
            }
        } catch (InterruptedException stopped) {
            List.copyOf(viewers.keySet()).forEach(this::close);
        } finally {
            reaper = null;
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        List.copyOf(viewers.keySet()).forEach(this::close);
    }
}
