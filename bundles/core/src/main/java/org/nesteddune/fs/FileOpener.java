package org.nesteddune.fs;

import org.nesteddune.Profile.Access;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.host.Linux;
import org.nesteddune.kernel.Process;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.FileSystems;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Stat;
import org.nesteddune.syscall.ErrnoException;

/**
 * Makes open files of what a {@link PathWalk} has found, and decides whether the guest may have it: nothing on a procfs
 * of the host, no device but the harmless ones, no writing to the kernel's own file systems. Immutable.
 */
final class FileOpener {

    private final MountNamespace mounts;
    private final FsContext.Owner owner;

    FileOpener(MountedFs fs) {
        mounts = fs.mounts();
        owner = fs.owner();
    }

    /** Flags for the host: it must neither make a terminal the runtime's own nor send it SIGIO. */
    static long hostFlags(int flags) {
        return (flags & OpenFlags.O_PATH) != 0 ? flags : flags | OpenFlags.O_NOCTTY;
    }

    /** Decides whether the guest may have what was opened, and wraps it. */
    OpenFile admit(HostBuffer buffer, int descriptor, String path, int flags) {
        boolean done = false;
        try {
            DescriptorReserve.check(descriptor);
            boolean fixed = inspect(buffer, descriptor);
            if ((flags & OpenFlags.O_PATH) == 0) {
                if (fixed && (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY
                        && !Devices.isDevice(buffer.mode())) {
                    throw new ErrnoException(Errno.EROFS);
                }
                if (Devices.isDevice(buffer.mode())
                        && !Devices.isHarmless(buffer.mode(), buffer.specialDevice())) {
                    throw new ErrnoException(Errno.EACCES);
                }
                checkNotRunning(buffer, flags);
            }
            int shown = flags & ~(OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOCTTY | OpenFlags.O_TRUNC);
            OpenFile file = Stat.S_ISDIR(buffer.mode()) && (flags & OpenFlags.O_PATH) == 0
                            && !mounts.within(path).isEmpty()
                    ? new MountParent(descriptor, path, shown, buffer, mounts, fixed)
                    : wrap(buffer, descriptor, path, shown, mounts, fixed, flags);
            done = true;
            return file;
        } finally {
            if (!done) {
                Linux.close(descriptor);
            }
        }
    }

    /** Refuses to open for writing what a guest executes; its status is in the buffer. */
    private void checkNotRunning(HostBuffer buffer, int flags) {
        if ((flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY && Stat.S_ISREG(buffer.mode())
                && isRunning(buffer.device(), buffer.inode())) {
            throw new ErrnoException(Errno.ETXTBSY);
        }
    }

    /** Whether a guest executes a file. */
    boolean isRunning(long device, long inode) {
        Process process = owner.process();
        return process != null && process.table().programs().isRunning(device, inode);
    }

    /** The kind of file that was opened, by its status in the buffer; a terminal may become the opener's own. */
    private OpenFile wrap(HostBuffer buffer, int descriptor, String path, int shown, MountNamespace in, boolean fixed,
            int flags) {
        if (!Stat.S_ISCHR(buffer.mode())) {
            return new HostFile(descriptor, path, shown, buffer, in, fixed);
        }
        Process process = owner.process();
        FileStatus status = new FileStatus();
        buffer.status(status);
        if (status.specialDevice == Terminals.CURRENT && (flags & OpenFlags.O_PATH) == 0) {
            OpenFile file = openCurrent(status, path, flags);
            Linux.close(descriptor); // the runtime's terminal, which need not be the guest's
            return file;
        }
        HostFile file = HostFile.of(descriptor, path, shown, status, in, fixed);
        if (file instanceof TerminalFile terminal && process != null) {
            terminal.opened(process, flags);
        }
        return file;
    }

    /** Opens the terminal that controls the process, as {@code /dev/tty} does. */
    private OpenFile openCurrent(FileStatus node, String path, int flags) {
        Process process = owner.process();
        Terminal terminal = process == null ? null : process.terminal();
        if (terminal == null) {
            throw new ErrnoException(Errno.ENXIO);
        }
        long keep = ~(long) (OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_TRUNC | OpenFlags.O_NOFOLLOW);
        long descriptor = ErrnoException.check(terminal.open(hostFlags(flags) & keep));
        int shown = flags & ~(OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOCTTY | OpenFlags.O_TRUNC);
        return new TerminalFile((int) descriptor, path, shown, node, null, true);
    }

    /**
     * Asks what was opened, leaves its status in the buffer, and refuses procfs.
     *
     * @return whether it belongs to the host alone, so that nothing about it may be changed
     */
    static boolean inspect(HostBuffer buffer, int descriptor) {
        ErrnoException.check(buffer.stat(descriptor));
        if (FileStatus.major(buffer.device()) != 0) {
            return false; // a disk: none of the kernel's own file systems
        }
        long type = ErrnoException.check(buffer.fileSystemType(descriptor));
        if (type == FileSystems.PROC_SUPER_MAGIC) {
            throw new ErrnoException(Errno.EACCES);
        }
        return Devices.isKernelFileSystem(type);
    }

    OpenFile openNode(HostBuffer buffer, Node node, String path, int flags) {
        if ((flags & OpenFlags.O_CREAT) != 0 && (flags & OpenFlags.O_EXCL) != 0) {
            throw new ErrnoException(Errno.EEXIST);
        }
        boolean pathOnly = (flags & OpenFlags.O_PATH) != 0;
        if ((flags & OpenFlags.O_DIRECTORY) != 0 && !node.isDirectory()) {
            throw new ErrnoException(Errno.ENOTDIR);
        }
        if (node.isLink() && !pathOnly) {
            throw new ErrnoException(Errno.ELOOP);
        }
        if (node.hostPath() != null) {
            return openHostPath(buffer, node, path, flags);
        }
        if (pathOnly || node.isDirectory()) {
            if (!pathOnly
                    && ((flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY || (flags & OpenFlags.O_CREAT) != 0)) {
                throw new ErrnoException(Errno.EISDIR);
            }
            return new NodeFile(owner, node, parentInode(path), mounts.covering(path).device(), path, flags);
        }
        node.check(owner, switch (flags & OpenFlags.O_ACCMODE) {
            case OpenFlags.O_RDONLY -> Fcntl.R_OK;
            case OpenFlags.O_WRONLY -> Fcntl.W_OK;
            default -> Fcntl.R_OK | Fcntl.W_OK;
        }, false);
        return node.open(owner, path, flags);
    }

    private long parentInode(String path) {
        HostBuffer buffer = mounts.buffers().take();
        try (Place parent = new Place(mounts, owner, buffer)) {
            parent.toPath(MountNamespace.parent(path));
            if (parent.node() != null) {
                return parent.node().inode();
            }
            ErrnoException.check(buffer.stat(parent.directory()));
            return buffer.inode();
        } catch (ErrnoException gone) {
            return 1;
        } finally {
            mounts.buffers().give(buffer);
        }
    }

    /** Opens the host file that a node names; nothing but the node's own permissions decides about it. */
    private OpenFile openHostPath(HostBuffer buffer, Node node, String path, int flags) {
        boolean writes = (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY;
        if (writes && (flags & OpenFlags.O_PATH) == 0 && (node.mode() & 0222) == 0) {
            throw new ErrnoException(Errno.EACCES);
        }
        long keep = ~(long) (OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_TRUNC);
        if ((flags & OpenFlags.O_PATH) == 0) {
            ErrnoException.check(buffer.stat(Fcntl.AT_FDCWD, node.hostPath()));
            if (Stat.S_ISCHR(buffer.mode()) && buffer.specialDevice() == Terminals.CURRENT) {
                FileStatus status = new FileStatus();
                buffer.status(status);
                return openCurrent(status, path, flags);
            }
        }
        long descriptor = ErrnoException.check(buffer.open(null, Fcntl.AT_FDCWD, node.hostPath(),
                hostFlags(flags) & keep, 0, Fcntl.RESOLVE_NO_SYMLINKS));
        boolean done = false;
        try {
            ErrnoException.check(buffer.stat((int) descriptor));
            int shown = flags & ~(OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOCTTY | OpenFlags.O_TRUNC);
            OpenFile file = null;
            if ((flags & OpenFlags.O_PATH) == 0) {
                FileStatus status = new FileStatus();
                buffer.status(status);
                DescriptorReserve.check((int) descriptor);
                file = node.opened(owner, (int) descriptor, path, shown, status);
            }
            if (file == null) {
                file = wrap(buffer, (int) descriptor, path, shown, null, true, flags);
            }
            done = true;
            return file;
        } finally {
            if (!done) {
                Linux.close((int) descriptor);
            }
        }
    }

    /**
     * Refuses what the profile does not grant of an open file's path, unless it is opened again for what it is open for already: that
     * is what somebody gave.
     */
    private void checkGranted(OpenFile file, int flags) {
        PathRules rules = mounts.rules();
        if (rules == null || (flags & OpenFlags.O_PATH) != 0) {
            return;
        }
        int access = file.accessFlags();
        boolean open = (access & OpenFlags.O_PATH) == 0;
        boolean writes = (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY || (flags & OpenFlags.O_TRUNC) != 0;
        boolean reads = (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_WRONLY;
        boolean had = open && (!writes || OpenFlags.isWritable(access)) && (!reads || OpenFlags.isReadable(access));
        if (!had) {
            Access wanted = PathRules.wanted(flags);
            if (isForeign(file)) {
                throw rules.refuse(owner, file.path(), wanted);
            }
            rules.check(owner, file.path(), wanted);
        }
    }

    /** Whether an open file's path says nothing in these mounts. */
    private boolean isForeign(OpenFile file) {
        return !file.path().startsWith("/") || file instanceof HostFile host && !host.isOf(mounts);
    }

    /** Opens the object behind an open file once more, as following {@code /proc/self/fd/N} does. */
    OpenFile reopen(IoContext io, HostBuffer buffer, OpenFile file, int flags) {
        if ((flags & OpenFlags.O_CREAT) != 0 && (flags & OpenFlags.O_EXCL) != 0) {
            throw new ErrnoException(Errno.EEXIST);
        }
        int host = file.hostDescriptor();
        if (file instanceof TerminalFile terminal && terminal.isCurrent() && (flags & OpenFlags.O_PATH) == 0) {
            FileStatus status = new FileStatus();
            ErrnoException.check(terminal.status(status));
            return openCurrent(status, terminal.path(), flags);
        }
        checkGranted(file, flags);
        if (host < 0) {
            if (file instanceof NodeFile made) {
                return openNode(buffer, made.node(), made.path(), flags);
            }
            OpenFile again = file.reopen(flags);
            if (again == null) {
                throw new ErrnoException(Errno.ENXIO);
            }
            return again;
        }
        boolean writes = (flags & OpenFlags.O_PATH) == 0
                && ((flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY || (flags & OpenFlags.O_TRUNC) != 0);
        if (writes && file instanceof HostFile known && isRunning(known.device(), known.inode())) {
            throw new ErrnoException(Errno.ETXTBSY);
        }
        long keep = ~(long) (OpenFlags.O_CREAT | OpenFlags.O_NOFOLLOW);
        long descriptor = ErrnoException.check(buffer.open(io, Fcntl.AT_FDCWD, HostBuffer.descriptorPath(host),
                hostFlags(flags) & keep, 0, 0));
        boolean done = false;
        try {
            ErrnoException.check(buffer.stat((int) descriptor));
            boolean fixed = (file instanceof HostFile known ? known.isFixed() : file.modifiable() != 0)
                    || mounts.rules() != null && isForeign(file);
            boolean given = (file.accessFlags() & OpenFlags.O_PATH) == 0 && OpenFlags.isWritable(file.accessFlags());
            if (fixed && !given && (flags & OpenFlags.O_PATH) == 0 && (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY
                    && !Devices.isDevice(buffer.mode())) {
                throw new ErrnoException(Errno.EROFS);
            }
            boolean hidden = (file.accessFlags() & OpenFlags.O_PATH) != 0 && (flags & OpenFlags.O_PATH) == 0
                    && Devices.isDevice(buffer.mode())
                    && !Devices.isHarmless(buffer.mode(), buffer.specialDevice());
            if (hidden) {
                throw new ErrnoException(Errno.EACCES);
            }
            int shown = flags & ~(OpenFlags.O_CREAT | OpenFlags.O_NOCTTY | OpenFlags.O_TRUNC);
            OpenFile again = null;
            if (file instanceof HostFile known && (flags & OpenFlags.O_PATH) == 0) {
                FileStatus status = new FileStatus();
                buffer.status(status);
                again = known.openedAgain((int) descriptor, shown, status);
            }
            if (again == null) {
                again = wrap(buffer, (int) descriptor, file.currentPath(), shown, mounts, fixed, flags);
            }
            done = true;
            return again;
        } finally {
            if (!done) {
                Linux.close((int) descriptor);
            }
        }
    }
}
