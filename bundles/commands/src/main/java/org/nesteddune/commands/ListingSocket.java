package org.nesteddune.commands;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.UnixSocket;
import org.nesteddune.linux.Errno;

/**
 * The UNIX socket at which a runtime tells what runs in it: whoever connects reads a text to its end. It has an abstract name, so
 * there is no file to be left behind. Only the runtime's user and root are answered, and only theirs are asked.
 */
final class ListingSocket implements AutoCloseable {

    /** How names of all runtimes begin. */
    static final String PREFIX = "nested-dune/ps/";

    private static final int PATIENCE_SECONDS = 5;
    private static final int CHUNK = 4096;

    /** What is taken of an answer, bytes. */
    private static final int LIMIT = 1 << 20;

    private final UnixSocket socket;

    private ListingSocket(UnixSocket socket) {
        this.socket = socket;
    }

    /**
     * Begins to listen.
     *
     * @param name the abstract name, without the zero before it
     */
    static ListingSocket listen(String name) throws IOException {
        UnixSocket socket = UnixSocket.open();
        boolean good = false;
        try {
            check(name, socket.bind(UnixSocket.abstractName(name)));
            check("listen", socket.listen());
            good = true;
            return new ListingSocket(socket);
        } finally {
            if (!good) {
                socket.close();
            }
        }
    }

    /**
     * What the runtime of a name tells.
     *
     * @param patience how long it may keep silent, seconds
     * @throws IOException if there is none, it is of another user, or says nothing in time
     */
    static String ask(String name, int patience) throws IOException {
        try (UnixSocket runtime = UnixSocket.open()) {
            check(name, runtime.connect(UnixSocket.abstractName(name)));
            runtime.limit(patience);
            if (!runtime.peer().isTrusted()) {
                throw new IOException("a runtime of another user");
            }
            byte[] all = new byte[LIMIT];
            int size = 0;
            try (NativeBuffer buffer = new NativeBuffer(CHUNK)) {
                int length;
                do {
                    length = (int) check("read", runtime.read(buffer.address(), Math.min(CHUNK, LIMIT - size)));
                    Memory.copyFrom(buffer.address(), all, size, length);
                    size += length;
                } while (length > 0 && size < LIMIT);
            }
            return new String(all, 0, size, StandardCharsets.UTF_8);
        }
    }

    /** Answers one who asks. False when this has been {@linkplain #shut}. */
    boolean answer(Supplier<String> text) {
        try (UnixSocket visitor = socket.accept()) {
            if (visitor == null) {
                return false;
            }
            visitor.limit(PATIENCE_SECONDS);
            if (visitor.peer().isTrusted()) {
                visitor.send(text.get().getBytes(StandardCharsets.UTF_8));
            }
            return true;
        }
    }

    /** Makes {@link #answer} give false. Any thread. */
    void shut() {
        socket.shut();
    }

    @Override
    public void close() {
        socket.close();
    }

    private static long check(String what, long result) throws IOException {
        if (result < 0) {
            throw new IOException(what + ": " + Errno.text((int) -result));
        }
        return result;
    }
}
