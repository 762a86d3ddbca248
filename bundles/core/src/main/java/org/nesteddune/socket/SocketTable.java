package org.nesteddune.socket;

import static org.nesteddune.host.SyscallNumbers.SYS_getrandom;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;

/**
 * The UNIX sockets of a dune's guests by their names, and what is on its way between them. One a dune, shared by all its
 * guests; it outlives every family's bundle. Thread-safe.
 *
 * <p>Names are those that the host's kernel keeps, bytes as ISO-8859-1 chars: a path, or a zero byte and an abstract
 * name, or nothing for a socket without one.
 */
public final class SocketTable {

    /** Names that were translated and are kept, so that late messages still have their senders' names. */
    private static final int NAMES = 4096;

    /** A file in the host that a socket is bound to. */
    public record NodeKey(long device, long inode) {}

    private final Map<Object, UnixSocket> bound = new ConcurrentHashMap<>();
    private final Map<String, String> names = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > NAMES;
        }
    };
    private final AtomicLong clients = new AtomicLong();
    private final String clientPrefix = "\0dune-client-" + Long.toHexString(random()) + "-";
    private final PassedFiles passed = new PassedFiles();
    private final MessageCredentials credentials = new MessageCredentials();

    private static long random() {
        try (NativeBuffer buffer = new NativeBuffer(8)) {
            Linux.call(SYS_getrandom, buffer.address(), 8, 0);
            return Memory.getLong(buffer.address());
        }
    }

    /** The files that are on their way in messages. */
    public PassedFiles passed() {
        return passed;
    }

    /** How messages say who has sent them. */
    public MessageCredentials credentials() {
        return credentials;
    }

    void put(Object key, UnixSocket socket) {
        bound.put(key, socket);
    }

    void remove(Object key, UnixSocket socket) {
        bound.remove(key, socket);
    }

    /**
     * The guest's socket of a name.
     *
     * @param key a {@link NodeKey}, or an abstract name of the host
     * @return the socket; null if no guest has bound it
     */
    public UnixSocket find(Object key) {
        return key == null ? null : bound.get(key);
    }

    /** Notes that the host knows a socket by another name than its guest. */
    public void alias(String hostName, String guestName) {
        synchronized (names) {
            names.put(hostName, guestName);
        }
    }

    /** The guest's name of a socket that the host knows by this one; null if it is not known to have another. */
    public String alias(String hostName) {
        synchronized (names) {
            return names.get(hostName);
        }
    }

    /** A host name for a client without one, by which the socket that accepts it knows who it is. */
    public String newClientName() {
        return clientPrefix + Long.toHexString(clients.incrementAndGet());
    }

    /** Whether it is one of those names, which no guest is to see. */
    public boolean isClientName(String hostName) {
        return hostName.startsWith(clientPrefix);
    }
}
