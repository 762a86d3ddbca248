package org.nesteddune.syscalls.sockets;

import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Socket;
import org.nesteddune.socket.PeerCredentials;
import org.nesteddune.socket.SocketFile;
import org.nesteddune.socket.SocketTable;
import org.nesteddune.socket.UnixSocket;
import org.nesteddune.syscall.ErrnoException;

/**
 * What the calls of this family share, and how they divide the task's scratch area:
 *
 * <pre>
 *    0 struct msghdr, or a length    64 an address    512 struct iovec    4608 control messages    16384
 * </pre>
 *
 * Stateless.
 */
final class Sockets {

    /** Where an address is put, and how many bytes there are for one. */
    static final int NAME = 64;

    static final int NAME_SIZE = 256;

    /** Where buffers are listed, and how many. */
    static final int VECTOR = 512;

    static final int VECTOR_COUNT = 256;

    /** Where control messages are put. */
    static final int CONTROL = VECTOR + VECTOR_COUNT * 16;

    static final int CONTROL_SIZE = Task.SCRATCH_SIZE - CONTROL;

    private Sockets() {}

    /** The socket behind a descriptor, with a reference for the caller; EBADF, ENOTSOCK. */
    static SocketFile get(Task task, int descriptor) {
        OpenFile file = task.descriptors().get(descriptor);
        if (file instanceof SocketFile socket) {
            return socket;
        }
        boolean pathOnly = (file.accessFlags() & OpenFlags.O_PATH) != 0;
        file.release();
        throw new ErrnoException(pathOnly ? Errno.EBADF : Errno.ENOTSOCK);
    }

    static SocketTable table(Task task) {
        return task.process().table().sockets();
    }

    static PeerCredentials effective(Task task) {
        return PeerCredentials.effective(task);
    }

    /** What is to be known of a new socket; null for other than UNIX sockets. */
    static UnixSocket unix(Task task, int domain) {
        return domain == Socket.AF_UNIX ? new UnixSocket(table(task)) : null;
    }

    /** Puts a new socket into the lowest free descriptor; the reference becomes the table's. */
    static long install(Task task, SocketFile socket, boolean cloexec) {
        return task.descriptors().add(socket, 0, task.process().limits().openFiles(), cloexec);
    }
}
