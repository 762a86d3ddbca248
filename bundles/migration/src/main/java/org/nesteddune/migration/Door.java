package org.nesteddune.migration;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.host.UnixSocket;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;

/** A UNIX socket that the runtime's user alone can connect to, and which tells who has (unix(7)). */
final class Door implements AutoCloseable {

    private static final int OWNER_ONLY = 0600;
    private static final int LINE = 64;

    private final UnixSocket listening;
    private final String path;

    private Door(UnixSocket listening, String path) {
        this.listening = listening;
        this.path = path;
    }

    /** Who has knocked; the caller closes it. */
    record Visitor(UnixSocket socket, UnixSocket.Peer peer) implements AutoCloseable {

        /** What he says: a line, without its end; null if he says none in time. */
        String listen() {
            try (NativeBuffer line = new NativeBuffer(LINE)) {
                long length = socket.read(line.address(), LINE - 1);
                return length <= 0 ? null : line.string(0).strip();
            }
        }

        void answer(String text) {
            socket.send((text + "\n").getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    /**
     * Begins to listen. A socket of the same path that nobody listens at is replaced.
     *
     * @throws IOException if there cannot be one, or somebody listens there
     */
    static Door open(String path) throws IOException {
        int length = path.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0 || length > UnixSocket.LONGEST_PATH) {
            throw new IOException("socket " + path + ": a path of a socket has 1 to " + UnixSocket.LONGEST_PATH + " bytes");
        }
        UnixSocket socket = UnixSocket.open();
        boolean good = false;
        try {
            byte[] name = UnixSocket.path(path);
            // The file has the mode that the socket has before.
            long result = socket.mode(OWNER_ONLY);
            if (result == 0) {
                result = socket.bind(name);
            }
            if (result == -Errno.EADDRINUSE && isDead(name)) {
                remove(path);
                result = socket.bind(name);
            }
            if (result == 0) {
                result = socket.listen();
            }
            if (result < 0) {
                throw new IOException("socket " + path + ": " + Errno.text((int) -result));
            }
            good = true;
            return new Door(socket, path);
        } finally {
            if (!good) {
                socket.close();
            }
        }
    }

    private static boolean isDead(byte[] name) throws IOException {
        try (UnixSocket socket = UnixSocket.open()) {
            return socket.connect(name) == -Errno.ECONNREFUSED;
        }
    }

    private static void remove(String path) {
        try (NativeBuffer file = NativeBuffer.ofCString(path)) {
            Linux.call(SyscallNumbers.SYS_unlinkat, Fcntl.AT_FDCWD, file.address(), 0);
        }
    }

    /** Waits for somebody; null when it has been {@linkplain #shut}. Whoever comes has {@code seconds} to say something. */
    Visitor await(int seconds) {
        UnixSocket socket = listening.accept();
        if (socket == null) {
            return null;
        }
        socket.limit(seconds);
        return new Visitor(socket, socket.peer());
    }

    /** Makes {@link #await} give null. Any thread. */
    void shut() {
        listening.shut();
    }

    /** Takes the socket's file away. Nobody waits any more. */
    @Override
    public void close() {
        listening.close();
        remove(path);
    }
}
