package org.nesteddune.socket;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.nesteddune.host.Linux;

/**
 * What dune knows of a UNIX socket: to the host all guests are one process, so who they are is kept here. Belongs to the
 * {@link SocketFile}, and outlives it while the socket is on its way in a message. Thread-safe.
 */
public final class UnixSocket {

    /**
     * A connection that has been asked for and not accepted yet.
     *
     * @param client the socket that asked
     * @param credentials who asked
     */
    public record Connection(UnixSocket client, PeerCredentials credentials) {}

    private final SocketTable table;

    // By the client's name in the host, which is made for this where the client has none.
    private final Map<String, Connection> connections = new ConcurrentHashMap<>();

    private volatile PeerCredentials listener;
    private volatile PeerCredentials peer;
    private volatile UnixSocket other;
    private volatile boolean passesCredentials;

    // Guarded by this.
    private Object key;
    private int holder = -1;

    /** A socket that nothing is known of yet; {@code table} is null if nothing is to be known. */
    public UnixSocket(SocketTable table) {
        this.table = table;
    }

    /**
     * Notes that the socket has got a name.
     *
     * @param newKey how others find it, or null
     * @param newHolder a host descriptor that must stay open as long as the name counts, taken over; or −1
     */
    public synchronized void bound(Object newKey, int newHolder) {
        key = newKey;
        holder = newHolder;
        if (newKey != null && table != null) {
            table.put(newKey, this);
        }
    }

    /** The last descriptor of it has been closed. */
    synchronized void closed() {
        if (key != null && table != null) {
            table.remove(key, this);
        }
        if (holder >= 0) {
            Linux.close(holder);
            holder = -1;
        }
        if (table != null) {
            table.passed().messagesLost();
        }
    }

    /** It has come out of a message after all. */
    synchronized void revived() {
        if (key != null && table != null) {
            table.put(key, this);
        }
    }

    /** Starts to listen in the name of a process. */
    public void listen(PeerCredentials as) {
        listener = as;
    }

    /** In whose name it listens; null if it does not. */
    public PeerCredentials listener() {
        return listener;
    }

    /** Who is at the other end; null if only the host knows. */
    public PeerCredentials peer() {
        return peer;
    }

    public void peer(PeerCredentials value) {
        peer = value;
    }

    /** The socket at the other end as far as it is a guest's, or the one that will answer; null otherwise. */
    public UnixSocket other() {
        return other;
    }

    public void other(UnixSocket value) {
        other = value;
    }

    /** Whether those who send to it are to be named with each message (SO_PASSCRED). */
    public boolean passesCredentials() {
        return passesCredentials;
    }

    public void passesCredentials(boolean on) {
        passesCredentials = on;
    }

    /** Announces to a listening socket that a client is about to connect. */
    public void expect(String hostName, Connection connection) {
        connections.put(hostName, connection);
    }

    /** Takes an announcement back. */
    public void forget(String hostName) {
        connections.remove(hostName);
    }

    /** The connection from a client's host name, once; null if no guest has announced it. */
    public Connection accept(String hostName) {
        return connections.remove(hostName);
    }
}
