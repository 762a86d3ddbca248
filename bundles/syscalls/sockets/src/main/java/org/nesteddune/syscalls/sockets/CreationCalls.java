package org.nesteddune.syscalls.sockets;

import static org.nesteddune.host.SyscallNumbers.SYS_socket;
import static org.nesteddune.host.SyscallNumbers.SYS_socketpair;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Socket;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.socket.PeerCredentials;
import org.nesteddune.socket.SocketFile;
import org.nesteddune.socket.UnixSocket;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** {@code socket} and {@code socketpair}. */
final class CreationCalls {

    /** SOCK_TYPE_MASK and SOCK_MAX of {@code linux/net.h}. */
    private static final int TYPE_MASK = 0xf;

    private static final int TYPE_MAX = 11;

    /** IPPROTO_DCCP of {@code linux/in.h}. */
    private static final int IPPROTO_DCCP = 33;

    private static final String FAMILIES =
            "families: UNIX, INET, INET6 (TCP, UDP, UDP-Lite, MPTCP, ICMP, raw), PACKET, NETLINK_ROUTE";

    private CreationCalls() {}

    static void addTo(Syscall.Table table) {
        table.partial("socket", "enum:af family, flags:socktype type, int protocol -> fd", FAMILIES,
                        CreationCalls::socket)
                .full("socketpair", "enum:af family, flags:socktype type, int protocol, out:int[2] usockvec",
                        CreationCalls::socketpair);
    }

    /** The type without flags, after the checks that Linux makes first. */
    private static int checked(int domain, int type) {
        if ((type & ~(TYPE_MASK | Socket.SOCK_CLOEXEC | Socket.SOCK_NONBLOCK)) != 0) {
            throw new ErrnoException(Errno.EINVAL);
        }
        if (domain < 0 || domain >= Socket.AF_MAX) {
            throw new ErrnoException(Errno.EAFNOSUPPORT);
        }
        if ((type & TYPE_MASK) >= TYPE_MAX) {
            throw new ErrnoException(Errno.EINVAL);
        }
        return type & TYPE_MASK;
    }

    private static long socket(Task task, SyscallArguments a) {
        int domain = a.getInt(0);
        int wanted = task.architecture().abi().socketTypeFromGuest(a.getInt(1));
        int type = checked(domain, wanted);
        int protocol = a.getInt(2);
        switch (domain) {
            case Socket.AF_UNIX, Socket.AF_PACKET:
                break;
            case Socket.AF_INET, Socket.AF_INET6:
                if (type != Socket.SOCK_RAW && type != Socket.SOCK_PACKET
                        && (protocol == Socket.IPPROTO_SCTP || protocol == IPPROTO_DCCP)) {
                    return -Errno.EPROTONOSUPPORT; // their options have descriptors and addresses of their own
                }
                break;
            case Socket.AF_NETLINK:
                if (type != Socket.SOCK_RAW && type != Socket.SOCK_DGRAM) {
                    return -Errno.ESOCKTNOSUPPORT;
                }
                if (protocol != Socket.NETLINK_ROUTE) {
                    return -Errno.EPROTONOSUPPORT;
                }
                break;
            default:
                return -Errno.EAFNOSUPPORT;
        }
        Granted.checkKind(task, domain, type);
        long host = Linux.call(SYS_socket, domain, wanted | Socket.SOCK_CLOEXEC, protocol);
        if (host < 0) {
            return host;
        }
        return Sockets.install(task, make(task, (int) host, domain, type, protocol, wanted),
                (wanted & Socket.SOCK_CLOEXEC) != 0);
    }

    private static SocketFile make(Task task, int host, int domain, int type, int protocol, int wanted) {
        int real = domain == Socket.AF_UNIX && type == Socket.SOCK_RAW ? Socket.SOCK_DGRAM : type;
        return SocketFile.of(host, wanted & Socket.SOCK_NONBLOCK, domain, real, protocol,
                Sockets.unix(task, domain), task.scratch());
    }

    private static long socketpair(Task task, SyscallArguments a) {
        int domain = a.getInt(0);
        int wanted = task.architecture().abi().socketTypeFromGuest(a.getInt(1));
        long vector = a.get(3);
        int type = checked(domain, wanted);
        if (domain != Socket.AF_UNIX) {
            boolean known = domain == Socket.AF_INET || domain == Socket.AF_INET6
                    || domain == Socket.AF_NETLINK || domain == Socket.AF_PACKET;
            // The kind of socket counts first, then that its family has no pairs.
            if (known) {
                long host = Linux.call(SYS_socket, domain, wanted | Socket.SOCK_CLOEXEC, a.getInt(2));
                if (host < 0) {
                    return host;
                }
                Linux.close((int) host);
            }
            return known ? -Errno.EOPNOTSUPP : -Errno.EAFNOSUPPORT;
        }
        long scratch = task.scratch();
        long error = Linux.call(SYS_socketpair, domain, wanted | Socket.SOCK_CLOEXEC, a.getInt(2), scratch);
        if (error < 0) {
            return error;
        }
        int firstHost = Memory.getInt(scratch);
        int secondHost = Memory.getInt(scratch + 4);
        SocketFile first;
        try {
            first = make(task, firstHost, domain, type, 0, wanted);
        } catch (ErrnoException failed) {
            Linux.close(secondHost);
            throw failed;
        }
        SocketFile second;
        try {
            second = make(task, secondHost, domain, type, 0, wanted);
        } catch (ErrnoException failed) {
            first.release();
            throw failed;
        }
        join(first.unix(), second.unix(), Sockets.effective(task));
        return installBoth(task, first, second, (wanted & Socket.SOCK_CLOEXEC) != 0, vector);
    }

    private static void join(UnixSocket first, UnixSocket second, PeerCredentials owner) {
        first.peer(owner);
        second.peer(owner);
        first.other(second);
        second.other(first);
    }

    private static long installBoth(Task task, SocketFile first, SocketFile second, boolean cloexec, long vector) {
        DescriptorTable table = task.descriptors();
        long one = Sockets.install(task, first, cloexec);
        if (one < 0) {
            second.release();
            return one;
        }
        long two = Sockets.install(task, second, cloexec);
        if (two < 0) {
            table.close((int) one);
            return two;
        }
        try {
            task.memory().writeInt(vector, (int) one);
            task.memory().writeInt(vector + 4, (int) two);
        } catch (GuestFault bad) {
            table.close((int) one);
            table.close((int) two);
            throw bad;
        }
        return 0;
    }
}
