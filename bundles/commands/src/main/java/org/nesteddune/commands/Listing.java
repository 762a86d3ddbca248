package org.nesteddune.commands;

import java.io.IOException;
import java.util.UUID;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Tells other runtimes what runs in this one: the one that it is a guest of, and those of the same user on this machine. A thread that
 * sleeps until somebody asks; without a socket there is none, and nobody learns anything. To be closed before the process ends: for a thread
 * in native code HotSpot would wait 0.3 s.
 */
@Component(service = AutoCloseable.class, property = Listing.BEFORE_END, immediate = true)
public final class Listing implements AutoCloseable {

    /** Property of services that are to be closed before the process ends. */
    static final String BEFORE_END = "dune.before.end:Boolean=true";

    private final Installed installed;
    private final Thread thread = new Thread(this::serve, "dune-listing");
    private ListingSocket socket;
    private boolean stopped;

    /** Made by the component runtime. */
    @Activate
    public Listing(@Reference Installed installed) {
        this.installed = installed;
        thread.setDaemon(true);
        thread.start();
    }

    /** The thread opens the socket too: a start does not wait for it. */
    private void serve() {
        ListingSocket own;
        try {
            own = ListingSocket.listen(ListingSocket.PREFIX + UUID.randomUUID());
        } catch (IOException none) {
            return;
        }
        synchronized (this) {
            socket = own;
            if (stopped) {
                own.shut();
            }
        }
        try {
            boolean asked;
            do {
                asked = own.answer(() -> ProcessTree.of(installed).print());
            } while (asked);
        } finally {
            synchronized (this) {
                socket = null;
                own.close();
            }
        }
    }

    /** Ends the thread. Idempotent. */
    @Override
    @Deactivate
    public void close() throws InterruptedException {
        synchronized (this) {
            stopped = true;
            if (socket != null) {
                socket.shut();
            }
        }
        thread.join();
    }
}
