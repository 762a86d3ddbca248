package org.nesteddune.syscalls.sockets;

import static org.nesteddune.host.SyscallNumbers.SYS_getsockname;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.nesteddune.AddressRule;
import org.nesteddune.AddressRule.Use;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.Confinement;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Socket;
import org.nesteddune.socket.SocketFile;
import org.nesteddune.syscall.ErrnoException;

/**
 * Asks a guest's profile about addresses, which are in host memory already, where the guest cannot change them any more. For a guest without
 * a profile each of these is a null check. Stateless.
 */
final class Granted {

    /** Bytes in {@code struct sockaddr_in} and, at least, {@code struct sockaddr_in6} ({@code SIN6_LEN_RFC2133}). */
    private static final int SOCKADDR_IN = 16;

    private static final int SOCKADDR_IN6 = 24;

    /** Where port and address are in these. */
    private static final int PORT = 2;

    private static final int ADDRESS4 = 4;
    private static final int ADDRESS6 = 8;

    /** IP_RETOPTS of {@code linux/in.h}: a control message with options for a datagram. */
    private static final int IP_RETOPTS = 7;

    /** Ways through other hosts, as options and control messages: {@code linux/in6.h}. */
    private static final int IPV6_2292RTHDR = 5;

    private static final int IPV6_2292PKTOPTIONS = 6;
    private static final int IPV6_RTHDR = 57;

    private Granted() {}

    /** The limits of a guest's addresses, or null if it has none. */
    private static Confinement limits(Task task) {
        Confinement confinement = task.process().confinement();
        return confinement == null || !confinement.limitsAddresses() ? null : confinement;
    }

    /** Asks for a new socket: one that no address could ever be granted for is not made, nor one that goes round them. */
    static void checkKind(Task task, int domain, int type) {
        Confinement limits = limits(task);
        if (limits == null || domain == Socket.AF_UNIX) {
            return;
        }
        boolean granted = switch (domain) {
            case Socket.AF_INET, Socket.AF_INET6 -> type != Socket.SOCK_RAW && type != Socket.SOCK_PACKET
                    && limits.mayUse(AddressRule.Kind.INET);
            case Socket.AF_NETLINK -> limits.mayUse(AddressRule.Kind.NETLINK);
            default -> false;
        };
        if (!granted) {
            String kind = switch (domain) {
                case Socket.AF_INET, Socket.AF_INET6 -> type == Socket.SOCK_RAW ? "a raw socket" : "an internet socket";
                case Socket.AF_NETLINK -> "a netlink socket";
                default -> "a socket of family " + domain;
            };
            throw limits.refuse(task.process(), kind);
        }
    }

    /**
     * Asks for an address of another than a UNIX socket.
     *
     * @param address host memory; the kernel judges an address by the socket that it is used with, and so does this
     */
    static void checkAddress(Task task, SocketFile socket, Use use, long address, int length) {
        Confinement limits = limits(task);
        if (limits == null || socket.domain() == Socket.AF_NETLINK) {
            return;
        }
        if (socket.domain() != Socket.AF_INET && socket.domain() != Socket.AF_INET6) {
            throw limits.refuse(task.process(), "an address of family " + socket.domain());
        }
        int family = length < PORT ? -1 : Memory.getShort(address);
        // AF_UNSPEC is taken for AF_INET where a datagram is sent, and where a socket of IPv4 is bound.
        boolean four = family == Socket.AF_INET || family == Socket.AF_UNSPEC;
        if (!four && family != Socket.AF_INET6 || length < (four ? SOCKADDR_IN : SOCKADDR_IN6)) {
            throw new ErrnoException(Errno.EINVAL);
        }
        byte[] bytes = new byte[four ? 4 : 16];
        Memory.copyFrom(address + (four ? ADDRESS4 : ADDRESS6), bytes, 0, bytes.length);
        int port = (Memory.getByte(address + PORT) & 0xff) << 8 | Memory.getByte(address + PORT + 1) & 0xff;
        if (!limits.mayUse(use, bytes, port)) {
            throw limits.refuse(task.process(), (use == Use.BIND ? "binding to " : "connecting to ") + show(bytes, port));
        }
    }

    private static String show(byte[] address, int port) {
        try {
            String text = InetAddress.getByAddress(address).getHostAddress();
            return (text.indexOf(':') >= 0 ? "[" + text + "]" : text) + ":" + port;
        } catch (UnknownHostException never) {
            throw new IllegalStateException(never); // 4 and 16 bytes are addresses
        }
    }

    /** Asks whether a socket may listen that was bound to nothing: the kernel would choose a port on all addresses. */
    static void checkListen(Task task, SocketFile socket) {
        Confinement limits = limits(task);
        if (limits == null || socket.domain() != Socket.AF_INET && socket.domain() != Socket.AF_INET6) {
            return;
        }
        long address = task.scratch() + Sockets.NAME;
        Memory.putInt(task.scratch(), Addresses.MOST);
        long result = Linux.call(SYS_getsockname, socket.hostDescriptor(), address, task.scratch());
        boolean bound = result == 0
                && (Memory.getByte(address + PORT) | Memory.getByte(address + PORT + 1)) != 0;
        if (!bound) {
            byte[] any = new byte[socket.domain() == Socket.AF_INET ? 4 : 16];
            if (!limits.mayUse(Use.BIND, any, 0)) {
                throw limits.refuse(task.process(), "binding to " + show(any, 0));
            }
        }
    }

    /** Asks for a name of a UNIX socket: an absolute path without links, or a name that begins with a NUL. */
    static void checkName(Task task, Use use, String name) {
        Confinement limits = limits(task);
        if (limits == null) {
            return;
        }
        String shown = name.startsWith("\0") ? "@" + name.substring(1) : name;
        if (!limits.mayUse(use, shown)) {
            throw limits.refuse(task.process(), (use == Use.BIND ? "binding to " : "connecting to ") + "unix:" + shown);
        }
    }

    /** Whether a guest's addresses are limited. */
    static boolean isLimited(Task task) {
        return limits(task) != null;
    }

    /** Asks for an option of a socket, or a control message: none may lead packets another way than their address says. */
    static void checkOption(Task task, int level, int option, boolean message) {
        Confinement limits = limits(task);
        if (limits == null) {
            return;
        }
        boolean way = level == Socket.SOL_IP && option == (message ? IP_RETOPTS : Socket.IP_OPTIONS)
                || level == Socket.SOL_IPV6
                        && (option == IPV6_2292RTHDR || option == IPV6_2292PKTOPTIONS || option == IPV6_RTHDR);
        if (way) {
            throw limits.refuse(task.process(), "a route for packets");
        }
    }
}
