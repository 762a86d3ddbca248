package org.nesteddune.syscalls.sockets;

import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.socket.SocketFile;
import org.nesteddune.syscall.ErrnoException;

/** Addresses on their way between guest memory and the task's scratch area. Stateless. */
final class Addresses {

    /** Bytes in {@code struct sockaddr_storage}, the longest address of any family. */
    static final int MOST = 128;

    private Addresses() {}

    /** Copies an address in ({@code move_addr_to_kernel}); gives its length. */
    static int read(Task task, long address, int length, long target) {
        if (length < 0 || length > MOST) {
            throw new ErrnoException(Errno.EINVAL);
        }
        if (length > 0) {
            task.memory().readTo(address, target, length);
        }
        return length;
    }

    /**
     * Copies an address out as far as there is room ({@code move_addr_to_user}).
     *
     * @param length of the address
     * @param lengthAddress where the guest has the room and gets the length
     */
    static void write(Task task, long source, int length, long address, long lengthAddress) {
        GuestMemory memory = task.memory();
        int room = memory.readInt(lengthAddress);
        int count = Math.min(room, length);
        if (count < 0) {
            throw new ErrnoException(Errno.EINVAL);
        }
        if (count > 0) {
            memory.writeFrom(address, source, count);
        }
        memory.writeInt(lengthAddress, length);
    }

    /**
     * An address from the host as the guest is to see it.
     *
     * @param unnamed the length for a UNIX socket without a name
     * @return its length
     */
    static int fromHost(Task task, SocketFile socket, long address, int length, int unnamed) {
        if (socket.unix() == null) {
            return length;
        }
        int now = UnixNames.toGuest(task, address, Math.min(length, MOST));
        return now == 0 ? Math.min(unnamed, length) : now;
    }
}
