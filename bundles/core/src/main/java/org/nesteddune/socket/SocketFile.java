package org.nesteddune.socket;

import static org.nesteddune.host.SyscallNumbers.SYS_getsockopt;
import static org.nesteddune.host.SyscallNumbers.SYS_pwritev2;
import static org.nesteddune.host.SyscallNumbers.SYS_sendmsg;
import static org.nesteddune.host.SyscallNumbers.SYS_setsockopt;
import static org.nesteddune.host.SyscallNumbers.SYS_write;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.fs.GuestRange;
import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.HostStatus;
import org.nesteddune.fs.IoContext;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Socket;
import org.nesteddune.syscall.ErrnoException;

/**
 * An open socket: one of the host's. It is read, written and polled as any other file of the host; what is peculiar is how
 * an interrupted call ends, when a broken connection raises SIGPIPE, and who is behind a UNIX socket.
 */
public final class SocketFile extends HostFile {

    /** Bytes in {@code struct timeval}. */
    private static final int TIMEVAL = 16;

    private final int domain;
    private final int socketType;
    private final int protocol;
    private final UnixSocket unix;
    private volatile boolean lingers;

    private SocketFile(int descriptor, int flags, FileStatus status, int domain, int type, int protocol,
            UnixSocket unix) {
        super(descriptor, "socket:[" + Long.toUnsignedString(status.inode) + "]", flags, status);
        this.domain = domain;
        socketType = type;
        this.protocol = protocol;
        this.unix = unix;
    }

    /**
     * A new socket. On failure the descriptor is closed.
     *
     * @param descriptor the host's, close-on-exec, which is taken over
     * @param flags O_NONBLOCK or 0
     * @param unix what is known of it, for {@code AF_UNIX}; otherwise null
     * @param scratch host memory of at least 512 bytes
     */
    public static SocketFile of(
            int descriptor, int flags, int domain, int type, int protocol, UnixSocket unix, long scratch) {
        FileStatus status = new FileStatus();
        long error = HostStatus.query(descriptor, scratch, status);
        if (error < 0) {
            Linux.close(descriptor);
            throw new ErrnoException((int) -error);
        }
        return new SocketFile(descriptor, flags | OpenFlags.O_RDWR, status, domain, type, protocol, unix);
    }

    /**
     * A socket that comes from elsewhere.
     *
     * @param flags {@code O_*} as the host has them
     * @param status its status
     */
    public static SocketFile adopt(int descriptor, int flags, FileStatus status) {
        int domain = option(descriptor, Socket.SO_DOMAIN);
        return new SocketFile(descriptor, flags, status, domain, option(descriptor, Socket.SO_TYPE),
                option(descriptor, Socket.SO_PROTOCOL), domain == Socket.AF_UNIX ? new UnixSocket(null) : null);
    }

    private static int option(int descriptor, int option) {
        try (NativeBuffer buffer = new NativeBuffer(16)) {
            long value = buffer.address();
            Memory.putInt(value + 8, Integer.BYTES);
            Linux.call(SYS_getsockopt, descriptor, Socket.SOL_SOCKET, option, value, value + 8);
            return Memory.getInt(value);
        }
    }

    @Override
    public SocketFile revive(int further) {
        FileStatus status = new FileStatus();
        status.mode = type();
        status.device = device();
        status.inode = inode();
        SocketFile again =
                new SocketFile(further, accessFlags(), status, domain, socketType, protocol, unix);
        again.lingers = lingers;
        if (unix != null) {
            unix.revived();
        }
        return again;
    }

    /** {@code AF_*}. */
    public int domain() {
        return domain;
    }

    /** {@code SOCK_*}. */
    public int socketType() {
        return socketType;
    }

    /** {@code IPPROTO_*} and its like. */
    public int protocol() {
        return protocol;
    }

    /** What is known of a UNIX socket; null for all else. */
    public UnixSocket unix() {
        return unix;
    }

    /** Whether data flows as a stream, without bounds between messages. */
    public boolean isStream() {
        return socketType == Socket.SOCK_STREAM;
    }

    /** Notes that closing it is to wait for its data to be delivered (SO_LINGER). */
    public void lingers(boolean on) {
        lingers = on;
    }

    @Override
    protected void close() {
        if (lingers) {
            stopLingering();
        }
        super.close();
        if (unix != null) {
            unix.closed();
        }
    }

    /** The host would wait in {@code close}, where no signal of a guest's can end it: the data goes on behind its back. */
    private void stopLingering() {
        try (NativeBuffer linger = new NativeBuffer(8)) { // struct linger: l_onoff, l_linger
            Linux.call(SYS_setsockopt, hostDescriptor(), Socket.SOL_SOCKET, Socket.SO_LINGER, linger.address(), 8);
        }
    }

    @Override
    public long read(IoContext io, long address, long length) {
        return interrupted(super.read(io, address, length), Socket.SO_RCVTIMEO);
    }

    @Override
    public long readVector(IoContext io, long vector, int count, long offset, int flags) {
        return interrupted(super.readVector(io, vector, count, offset, flags), Socket.SO_RCVTIMEO);
    }

    @Override
    public long write(IoContext io, long address, long length) {
        long size = isStream() ? GuestRange.clip(io.memory(), address, length) : length;
        long host = io.memory().host(address, size);
        if (namesSender(io)) {
            long scratch = io.scratch();
            Memory.putLong(scratch, host);
            Memory.putLong(scratch + 8, size);
            return sendNamed(io, scratch, 1);
        }
        return sent(io, io.blockingCall(SYS_write, hostDescriptor(), host, size, 0, 0, 0), 0);
    }

    @Override
    public long writeVector(IoContext io, long vector, int count, long offset, int flags) {
        int usable = toHost(io, vector, count);
        if (offset < 0 && flags == 0 && namesSender(io)) {
            return sendNamed(io, vector, usable);
        }
        return sent(io, io.blockingCall(SYS_pwritev2, hostDescriptor(), vector, usable, offset, 0, flags), 0);
    }

    /** Whether whoever reads at the other end is to learn who has written. */
    private boolean namesSender(IoContext io) {
        if (unix == null || !(io instanceof Task)) {
            return false;
        }
        UnixSocket other = unix.other();
        return other != null && other.passesCredentials();
    }

    /** Sends host memory together with who the calling guest is. */
    private long sendNamed(IoContext io, long vector, int count) {
        Task task = (Task) io;
        int carrier = task.process().table().sockets().credentials().write(PeerCredentials.real(task));
        try (NativeBuffer buffer = new NativeBuffer(MessageHeader.SIZE + 32)) {
            long header = buffer.address();
            long control = header + MessageHeader.SIZE;
            MessageHeader.vector(header, vector, count);
            MessageHeader.control(header, control, ControlHeader.space(Integer.BYTES));
            ControlHeader.put(control, Integer.BYTES, Socket.SOL_SOCKET, Socket.SCM_RIGHTS);
            Memory.putInt(control + ControlHeader.SIZE, carrier);
            return sent(io, io.blockingCall(SYS_sendmsg, hostDescriptor(), header, Socket.MSG_NOSIGNAL, 0, 0, 0), 0);
        } finally {
            Linux.close(carrier);
        }
    }

    /**
     * Ends a call that sends as Linux does: with SIGPIPE if the connection is broken, and without a second start if it
     * was interrupted while a time limit was set.
     *
     * @param flags {@code MSG_*} of the call
     */
    public long sent(IoContext io, long result, int flags) {
        if (result == -Errno.EPIPE && isStream() && (flags & Socket.MSG_NOSIGNAL) == 0 && io instanceof Task task) {
            task.signal(SignalInfo.from(Signal.SIGPIPE, 0, task.process().pid(), task.credentials().uid()));
        }
        return interrupted(result, Socket.SO_SNDTIMEO);
    }

    /**
     * What an interrupted call returns: it is started again unless it has a time limit, which would begin anew
     * ({@code sock_intr_errno} of {@code net/sock.h}).
     *
     * @param option which limit counts, SO_RCVTIMEO or SO_SNDTIMEO
     */
    public long interrupted(long result, int option) {
        if (result != -Errno.ERESTARTSYS) {
            return result;
        }
        try (NativeBuffer buffer = new NativeBuffer(TIMEVAL + 8)) {
            long value = buffer.address();
            Memory.putInt(value + TIMEVAL, TIMEVAL);
            long error = Linux.call(
                    SYS_getsockopt, hostDescriptor(), Socket.SOL_SOCKET, option, value, value + TIMEVAL);
            boolean limited = error == 0 && (Memory.getLong(value) | Memory.getLong(value + 8)) != 0;
            return limited ? -Errno.EINTR : result;
        }
    }

    @Override
    public long ioctl(IoContext io, int command, long argument) {
        return SocketControl.ioctl(io, hostDescriptor(), command, argument);
    }

    /** Whether reads and writes do not wait. */
    public boolean isNonblocking() {
        return (Linux.fcntl(hostDescriptor(), Fcntl.F_GETFL, 0) & OpenFlags.O_NONBLOCK) != 0;
    }
}
