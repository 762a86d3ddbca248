package org.nesteddune.syscalls.sockets;

import static org.nesteddune.host.SyscallNumbers.SYS_sendmsg;
import static org.nesteddune.host.SyscallNumbers.SYS_sendto;

import org.nesteddune.AddressRule.Use;
import org.nesteddune.fs.GuestRange;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Limits;
import org.nesteddune.linux.Socket;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.socket.MessageHeader;
import org.nesteddune.socket.PassedFiles;
import org.nesteddune.socket.SocketFile;
import org.nesteddune.socket.UnixSocket;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** {@code sendto}, {@code sendmsg}, {@code sendmmsg}. The data goes from the guest's memory straight into the host's call. */
final class SendCalls {

    /** Bytes in {@code struct mmsghdr}, and where its {@code msg_len} is. */
    static final int MMSGHDR = 64;

    static final int MMSG_LENGTH = 56;

    /** No host takes more control messages than {@code net.core.optmem_max}, 128 KiB unless it was raised. */
    private static final int MOST_CONTROL = 1 << 20;

    private SendCalls() {}

    static void addTo(Syscall.Table table) {
        table.full(
                        "sendto",
                        "fd fd, inbuf:len buff, size len, flags:msg flags, in:sockaddr[addr_len]? addr, int addr_len"
                                + " -> long",
                        SendCalls::sendto)
                .full("sendmsg", "fd fd, in:msghdr msg, flags:msg flags -> long", SendCalls::sendmsg)
                .full("sendmmsg", "fd fd, inout:mmsghdr[vlen] mmsg, uint vlen, flags:msg flags", SendCalls::sendmmsg);
    }

    private static long sendto(Task task, SyscallArguments a) {
        SocketFile socket = Sockets.get(task, a.getInt(0));
        try {
            long scratch = task.scratch();
            long base = a.get(1);
            long wanted = Math.min(a.get(2), Limits.MAX_RW_COUNT);
            if (wanted < 0) {
                return -Errno.EFAULT;
            }
            long length = socket.isStream() && wanted > 0 ? GuestRange.clip(task.memory(), base, wanted) : wanted;
            long host = task.memory().host(base, length);
            int nameLength = a.get(4) == 0
                    ? 0
                    : Addresses.read(task, a.get(4), a.getInt(5), scratch + Sockets.NAME);
            if (isPlain(socket, nameLength)) {
                if (nameLength > 0 && socket.unix() == null) {
                    Granted.checkAddress(task, socket, Use.CONNECT, scratch + Sockets.NAME, nameLength);
                }
                long result = task.blockingCall(SYS_sendto, socket.hostDescriptor(), host, length,
                        a.getInt(3) & 0xffffffffL | Socket.MSG_NOSIGNAL, nameLength == 0 ? 0 : scratch + Sockets.NAME,
                        nameLength);
                return socket.sent(task, result, a.getInt(3));
            }
            Memory.putLong(scratch + Sockets.VECTOR, host);
            Memory.putLong(scratch + Sockets.VECTOR + 8, length);
            MessageHeader.vector(scratch, scratch + Sockets.VECTOR, 1);
            return send(task, socket, nameLength, 0, 0, a.getInt(3));
        } finally {
            socket.release();
        }
    }

    /** Whether nothing has to be put in the place of anything. */
    private static boolean isPlain(SocketFile socket, int nameLength) {
        UnixSocket unix = socket.unix();
        if (unix == null) {
            return socket.domain() != Socket.AF_NETLINK;
        }
        UnixSocket other = unix.other();
        boolean named = nameLength > 0 && socket.socketType() == Socket.SOCK_DGRAM;
        return !named && !unix.passesCredentials() && (other == null || !other.passesCredentials());
    }

    private static long sendmsg(Task task, SyscallArguments a) {
        SocketFile socket = Sockets.get(task, a.getInt(0));
        try {
            return sendMessage(task, socket, a.get(1), a.getInt(2));
        } finally {
            socket.release();
        }
    }

    private static long sendmmsg(Task task, SyscallArguments a) {
        SocketFile socket = Sockets.get(task, a.getInt(0));
        try {
            long count = Math.min(a.getInt(2) & 0xffffffffL, Limits.UIO_MAXIOV);
            for (int i = 0; i < count; i++) {
                long message = a.get(1) + (long) i * MMSGHDR;
                long result;
                try {
                    result = sendMessage(task, socket, message, a.getInt(3));
                    if (result >= 0) {
                        task.memory().writeInt(message + MMSG_LENGTH, (int) result);
                    }
                } catch (GuestFault bad) {
                    result = -Errno.EFAULT;
                } catch (ErrnoException failed) {
                    result = -failed.errno();
                }
                if (result < 0) {
                    return i > 0 ? i : result;
                }
            }
            return count;
        } finally {
            socket.release();
        }
    }

    /** One message by its {@code struct msghdr} in guest memory. */
    private static long sendMessage(Task task, SocketFile socket, long message, int flags) {
        long header = task.scratch();
        task.memory().readTo(message, header, MessageHeader.SIZE);
        long name = Memory.getLong(header + MessageHeader.NAME);
        int nameLength = Memory.getInt(header + MessageHeader.NAME_LENGTH);
        long vector = Memory.getLong(header + MessageHeader.VECTOR);
        long count = Memory.getLong(header + MessageHeader.VECTOR_LENGTH);
        long control = Memory.getLong(header + MessageHeader.CONTROL);
        long controlLength = Memory.getLong(header + MessageHeader.CONTROL_LENGTH);
        if (name != 0 && nameLength < 0) {
            return -Errno.EINVAL;
        }
        nameLength = name == 0
                ? 0
                : Addresses.read(task, name, Math.min(nameLength, Addresses.MOST), header + Sockets.NAME);
        if (Long.compareUnsigned(count, Limits.UIO_MAXIOV) > 0) {
            return -Errno.EMSGSIZE;
        }
        try (NativeBuffer large = count > Sockets.VECTOR_COUNT
                ? new NativeBuffer((int) count * Vectors.ENTRY)
                : null) {
            long list = large == null ? header + Sockets.VECTOR : large.address();
            int usable = Vectors.read(task, vector, (int) count, list, socket.isStream());
            MessageHeader.vector(header, list, usable);
            if (controlLength < 0 || controlLength > MOST_CONTROL) {
                return -Errno.ENOBUFS;
            }
            return send(task, socket, nameLength, control, (int) controlLength, flags);
        }
    }

    /**
     * Sends what the header's vector lists.
     *
     * @param nameLength of the address at {@link Sockets#NAME}; 0 for none
     * @param control guest address of control messages
     */
    private static long send(
            Task task, SocketFile socket, int nameLength, long control, int controlLength, int flags) {
        long header = task.scratch();
        long name = header + Sockets.NAME;
        UnixSocket unix = socket.unix();
        if (socket.domain() == Socket.AF_NETLINK) {
            return sendNetlink(task, socket, nameLength, flags);
        }
        if (unix == null && nameLength > 0) {
            Granted.checkAddress(task, socket, Use.CONNECT, name, nameLength);
        }
        UnixNames.Target target = null;
        try {
            UnixSocket receiver = unix == null ? null : unix.other();
            if (unix != null && socket.socketType() == Socket.SOCK_DGRAM) {
                if (nameLength > 0) {
                    target = UnixNames.resolve(task, name, nameLength);
                    receiver = target.socket();
                    nameLength = target.length();
                }
                UnixNames.bindIfNamed(task, socket);
            }
            MessageHeader.name(header, nameLength == 0 ? 0 : name, nameLength);
            boolean names = receiver != null && receiver.passesCredentials();
            if (controlLength == 0 && !names) {
                MessageHeader.control(header, 0, 0);
                return send(task, socket, flags);
            }
            return sendWithControl(task, socket, control, controlLength, receiver, flags);
        } finally {
            if (target != null) {
                target.release();
            }
        }
    }

    private static long sendWithControl(
            Task task, SocketFile socket, long control, int controlLength, UnixSocket receiver, int flags) {
        long header = task.scratch();
        int room = controlLength + ControlMessages.EXTRA;
        try (NativeBuffer large = 2 * room > Sockets.CONTROL_SIZE ? new NativeBuffer(2 * room) : null;
                PassedFiles.Parcel parcel = Sockets.table(task).passed().new Parcel()) {
            long area = large == null ? header + Sockets.CONTROL : large.address();
            long copy = area + (room + 7 & ~7);
            if (controlLength > 0) {
                task.memory().readTo(control, copy, controlLength);
            }
            int length = ControlMessages.toHost(task, socket, copy, controlLength, area, parcel, receiver);
            MessageHeader.control(header, length == 0 ? 0 : area, length);
            return send(task, socket, flags);
        }
    }

    private static long send(Task task, SocketFile socket, int flags) {
        long result = task.blockingCall(SYS_sendmsg, socket.hostDescriptor(), task.scratch(),
                flags & 0xffffffffL | Socket.MSG_NOSIGNAL, 0, 0, 0);
        return socket.sent(task, result, flags);
    }

    /** Asks the kernel about its network; the message is copied, so that it stays what was looked at. */
    private static long sendNetlink(Task task, SocketFile socket, int nameLength, int flags) {
        long header = task.scratch();
        long name = header + Sockets.NAME;
        if (Netlink.isForOthers(name, nameLength)) {
            return -Errno.EPERM;
        }
        long result = Netlink.bindAutomatically(task, socket);
        if (result < 0) {
            return result;
        }
        long vector = Memory.getLong(header + MessageHeader.VECTOR);
        long count = Memory.getLong(header + MessageHeader.VECTOR_LENGTH);
        try (Netlink.Question question = new Netlink.Question(vector, (int) count)) {
            if (!question.onlyAsks()) {
                return -Errno.EPERM;
            }
            MessageHeader.name(header, nameLength == 0 ? 0 : name, nameLength);
            MessageHeader.vector(header, question.vector(), 1);
            MessageHeader.control(header, 0, 0);
            return send(task, socket, flags);
        }
    }
}
