package org.nesteddune.syscalls.sockets;

import static org.nesteddune.host.SyscallNumbers.SYS_accept4;
import static org.nesteddune.host.SyscallNumbers.SYS_connect;
import static org.nesteddune.host.SyscallNumbers.SYS_listen;
import static org.nesteddune.host.SyscallNumbers.SYS_shutdown;

import org.nesteddune.AddressRule.Use;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Socket;
import org.nesteddune.socket.PeerCredentials;
import org.nesteddune.socket.SocketFile;
import org.nesteddune.socket.UnixSocket;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** {@code listen}, {@code connect}, {@code accept}, {@code accept4}, {@code shutdown}. */
final class ConnectionCalls {

    /** Bytes of an address that is a family alone. */
    private static final int FAMILY = 2;

    private ConnectionCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("listen", "fd fd, int backlog", ConnectionCalls::listen)
                .full("connect", "fd fd, in:sockaddr[addrlen] uservaddr, int addrlen", ConnectionCalls::connect)
                .full("accept", "fd fd, out:sockaddr[addrlen]? upeer_sockaddr, inout:int? addrlen -> fd", (task, a) ->
                        accept(task, a, 0))
                .full(
                        "accept4",
                        "fd fd, out:sockaddr[addrlen]? upeer_sockaddr, inout:int? addrlen, flags:sockflags flags -> fd",
                        (task, a) -> accept(
                                task, a, task.architecture().abi().socketTypeFromGuest(a.getInt(3))))
                .full("shutdown", "fd fd, enum:shutdown how", ConnectionCalls::shutdown);
    }

    private static long listen(Task task, SyscallArguments a) {
        SocketFile socket = Sockets.get(task, a.getInt(0));
        try {
            UnixSocket unix = socket.unix();
            if (unix == null) {
                Granted.checkListen(task, socket);
                return Linux.call(SYS_listen, socket.hostDescriptor(), a.getInt(1));
            }
            // Who connects as soon as the host allows it is to find out already who listens.
            PeerCredentials before = unix.listener();
            unix.listen(Sockets.effective(task));
            long result = Linux.call(SYS_listen, socket.hostDescriptor(), a.getInt(1));
            if (result < 0) {
                unix.listen(before);
            } else {
                unix.peer(unix.listener());
            }
            return result;
        } finally {
            socket.release();
        }
    }

    private static long connect(Task task, SyscallArguments a) {
        SocketFile socket = Sockets.get(task, a.getInt(0));
        try {
            long address = task.scratch() + Sockets.NAME;
            int length = Addresses.read(task, a.get(1), a.getInt(2), address);
            boolean leaves = length >= FAMILY && Memory.getShort(address) == Socket.AF_UNSPEC;
            if (socket.unix() == null) {
                if (socket.domain() == Socket.AF_NETLINK && !leaves) {
                    if (Netlink.isForOthers(address, length)) {
                        return -Errno.EPERM;
                    }
                    ErrnoException.check(Netlink.bindAutomatically(task, socket));
                }
                if (!leaves) {
                    Granted.checkAddress(task, socket, Use.CONNECT, address, length);
                }
                return connect(task, socket, address, length);
            }
            boolean dgram = socket.socketType() == Socket.SOCK_DGRAM;
            if (dgram && leaves) {
                long result = connect(task, socket, address, length);
                if (result == 0) {
                    socket.unix().other(null);
                }
                return result;
            }
            UnixNames.Target target = UnixNames.resolve(task, address, length);
            try {
                UnixNames.bindIfNamed(task, socket);
                return dgram
                        ? connectDatagrams(task, socket, target, address)
                        : connectStream(task, socket, target, address);
            } finally {
                target.release();
            }
        } finally {
            socket.release();
        }
    }

    private static long connect(Task task, SocketFile socket, long address, int length) {
        long result = task.blockingCall(SYS_connect, socket.hostDescriptor(), address, length, 0, 0, 0);
        return socket.interrupted(result, Socket.SO_SNDTIMEO);
    }

    private static long connectDatagrams(Task task, SocketFile socket, UnixNames.Target target, long address) {
        long result = connect(task, socket, address, target.length());
        if (result == 0) {
            socket.unix().other(target.socket());
        }
        return result;
    }

    /** Connects, and tells a guest that listens who is about to come: its host sees nothing but the runtime. */
    private static long connectStream(Task task, SocketFile socket, UnixNames.Target target, long address) {
        UnixSocket server = target.socket();
        UnixSocket unix = socket.unix();
        if (server == null || server.listener() == null || unix.other() != null) {
            return connect(task, socket, address, target.length());
        }
        String name = UnixNames.hostName(task, socket);
        if (name.isEmpty()) {
            name = Sockets.table(task).newClientName();
            ErrnoException.check(UnixNames.bindInHost(task, socket, name));
        }
        unix.other(server);
        server.expect(name, new UnixSocket.Connection(unix, Sockets.effective(task)));
        long result = -Errno.EINTR;
        try {
            result = connect(task, socket, address, target.length());
        } finally {
            if (result == 0) {
                unix.peer(server.listener());
            } else {
                server.forget(name);
                unix.other(null);
            }
        }
        return result;
    }

    private static long accept(Task task, SyscallArguments a, int flags) {
        if ((flags & ~(Socket.SOCK_CLOEXEC | Socket.SOCK_NONBLOCK)) != 0) {
            return -Errno.EINVAL;
        }
        SocketFile listener = Sockets.get(task, a.getInt(0));
        try {
            if (task.descriptors().isFull(task.process().limits().openFiles())) {
                return -Errno.EMFILE; // before a connection is taken, which would be lost
            }
            long scratch = task.scratch();
            long address = scratch + Sockets.NAME;
            boolean named = a.get(1) != 0 || listener.unix() != null;
            Memory.putInt(scratch, Addresses.MOST);
            long host = task.blockingCall(SYS_accept4, listener.hostDescriptor(), named ? address : 0,
                    named ? scratch : 0, flags | Socket.SOCK_CLOEXEC, 0, 0);
            if (host < 0) {
                return listener.interrupted(host, Socket.SO_RCVTIMEO);
            }
            int length = Memory.getInt(scratch);
            UnixSocket unix = Sockets.unix(task, listener.domain());
            if (unix != null) {
                adopt(task, listener, unix, address, length);
            }
            // Below the address: that is still to be written.
            SocketFile socket = SocketFile.of((int) host, flags & Socket.SOCK_NONBLOCK, listener.domain(),
                    listener.socketType(), listener.protocol(), unix, scratch + Sockets.CONTROL);
            if (a.get(1) != 0) {
                boolean done = false;
                try {
                    int guestLength = Addresses.fromHost(task, socket, address, length, FAMILY);
                    Addresses.write(task, address, guestLength, a.get(1), a.get(2));
                    done = true;
                } finally {
                    if (!done) {
                        socket.release();
                    }
                }
            }
            return Sockets.install(task, socket, (flags & Socket.SOCK_CLOEXEC) != 0);
        } finally {
            listener.release();
        }
    }

    /** Finds out which guest has connected. */
    private static void adopt(Task task, SocketFile listener, UnixSocket unix, long address, int length) {
        UnixSocket server = listener.unix();
        unix.passesCredentials(server.passesCredentials());
        String client = length <= FAMILY ? "" : UnixNames.text(address, length);
        UnixSocket.Connection connection = client.isEmpty() ? null : server.accept(client);
        if (connection != null) {
            unix.peer(connection.credentials());
            unix.other(connection.client());
            connection.client().other(unix);
        }
    }

    private static long shutdown(Task task, SyscallArguments a) {
        SocketFile socket = Sockets.get(task, a.getInt(0));
        try {
            return Linux.call(SYS_shutdown, socket.hostDescriptor(), a.getInt(1));
        } finally {
            socket.release();
        }
    }
}
