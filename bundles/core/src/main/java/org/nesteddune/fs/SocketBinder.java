package org.nesteddune.fs;

import static org.nesteddune.host.SyscallNumbers.SYS_bind;

import org.nesteddune.host.HostIdentity;
import org.nesteddune.host.Linux;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Stat;
import org.nesteddune.syscall.ErrnoException;

/**
 * Binds sockets of the host to names that a guest has chosen. The host keeps the very bytes of the name, shows them to
 * both ends, and resolves them once more itself. So the guest's own name is used where it means the same in the host, for
 * the sake of other programs there; elsewhere the directory is named by a descriptor.
 */
final class SocketBinder {

    private final MountNamespace mounts;
    private final HostUmask umask;

    SocketBinder(MountNamespace mounts, HostUmask umask) {
        this.mounts = mounts;
        this.umask = umask;
    }

    /**
     * Binds a socket. The thread's umask is set already.
     *
     * @param path the guest's name
     * @param base where it starts if it is relative, a host descriptor; −1 if it is absolute
     * @param directory the directory that it is in, a host descriptor
     * @param last its last component
     */
    FsContext.SocketName bind(HostBuffer buffer, int socket, String path, int base, int directory, String last) {
        boolean relative = !path.startsWith("/");
        // The host would look the name up once more, and a guest could have changed what is on the way.
        boolean own = mounts.rules() == null && mounts.isHostTree() && (!relative || umask.hasOwnDirectory())
                && isParent(buffer, path, base, directory);
        if (own) {
            bindFrom(buffer, socket, relative ? base : -1, path);
            return name(buffer, directory, last, path, -1);
        }
        int holder = (int) ErrnoException.check(Linux.fcntl(directory, Fcntl.F_DUPFD_CLOEXEC, 3));
        boolean done = false;
        try {
            String named = HostBuffer.descriptorPath(holder) + "/" + last;
            if (named.length() < HostBuffer.SUN_PATH) {
                bindFrom(buffer, socket, -1, named);
            } else {
                if (!umask.hasOwnDirectory()) {
                    throw new ErrnoException(Errno.ENAMETOOLONG);
                }
                named = last;
                bindFrom(buffer, socket, holder, last);
            }
            FsContext.SocketName name = name(buffer, directory, last, named, holder);
            done = true;
            return name;
        } finally {
            if (!done) {
                Linux.close(holder);
            }
        }
    }

    /** Whether the host, too, takes the name for one in this directory. */
    private static boolean isParent(HostBuffer buffer, String path, int base, int directory) {
        int end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        int slash = path.lastIndexOf('/', end - 1);
        String parent = slash < 0 ? "." : path.substring(0, slash + 1);
        long there = buffer.open(null, base < 0 ? Fcntl.AT_FDCWD : base, parent,
                OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0, 0);
        if (there < 0) {
            return false;
        }
        try {
            if (buffer.stat((int) there) != 0) {
                return false;
            }
            long device = buffer.device();
            long inode = buffer.inode();
            return buffer.stat(directory) == 0 && buffer.device() == device && buffer.inode() == inode;
        } finally {
            Linux.close((int) there);
        }
    }

    /** Binds by a name that is relative to a directory, where that is not −1. */
    private static void bindFrom(HostBuffer buffer, int socket, int directory, String name) {
        int back = -1;
        if (directory >= 0) {
            // The runtime's own, which the guest need not be able to enter.
            back = (int) ErrnoException.check(HostIdentity.asProcess(
                    () -> buffer.open(null, Fcntl.AT_FDCWD, ".", OpenFlags.O_PATH, 0, 0)));
        }
        try {
            if (directory >= 0) {
                ErrnoException.check(Linux.fchdir(directory));
            }
            long result = Linux.call(
                    SYS_bind, socket, buffer.socketAddress(name), HostBuffer.socketAddressLength(name));
            ErrnoException.check(result == -Errno.EADDRINUSE ? -Errno.EEXIST : result);
        } finally {
            if (back >= 0) {
                int runtimes = back;
                HostIdentity.asProcess(() -> Linux.fchdir(runtimes));
                Linux.close(back);
            }
        }
    }

    private static FsContext.SocketName name(
            HostBuffer buffer, int directory, String last, String hostName, int holder) {
        boolean there = buffer.stat(directory, last) == 0 && Stat.S_ISSOCK(buffer.mode());
        return new FsContext.SocketName(hostName, there ? buffer.device() : 0, there ? buffer.inode() : 0, holder);
    }
}
