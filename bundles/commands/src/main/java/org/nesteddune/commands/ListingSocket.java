package org.nesteddune.commands;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Socket;

/**
 * The UNIX socket at which a runtime tells what runs in it: whoever connects reads a text to its end. It has an abstract name, so
 * there is no file to be left behind. Only the runtime's user and root are answered, and only theirs are asked (unix(7),
 * SO_PEERCRED). Native, because Java has neither abstract names nor peers' users.
 */
final class ListingSocket implements AutoCloseable {

    /** How names of all runtimes begin. */
    static final String PREFIX = "nested-dune/ps/";

    /** {@code struct sockaddr_un}: family (u16), path. */
    private static final int PATH = 2;

    private static final int BACKLOG = 16;
    private static final int SHUT_RDWR = 2;
    private static final int PATIENCE_SECONDS = 5;
    private static final int CHUNK = 4096;

    /** What is taken of an answer, bytes. */
    private static final int LIMIT = 1 << 20;

    private final int descriptor;

    private ListingSocket(int descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Begins to listen.
     *
     * @param name the abstract name, without the zero before it
     */
    static ListingSocket listen(String name) throws IOException {
        return open(name, SyscallNumbers.SYS_bind);
    }

    /**
     * What the runtime of a name tells.
     *
     * @param patience how long it may keep silent, seconds
     * @throws IOException if there is none, it is of another user, or says nothing in time
     */
    static String ask(String name, int patience) throws IOException {
        try (ListingSocket socket = open(name, SyscallNumbers.SYS_connect)) {
            limit(socket.descriptor, patience);
            if (!isTrusted(socket.descriptor)) {
                throw new IOException("a runtime of another user");
            }
            byte[] all = new byte[LIMIT];
            int size = 0;
            try (NativeBuffer buffer = new NativeBuffer(CHUNK)) {
                while (size < LIMIT) {
                    long length = Linux.read(socket.descriptor, buffer.address(), Math.min(CHUNK, LIMIT - size));
                    if (length == -Errno.EINTR) {
                        continue;
                    }
                    if (length <= 0) {
                        check("read", length);
                        break;
                    }
                    Memory.copyFrom(buffer.address(), all, size, (int) length);
                    size += (int) length;
                }
            }
            return new String(all, 0, size, StandardCharsets.UTF_8);
        }
    }

    /** Answers one who asks. False when this has been {@linkplain #shut}. */
    boolean answer(Supplier<String> text) {
        long visitor;
        do {
            visitor = Linux.call(SyscallNumbers.SYS_accept4, descriptor, 0, 0, Socket.SOCK_CLOEXEC);
        } while (visitor == -Errno.EINTR || visitor == -Errno.ECONNABORTED);
        if (visitor < 0) {
            return false;
        }
        try {
            limit((int) visitor, PATIENCE_SECONDS);
            if (isTrusted((int) visitor)) {
                send((int) visitor, text.get().getBytes(StandardCharsets.UTF_8));
            }
        } finally {
            Linux.close((int) visitor);
        }
        return true;
    }

    /** Makes {@link #answer} give false. Any thread. */
    void shut() {
        Linux.call(SyscallNumbers.SYS_shutdown, descriptor, SHUT_RDWR);
    }

    @Override
    public void close() {
        Linux.close(descriptor);
    }

    private static ListingSocket open(String name, int call) throws IOException {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        int socket = (int) check("socket", Linux.call(
                SyscallNumbers.SYS_socket, Socket.AF_UNIX, Socket.SOCK_STREAM | Socket.SOCK_CLOEXEC, 0));
        boolean good = false;
        try (NativeBuffer address = new NativeBuffer(PATH + 1 + bytes.length)) {
            address.clear();
            Memory.putShort(address.address(), (short) Socket.AF_UNIX);
            Memory.copyTo(address.address() + PATH + 1, bytes, 0, bytes.length);
            check(name, Linux.call(call, socket, address.address(), address.size()));
            if (call == SyscallNumbers.SYS_bind) {
                check("listen", Linux.call(SyscallNumbers.SYS_listen, socket, BACKLOG));
            }
            good = true;
            return new ListingSocket(socket);
        } finally {
            if (!good) {
                Linux.close(socket);
            }
        }
    }

    /** The other side has so long to send and to read. */
    private static void limit(int socket, int seconds) {
        try (NativeBuffer time = new NativeBuffer(16)) {
            time.clear();
            Memory.putLong(time.address(), seconds);
            for (int option : new int[] {Socket.SO_RCVTIMEO, Socket.SO_SNDTIMEO}) {
                Linux.call(SyscallNumbers.SYS_setsockopt, socket, Socket.SOL_SOCKET, option, time.address(), 16);
            }
        }
    }

    private static boolean isTrusted(int socket) {
        try (NativeBuffer value = new NativeBuffer(16)) {
            // struct ucred: pid, uid, gid
            Memory.putInt(value.address() + 12, 12);
            long result = Linux.call(SyscallNumbers.SYS_getsockopt,
                    socket, Socket.SOL_SOCKET, Socket.SO_PEERCRED, value.address(), value.address() + 12);
            int uid = Memory.getInt(value.address() + 4);
            return result == 0 && (uid == 0 || uid == (int) Linux.geteuid());
        }
    }

    private static void send(int socket, byte[] bytes) {
        try (NativeBuffer buffer = new NativeBuffer(Math.max(1, bytes.length))) {
            Memory.copyTo(buffer.address(), bytes, 0, bytes.length);
            int sent = 0;
            while (sent < bytes.length) {
                long length = Linux.call(SyscallNumbers.SYS_sendto,
                        socket, buffer.address() + sent, bytes.length - sent, Socket.MSG_NOSIGNAL, 0, 0);
                if (length < 0 && length != -Errno.EINTR) {
                    return;
                }
                sent += (int) Math.max(0, length);
            }
        }
    }

    private static long check(String what, long result) throws IOException {
        if (result < 0) {
            throw new IOException(what + ": " + Errno.text((int) -result));
        }
        return result;
    }
}
