package org.nesteddune.syscalls.sockets;

import static org.nesteddune.host.SyscallNumbers.SYS_bind;
import static org.nesteddune.host.SyscallNumbers.SYS_getsockname;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Socket;
import org.nesteddune.socket.SocketFile;
import org.nesteddune.syscall.ErrnoException;

/**
 * What is peculiar to netlink sockets: the kernel names them after the process, which would be the runtime; and what they
 * carry could change the host's network, so only questions pass. Stateless.
 */
final class Netlink {

    /** {@code struct sockaddr_nl} of {@code linux/netlink.h}: family, padding, port id at 4, groups at 8. */
    private static final int ADDRESS = 12;

    private static final int PORT = 4;
    private static final int GROUPS = 8;

    /** {@code struct nlmsghdr}: length at 0 (32 bits), type at 4 and flags at 6 (16 bits). */
    private static final int HEADER = 16;

    private static final int TYPE = 4;
    private static final int FLAGS = 6;

    private static final int NLM_F_REQUEST = 1;

    /** RTM_BASE of {@code linux/rtnetlink.h}, of each four types the third asks (RTM_GETLINK 18). */
    private static final int FIRST_TYPE = 16;

    private static final int KIND = 3;
    private static final int GET = 2;

    /** Port ids of sockets whose program's pid is taken are negative ({@code netlink_autobind}). */
    private static final int FIRST_FREE_PORT = -4097;

    private static final int PORTS = 4096;

    /** Bytes that a question may have; those of programs have some hundred. */
    private static final int MOST = 1 << 16;

    private Netlink() {}

    private static long own(Task task) {
        return task.scratch() + Sockets.NAME + Sockets.NAME_SIZE;
    }

    private static int port(Task task, SocketFile socket) {
        long address = own(task);
        Memory.putInt(address - 8, ADDRESS);
        Memory.putInt(address + PORT, 0);
        Linux.call(SYS_getsockname, socket.hostDescriptor(), address, address - 8);
        return Memory.getInt(address + PORT);
    }

    /** Gives a socket without a port id one: the guest's process id, or a negative number if that is taken. */
    static long bindAutomatically(Task task, SocketFile socket) {
        if (port(task, socket) != 0) {
            return 0;
        }
        int start = (int) System.nanoTime();
        for (int i = -1; i < PORTS; i++) {
            int port = i < 0 ? task.process().pid() : FIRST_FREE_PORT - (start + i & PORTS - 1);
            long result = bind(socket, own(task), port, 0);
            if (result != -Errno.EADDRINUSE) {
                return result;
            }
        }
        return -Errno.EADDRINUSE;
    }

    private static long bind(SocketFile socket, long address, int port, int groups) {
        Memory.putLong(address, Socket.AF_NETLINK);
        Memory.putInt(address + PORT, port);
        Memory.putInt(address + GROUPS, groups);
        return Linux.call(SYS_bind, socket.hostDescriptor(), address, ADDRESS);
    }

    /**
     * {@code bind}; a port id of 0 stands for one that is chosen here.
     *
     * @param address host memory with the guest's address
     */
    static long bind(Task task, SocketFile socket, long address, int length) {
        boolean chooses = length >= ADDRESS
                && Memory.getShort(address) == Socket.AF_NETLINK
                && Memory.getInt(address + PORT) == 0;
        if (!chooses) {
            return Linux.call(SYS_bind, socket.hostDescriptor(), address, length);
        }
        long result = bindAutomatically(task, socket);
        return result < 0 ? result : bind(socket, address, port(task, socket), Memory.getInt(address + GROUPS));
    }

    /** Whether an address is not the kernel's. */
    static boolean isForOthers(long address, int length) {
        return length >= ADDRESS && (Memory.getInt(address + PORT) | Memory.getInt(address + GROUPS)) != 0;
    }

    /** Messages to the kernel, in a copy that no guest can change. */
    static final class Question implements AutoCloseable {

        private final NativeBuffer copy;
        private final long length;

        /**
         * Copies messages.
         *
         * @param vector host memory with {@code struct iovec}s of checked host addresses
         * @throws ErrnoException EMSGSIZE, EFAULT
         */
        Question(long vector, int count) {
            long total = 0;
            for (int i = 0; i < count; i++) {
                total += Memory.getLong(vector + (long) i * Vectors.ENTRY + 8);
            }
            if (total > MOST) {
                throw new ErrnoException(Errno.EMSGSIZE);
            }
            copy = new NativeBuffer(Vectors.ENTRY + (int) total);
            length = total;
            long local = copy.address();
            Memory.putLong(local, local + Vectors.ENTRY);
            Memory.putLong(local + 8, total);
            // The kernel does the copying: a page may be missing.
            long done = total == 0
                    ? 0
                    : Linux.process_vm_readv((int) Linux.getpid(), local, 1, vector, count);
            if (done != total) {
                copy.close();
                throw new ErrnoException(Errno.EFAULT);
            }
        }

        /** Host address of one {@code struct iovec} with all of it. */
        long vector() {
            return copy.address();
        }

        /** Whether the messages ask and change nothing, as {@code netlink_rcv_skb} would take them apart. */
        boolean onlyAsks() {
            long data = copy.address() + Vectors.ENTRY;
            long at = 0;
            while (length - at >= HEADER) {
                long size = Memory.getInt(data + at) & 0xffffffffL;
                if (size < HEADER || size > length - at) {
                    return true; // where the kernel stops, too
                }
                int type = Memory.getShort(data + at + TYPE) & 0xffff;
                boolean request = (Memory.getShort(data + at + FLAGS) & NLM_F_REQUEST) != 0;
                if (request && type >= FIRST_TYPE && (type & KIND) != GET) {
                    return false;
                }
                at += size + 3 & ~3L;
            }
            return true;
        }

        @Override
        public void close() {
            copy.close();
        }
    }
}
