package org.nesteddune.syscalls.sockets;

import static org.nesteddune.host.SyscallNumbers.SYS_bind;
import static org.nesteddune.host.SyscallNumbers.SYS_getpeername;
import static org.nesteddune.host.SyscallNumbers.SYS_getsockname;

import org.nesteddune.AddressRule.Use;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Socket;
import org.nesteddune.socket.SocketFile;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** {@code bind}, {@code getsockname}, {@code getpeername}. */
final class NameCalls {

    /** Bytes of an address that is a family alone. */
    private static final int FAMILY = 2;

    private NameCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("bind", "fd fd, in:sockaddr[addrlen] umyaddr, int addrlen", NameCalls::bind)
                .full("getsockname", "fd fd, out:sockaddr[addrlen] usockaddr, inout:int addrlen", (task, a) ->
                        name(task, a, SYS_getsockname))
                .full("getpeername", "fd fd, out:sockaddr[addrlen] usockaddr, inout:int addrlen", (task, a) ->
                        name(task, a, SYS_getpeername));
    }

    private static long bind(Task task, SyscallArguments a) {
        SocketFile socket = Sockets.get(task, a.getInt(0));
        try {
            long address = task.scratch() + Sockets.NAME;
            int length = Addresses.read(task, a.get(1), a.getInt(2), address);
            switch (socket.domain()) {
                case Socket.AF_UNIX:
                    boolean automatic = length == FAMILY && Memory.getShort(address) == Socket.AF_UNIX;
                    if (automatic) {
                        Granted.checkName(task, Use.BIND, "\0");
                    }
                    return automatic
                            ? UnixNames.bindAutomatically(task, socket)
                            : UnixNames.bind(task, socket, UnixNames.read(address, length));
                case Socket.AF_NETLINK:
                    return Netlink.bind(task, socket, address, length);
                default:
                    Granted.checkAddress(task, socket, Use.BIND, address, length);
                    return Linux.call(SYS_bind, socket.hostDescriptor(), address, length);
            }
        } finally {
            socket.release();
        }
    }

    private static long name(Task task, SyscallArguments a, int call) {
        SocketFile socket = Sockets.get(task, a.getInt(0));
        try {
            long scratch = task.scratch();
            long address = scratch + Sockets.NAME;
            Memory.putInt(scratch, Addresses.MOST);
            long result = Linux.call(call, socket.hostDescriptor(), address, scratch);
            if (result < 0) {
                return result;
            }
            int length = Addresses.fromHost(task, socket, address, Memory.getInt(scratch), FAMILY);
            Addresses.write(task, address, length, a.get(1), a.get(2));
            return result;
        } finally {
            socket.release();
        }
    }
}
