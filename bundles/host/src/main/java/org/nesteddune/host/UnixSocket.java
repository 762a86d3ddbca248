package org.nesteddune.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Socket;

/**
 * A stream socket of unix(7). Native, because Java has neither abstract names nor peers' process ids and users. For one thread at a time, but
 * for {@link #shut}.
 */
public final class UnixSocket implements AutoCloseable {

    /** Bytes of the longest path. */
    public static final int LONGEST_PATH = 107;

    /** {@code struct sockaddr_un}: family (u16), path. */
    private static final int PATH = 2;

    private static final int BACKLOG = 16;
    private static final int SHUT_RDWR = 2;

    /** {@code struct ucred}: pid, uid, gid. */
    private static final int CREDENTIALS = 12;

    private final int descriptor;

    /**
     * Who is at the other end.
     *
     * @param pid 0 if it is not known
     * @param uid −1 then
     */
    public record Peer(int pid, int uid) {

        /** Whether it is a process of this process's user, or root's. */
        public boolean isTrusted() {
            return uid == 0 || uid == (int) Linux.geteuid();
        }
    }

    private UnixSocket(int descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Makes a socket that neither listens nor is connected.
     *
     * @throws IOException if the host has no descriptor left
     */
    public static UnixSocket open() throws IOException {
        long socket = Linux.call(SyscallNumbers.SYS_socket, Socket.AF_UNIX, Socket.SOCK_STREAM | Socket.SOCK_CLOEXEC, 0);
        if (socket < 0) {
            throw new IOException("no socket: " + Errno.text((int) -socket));
        }
        return new UnixSocket((int) socket);
    }

    /** The name of a socket in the file system. */
    public static byte[] path(String path) {
        return (path + "\0").getBytes(StandardCharsets.UTF_8);
    }

    /** A name of which nothing is left behind. */
    public static byte[] abstractName(String name) {
        return ("\0" + name).getBytes(StandardCharsets.UTF_8);
    }

    /** Sets the mode that the file will have; the host's result. */
    public long mode(int mode) {
        return Linux.call(SyscallNumbers.SYS_fchmod, descriptor, mode);
    }

    /** Gives the socket its name; the host's result. */
    public long bind(byte[] name) {
        return withName(SyscallNumbers.SYS_bind, name);
    }

    /** Connects to the socket of a name; the host's result. */
    public long connect(byte[] name) {
        return withName(SyscallNumbers.SYS_connect, name);
    }

    private long withName(int call, byte[] name) {
        try (NativeBuffer address = new NativeBuffer(PATH + name.length)) {
            Memory.putShort(address.address(), (short) Socket.AF_UNIX);
            Memory.copyTo(address.address() + PATH, name, 0, name.length);
            return Linux.call(call, descriptor, address.address(), address.size());
        }
    }

    /** Begins to listen; the host's result. */
    public long listen() {
        return Linux.call(SyscallNumbers.SYS_listen, descriptor, BACKLOG);
    }

    /** Waits until somebody connects; null when this has been {@linkplain #shut}. The caller closes it. */
    public UnixSocket accept() {
        long visitor;
        do {
            visitor = Linux.call(SyscallNumbers.SYS_accept4, descriptor, 0, 0, Socket.SOCK_CLOEXEC);
        } while (visitor == -Errno.EINTR || visitor == -Errno.ECONNABORTED);
        return visitor < 0 ? null : new UnixSocket((int) visitor);
    }

    /** The other side has so long to send and to read. */
    public void limit(int seconds) {
        try (NativeBuffer time = new NativeBuffer(16)) {
            Memory.putLong(time.address(), seconds);
            for (int option : new int[] {Socket.SO_RCVTIMEO, Socket.SO_SNDTIMEO}) {
                Linux.call(SyscallNumbers.SYS_setsockopt, descriptor, Socket.SOL_SOCKET, option, time.address(), time.size());
            }
        }
    }

    /** Who has connected, or has begun to listen (SO_PEERCRED). */
    public Peer peer() {
        try (NativeBuffer value = new NativeBuffer(CREDENTIALS + Integer.BYTES)) {
            long length = value.address() + CREDENTIALS;
            Memory.putInt(length, CREDENTIALS);
            long result = Linux.call(SyscallNumbers.SYS_getsockopt,
                    descriptor, Socket.SOL_SOCKET, Socket.SO_PEERCRED, value.address(), length);
            return result < 0 ? new Peer(0, -1) : new Peer(Memory.getInt(value.address()), Memory.getInt(value.address() + 4));
        }
    }

    /** Takes what has come, and waits for it; the host's result. */
    public long read(long address, long length) {
        long result;
        do {
            result = Linux.read(descriptor, address, length);
        } while (result == -Errno.EINTR);
        return result;
    }

    /** Sends all, or what the other side takes of it. */
    public void send(byte[] bytes) {
        try (NativeBuffer buffer = new NativeBuffer(Math.max(1, bytes.length))) {
            Memory.copyTo(buffer.address(), bytes, 0, bytes.length);
            int sent = 0;
            while (sent < bytes.length) {
                long length = Linux.call(SyscallNumbers.SYS_sendto,
                        descriptor, buffer.address() + sent, bytes.length - sent, Socket.MSG_NOSIGNAL, 0, 0);
                if (length < 0 && length != -Errno.EINTR) {
                    return;
                }
                sent += (int) Math.max(0, length);
            }
        }
    }

    /** Ends the connection, or makes {@link #accept} give null. Any thread. */
    public void shut() {
        Linux.call(SyscallNumbers.SYS_shutdown, descriptor, SHUT_RDWR);
    }

    /** Gives the descriptor back; a file of the socket's name stays. Once. */
    @Override
    public void close() {
        Linux.close(descriptor);
    }
}
