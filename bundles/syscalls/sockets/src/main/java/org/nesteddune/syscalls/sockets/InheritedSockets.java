package org.nesteddune.syscalls.sockets;

import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Calls about a socket that is there already. */
final class InheritedSockets {

    /** SOL_SOCKET of asm-generic/socket.h. */
    private static final int SOL_SOCKET = 1;

    /** Neither SHUT_RD nor SHUT_WR nor SHUT_RDWR of linux/net.h. */
    private static final int NO_DIRECTION = -1;

    /** The host's numbers of the calls. */
    private static final int GETSOCKNAME = SyscallNumbers.SYS_getsockname;
    private static final int GETPEERNAME = SyscallNumbers.SYS_getpeername;
    private static final int GETSOCKOPT = SyscallNumbers.SYS_getsockopt;
    private static final int SHUTDOWN = SyscallNumbers.SYS_shutdown;

    private InheritedSockets() {}

    static void addTo(Syscall.Table table) {
        String onlyInherited = "of inherited sockets; a guest cannot make its own yet";
        table.partial("getsockname", "fd fd, out:sockaddr addr, inout:int addrlen", onlyInherited, InheritedSockets::getsockname)
                .partial("getpeername", "fd fd, out:sockaddr addr, inout:int addrlen", onlyInherited, InheritedSockets::getpeername)
                .partial(
                        "getsockopt",
                        "fd fd, int level, int optname, out:sockopt optval, inout:int optlen",
                        onlyInherited + "; plain numbers of SOL_SOCKET",
                        InheritedSockets::getsockopt)
                .partial("shutdown", "fd fd, int how", onlyInherited, InheritedSockets::shutdown);
    }

    /**
     * The host descriptor of a socket.
     *
     * @return it, −ENOTSOCK for a file that cannot be one, −EBADF for a descriptor that is only a path; what the host
     *     has under the descriptor, it checks itself
     */
    private static int descriptor(OpenFile file) {
        if ((file.statusFlags() & OpenFlags.O_PATH) != 0) {
            return -Errno.EBADF;
        }
        int host = file.hostDescriptor();
        return host < 0 ? -Errno.ENOTSOCK : host;
    }

    private static long getsockname(Task task, SyscallArguments arguments) {
        return name(task, arguments, GETSOCKNAME);
    }

    private static long getpeername(Task task, SyscallArguments arguments) {
        return name(task, arguments, GETPEERNAME);
    }

    private static long name(Task task, SyscallArguments arguments, int call) {
        OpenFile file = task.descriptors().get(arguments.getInt(0));
        try {
            int host = descriptor(file);
            if (host < 0) {
                return host;
            }
            if (!isSocket(host)) {
                return -Errno.ENOTSOCK;
            }
            long size = task.memory().host(arguments.get(2), Integer.BYTES);
            int length = task.memory().readInt(arguments.get(2));
            if (length < 0) {
                return -Errno.EINVAL;
            }
            long address = length == 0 ? 0 : task.memory().host(arguments.get(1), length);
            return Linux.call(call, host, address, size);
        } finally {
            file.release();
        }
    }

    private static long getsockopt(Task task, SyscallArguments arguments) {
        OpenFile file = task.descriptors().get(arguments.getInt(0));
        try {
            int host = descriptor(file);
            if (host < 0) {
                return host;
            }
            if (!isSocket(host)) {
                return -Errno.ENOTSOCK;
            }
            long size = task.memory().host(arguments.get(4), Integer.BYTES);
            int length = task.memory().readInt(arguments.get(4));
            if (length < 0) {
                return -Errno.EINVAL;
            }
            if (arguments.getInt(1) != SOL_SOCKET || !isPlain(arguments.getInt(2))) {
                return -Errno.ENOPROTOOPT;
            }
            long address = length == 0 ? 0 : task.memory().host(arguments.get(3), length);
            return Linux.call(GETSOCKOPT, host, SOL_SOCKET, arguments.getInt(2), address, size);
        } finally {
            file.release();
        }
    }

    /** Options that are numbers without meaning outside the socket (asm-generic/socket.h); not peers, not descriptors. */
    private static boolean isPlain(int option) {
        return switch (option) {
            case 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 15, 18, 19, 20, 21, 29, 30, 38, 39 -> true;
            default -> false;
        };
    }

    /** Whether a host descriptor is a socket: only then does the host find fault with the direction instead. */
    private static boolean isSocket(int host) {
        return Linux.call(SHUTDOWN, host, NO_DIRECTION) != -Errno.ENOTSOCK;
    }

    private static long shutdown(Task task, SyscallArguments arguments) {
        OpenFile file = task.descriptors().get(arguments.getInt(0));
        try {
            int host = descriptor(file);
            return host < 0 ? host : Linux.call(SHUTDOWN, host, arguments.getInt(1));
        } finally {
            file.release();
        }
    }
}
