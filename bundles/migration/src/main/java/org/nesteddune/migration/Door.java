package org.nesteddune.migration;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Socket;

/**
 * A UNIX socket that the runtime's user alone can connect to, and which tells who has (unix(7)). Native, because Java does not tell a
 * peer's process id.
 */
final class Door implements AutoCloseable {

    /** {@code struct sockaddr_un}: family (u16), path. */
    private static final int ADDRESS = 110;

    private static final int PATH = 2;
    private static final int BACKLOG = 16;
    private static final int OWNER_ONLY = 0600;
    private static final int SHUT_RDWR = 2;
    private static final int LINE = 64;

    private final int listening;
    private final String path;

    private Door(int listening, String path) {
        this.listening = listening;
        this.path = path;
    }

    /** Who has knocked; the caller closes it. */
    record Visitor(int descriptor, int pid, int uid) implements AutoCloseable {

        /** What he says: a line, without its end; null if he says none in time. */
        String listen() {
            try (NativeBuffer line = new NativeBuffer(LINE)) {
                long length = Linux.read(descriptor, line.address(), LINE - 1);
                return length <= 0 ? null : line.string(0).strip();
            }
        }

        void answer(String text) {
            byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
            try (NativeBuffer buffer = new NativeBuffer(bytes.length)) {
                Memory.copyTo(buffer.address(), bytes, 0, bytes.length);
                Linux.call(SyscallNumbers.SYS_sendto, descriptor, buffer.address(), bytes.length, Socket.MSG_NOSIGNAL, 0, 0);
            }
        }

        @Override
        public void close() {
            Linux.close(descriptor);
        }
    }

    /**
     * Begins to listen. A socket of the same path that nobody listens at is replaced.
     *
     * @throws IOException if there cannot be one, or somebody listens there
     */
    static Door open(String path) throws IOException {
        byte[] name = path.getBytes(StandardCharsets.UTF_8);
        if (name.length == 0 || name.length >= ADDRESS - PATH) {
            throw new IOException("socket " + path + ": a path of a socket has 1 to " + (ADDRESS - PATH - 1) + " bytes");
        }
        int socket = socket();
        boolean good = false;
        try (NativeBuffer address = new NativeBuffer(ADDRESS)) {
            Memory.fill(address.address(), ADDRESS, (byte) 0);
            Memory.putShort(address.address(), (short) Socket.AF_UNIX);
            Memory.copyTo(address.address() + PATH, name, 0, name.length);
            long result = bind(socket, address);
            if (result == -Errno.EADDRINUSE && isDead(address)) {
                try (NativeBuffer file = NativeBuffer.ofCString(path)) {
                    Linux.call(SyscallNumbers.SYS_unlinkat, Fcntl.AT_FDCWD, file.address(), 0);
                }
                result = bind(socket, address);
            }
            if (result == 0) {
                result = Linux.call(SyscallNumbers.SYS_listen, socket, BACKLOG);
            }
            if (result < 0) {
                throw new IOException("socket " + path + ": " + Errno.text((int) -result));
            }
            good = true;
            return new Door(socket, path);
        } finally {
            if (!good) {
                Linux.close(socket);
            }
        }
    }

    private static int socket() throws IOException {
        long socket = Linux.call(
                SyscallNumbers.SYS_socket, Socket.AF_UNIX, Socket.SOCK_STREAM | Socket.SOCK_CLOEXEC, 0);
        if (socket < 0) {
            throw new IOException("no socket: " + Errno.text((int) -socket));
        }
        return (int) socket;
    }

    /** The file has the mode that the socket has before. */
    private static long bind(int socket, NativeBuffer address) {
        long result = Linux.call(SyscallNumbers.SYS_fchmod, socket, OWNER_ONLY);
        return result < 0 ? result : Linux.call(SyscallNumbers.SYS_bind, socket, address.address(), ADDRESS);
    }

    private static boolean isDead(NativeBuffer address) throws IOException {
        int socket = socket();
        try {
            return Linux.call(SyscallNumbers.SYS_connect, socket, address.address(), ADDRESS) == -Errno.ECONNREFUSED;
        } finally {
            Linux.close(socket);
        }
    }

    /** Waits for somebody; null when it has been {@linkplain #shut}. Whoever comes has {@code seconds} to say something. */
    Visitor await(int seconds) {
        long descriptor;
        do {
            descriptor = Linux.call(SyscallNumbers.SYS_accept4, listening, 0, 0, Socket.SOCK_CLOEXEC);
        } while (descriptor == -Errno.EINTR || descriptor == -Errno.ECONNABORTED);
        if (descriptor < 0) {
            return null;
        }
        try (NativeBuffer value = new NativeBuffer(32)) {
            Memory.putLong(value.address(), seconds);
            Memory.putLong(value.address() + 8, 0);
            Linux.call(SyscallNumbers.SYS_setsockopt,
                    descriptor, Socket.SOL_SOCKET, Socket.SO_RCVTIMEO, value.address(), 16);
            // struct ucred: pid, uid, gid
            Memory.putInt(value.address() + 16, 12);
            long result = Linux.call(SyscallNumbers.SYS_getsockopt,
                    descriptor, Socket.SOL_SOCKET, Socket.SO_PEERCRED, value.address(), value.address() + 16);
            int pid = result < 0 ? 0 : Memory.getInt(value.address());
            return new Visitor((int) descriptor, pid, result < 0 ? -1 : Memory.getInt(value.address() + 4));
        }
    }

    /** Makes {@link #await} give null. Any thread. */
    void shut() {
        Linux.call(SyscallNumbers.SYS_shutdown, listening, SHUT_RDWR);
    }

    /** Takes the socket's file away. Nobody waits any more. */
    @Override
    public void close() {
        Linux.close(listening);
        try (NativeBuffer file = NativeBuffer.ofCString(path)) {
            Linux.call(SyscallNumbers.SYS_unlinkat, Fcntl.AT_FDCWD, file.address(), 0);
        }
    }
}
