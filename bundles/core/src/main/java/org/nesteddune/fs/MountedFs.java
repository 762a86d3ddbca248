package org.nesteddune.fs;

import static org.nesteddune.host.SyscallNumbers.SYS_linkat;
import static org.nesteddune.host.SyscallNumbers.SYS_mknodat;

import java.util.function.Consumer;
import org.nesteddune.Profile.Access;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.host.HostIdentity;
import org.nesteddune.host.Linux;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Stat;
import org.nesteddune.syscall.ErrnoException;

/** A process's view of a {@link MountNamespace}. */
final class MountedFs implements FsContext {

    private final MountNamespace mounts;
    private final Owner owner;
    private final HostUmask hostUmask;
    private final boolean protectedLinks;
    private final FileOpener opener;
    private final SocketBinder binder;
    private volatile int umask;
    private final Directories directories;

    /** The namespace's and the directories' references become the context's. */
    MountedFs(MountNamespace mounts, Owner owner, HostUmask hostUmask, boolean protectedLinks, int umask,
            Directories directories) {
        this.mounts = mounts;
        this.owner = owner;
        this.hostUmask = hostUmask;
        this.protectedLinks = protectedLinks;
        this.umask = umask;
        this.directories = directories;
        opener = new FileOpener(this);
        binder = new SocketBinder(mounts, hostUmask);
    }

    MountNamespace mounts() {
        return mounts;
    }

    Owner owner() {
        return owner;
    }

    FileOpener opener() {
        return opener;
    }

    boolean protectedLinks() {
        return protectedLinks;
    }

    @Override
    public FsContext copy(Owner other) {
        Directories same = directories.copy();
        return new MountedFs(mounts.retain(), other, hostUmask, protectedLinks, umask, same);
    }

    @Override
    public boolean sharesTreeWith(FsContext other) {
        return other instanceof MountedFs fs && fs.mounts == mounts;
    }

    @Override
    public void close() {
        if (directories.release()) {
            mounts.release();
        }
    }

    // Root, working directory and umask

    /** The base of a walk with a reference of its own; the working directory for null. */
    private OpenFile hold(OpenFile base) {
        return base != null ? base.retain() : directories.working();
    }

    Directories directories() {
        return directories;
    }

    @Override
    public String workingDirectory() {
        String place = directories.workingPlace();
        String shown = place == null ? null : directories.shown(place);
        return place == null || shown != null ? shown : "(unreachable)" + place;
    }

    @Override
    public String workingPlace() {
        return directories.workingPlace();
    }

    @Override
    public String rootPlace() {
        return directories.rootPlace();
    }

    @Override
    public String shown(String place) {
        String shown = directories.shown(place);
        return shown == null ? place : shown;
    }

    @Override
    public void changeDirectory(OpenFile base, String path) {
        OpenFile target = open(base, path, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
        moveTo(target);
    }

    @Override
    public void changeDirectory(OpenFile target) {
        FileStatus status = new FileStatus();
        ErrnoException.check(target.status(status));
        if (!Stat.S_ISDIR(status.mode)) {
            throw new ErrnoException(Errno.ENOTDIR);
        }
        moveTo(target.retain());
    }

    private void moveTo(OpenFile target) {
        enter(target, directories::working);
    }

    @Override
    public void changeRoot(String path) {
        enter(open(null, path, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0), target -> {
            Task task = owner.currentTask();
            if (task == null || !task.credentials().has(Capabilities.CAP_SYS_CHROOT)) {
                throw new ErrnoException(Errno.EPERM);
            }
            directories.root(target);
        });
    }

    /** Hands a directory on, with its reference, if the caller may search it, which opening with O_PATH does not ask for. */
    private void enter(OpenFile target, Consumer<OpenFile> receiver) {
        boolean done = false;
        try {
            if (target instanceof NodeFile made) {
                made.node().check(owner, Fcntl.X_OK, false);
            } else if (target.hostDescriptor() >= 0) {
                HostBuffer buffer = mounts.buffers().take();
                try {
                    ErrnoException.check(Linux.faccessat2(target.hostDescriptor(), buffer.first("."), Fcntl.X_OK,
                            Fcntl.AT_EACCESS));
                } finally {
                    mounts.buffers().give(buffer);
                }
            }
            receiver.accept(target);
            done = true;
        } finally {
            if (!done) {
                target.release();
            }
        }
    }

    @Override
    public int umask() {
        return umask;
    }

    @Override
    public synchronized int umask(int value) {
        int old = umask;
        umask = value & 0777;
        return old;
    }

    // Opening

    @Override
    public OpenFile open(IoContext io, OpenFile base, String path, int flags, int mode, long resolve) {
        boolean creates = (flags & OpenFlags.O_CREAT) != 0
                || (flags & OpenFlags.O_TMPFILE) == OpenFlags.O_TMPFILE;
        if (creates) {
            hostUmask.set(umask);
        }
        OpenFile start = hold(base);
        HostBuffer buffer = mounts.buffers().take();
        try (PathWalk walk = new PathWalk(this, buffer, start, path, resolve)) {
            int result = walk.open(io, FileOpener.hostFlags(flags), creates ? mode & 07777 : 0);
            return switch (result) {
                case PathWalk.NODE -> opener.openNode(buffer, walk.found, walk.foundPath, flags);
                case PathWalk.FILE -> opener.reopen(io, buffer, walk.file, flags);
                default -> opener.admit(buffer, result, walk.foundPath, flags);
            };
        } finally {
            mounts.buffers().give(buffer);
            start.release();
        }
    }

    @Override
    public OpenFile openExecutable(OpenFile base, String path, boolean followLast) {
        int follow = followLast ? 0 : OpenFlags.O_NOFOLLOW;
        OpenFile place = path.isEmpty() && base != null ? base.retain() : open(base, path, OpenFlags.O_PATH | follow, 0);
        HostBuffer buffer = mounts.buffers().take();
        try {
            int host = place.hostDescriptor();
            if (host < 0) {
                throw new ErrnoException(Errno.EACCES);
            }
            ErrnoException.check(buffer.stat(host));
            if (Stat.S_ISLNK(buffer.mode())) {
                throw new ErrnoException(Errno.ELOOP);
            }
            if (!Stat.S_ISREG(buffer.mode())) {
                throw new ErrnoException(Errno.EACCES);
            }
            ErrnoException.check(Linux.faccessat2(host, buffer.first(""), Fcntl.X_OK,
                    Fcntl.AT_EACCESS | Fcntl.AT_EMPTY_PATH));
            // What may be executed need not be readable for the one who executes it.
            return HostIdentity.asProcess(
                    () -> opener.reopen(null, buffer, place, OpenFlags.O_RDONLY | OpenFlags.O_LARGEFILE));
        } finally {
            mounts.buffers().give(buffer);
            place.release();
        }
    }

    // Looking

    @Override
    public void status(OpenFile base, String path, boolean followLast, FileStatus status) {
        locate(base, path, followLast, (buffer, descriptor, walk) -> {
            if (descriptor >= 0) {
                buffer.status(status);
            } else if (descriptor == PathWalk.FILE) {
                ErrnoException.check(walk.file.status(status));
            } else if (walk.found.hostPath() != null) {
                ErrnoException.check(buffer.stat(Fcntl.AT_FDCWD, walk.found.hostPath()));
                buffer.status(status);
            } else {
                walk.found.status(status);
                status.device = mounts.covering(walk.foundPath).device();
            }
            return null;
        });
    }

    @Override
    public void access(OpenFile base, String path, int mode, int flags) {
        locate(base, path, (flags & Fcntl.AT_SYMLINK_NOFOLLOW) == 0, (buffer, descriptor, walk) -> {
            if (descriptor == PathWalk.NODE) {
                if (mounts.rules() != null) {
                    checkAccess(walk.foundPath, mode);
                }
                walk.found.check(owner, mode, (flags & Fcntl.AT_EACCESS) == 0);
                return null;
            }
            int host = descriptor == PathWalk.FILE ? walk.file.hostDescriptor() : descriptor;
            if (host < 0) {
                return null;
            }
            boolean fixed = descriptor == PathWalk.FILE
                    ? walk.file.modifiable() == -Errno.EROFS
                    : FileOpener.inspect(buffer, host);
            if (fixed && (mode & Fcntl.W_OK) != 0 && !Devices.isDevice(buffer.mode())) {
                throw new ErrnoException(Errno.EROFS);
            }
            if (mounts.rules() != null && descriptor >= 0) {
                checkAccess(walk.foundPath, mode);
            }
            ErrnoException.check(Linux.faccessat2(host, buffer.first(""), mode,
                    Fcntl.AT_EACCESS | Fcntl.AT_EMPTY_PATH));
            return null;
        });
    }

    private void checkAccess(String path, int mode) {
        Access wanted = (mode & Fcntl.W_OK) != 0 ? Access.WRITE
                : (mode & Fcntl.R_OK) != 0 ? Access.READ : Access.SEARCH;
        mounts.rules().check(owner, path, wanted);
    }

    @Override
    public String readLink(OpenFile base, String path) {
        return locate(base, path, false, (buffer, descriptor, walk) -> {
            if (descriptor == PathWalk.NODE) {
                if (!walk.found.isLink()) {
                    throw new ErrnoException(Errno.EINVAL);
                }
                return walk.found.target(owner);
            }
            int host = descriptor == PathWalk.FILE ? walk.file.hostDescriptor() : descriptor;
            String target = host < 0 || !Stat.S_ISLNK(buffer.mode()) ? null : buffer.readLink(host, "");
            if (target == null) {
                throw new ErrnoException(Errno.EINVAL);
            }
            return target;
        });
    }

    @Override
    public String realPath(OpenFile base, String path) {
        return locate(base, path, true, (buffer, descriptor, walk) -> descriptor == PathWalk.FILE
                ? shown(walk.file.currentPath())
                : shown(walk.foundPath));
    }

    /** What is done with what a path leads to: a host descriptor, whose status is in the buffer, or a walk's find. */
    private interface Action<T> {
        T apply(HostBuffer buffer, int descriptor, PathWalk walk);
    }

    private <T> T locate(OpenFile base, String path, boolean followLast, Action<T> action) {
        OpenFile start = hold(base);
        HostBuffer buffer = mounts.buffers().take();
        try (PathWalk walk = new PathWalk(this, buffer, start, path, 0)) {
            int descriptor = walk.open(null, OpenFlags.O_PATH | (followLast ? 0 : OpenFlags.O_NOFOLLOW), 0);
            try {
                if (descriptor >= 0) {
                    FileOpener.inspect(buffer, descriptor);
                }
                return action.apply(buffer, descriptor, walk);
            } finally {
                if (descriptor >= 0) {
                    Linux.close(descriptor);
                }
            }
        } finally {
            mounts.buffers().give(buffer);
            start.release();
        }
    }

    // Changing directories

    @Override
    public void makeDirectory(OpenFile base, String path, int mode) {
        hostUmask.set(umask);
        create(base, path, (buffer, directory, name) -> Linux.mkdirat(directory, buffer.first(name), mode));
    }

    @Override
    public void makeNode(OpenFile base, String path, int mode, long device) {
        int type = mode & Stat.S_IFMT;
        if (type == Stat.S_IFDIR) {
            throw new ErrnoException(Errno.EPERM);
        }
        boolean special = type == Stat.S_IFCHR || type == Stat.S_IFBLK;
        if (!special && type != 0 && type != Stat.S_IFREG && type != Stat.S_IFIFO && type != Stat.S_IFSOCK) {
            throw new ErrnoException(Errno.EINVAL);
        }
        hostUmask.set(umask);
        create(base, path, (buffer, directory, name) -> {
            if (special) {
                // A device file would be a way to memory and disks that the guest was not given.
                return buffer.stat(directory, name) == 0 ? -Errno.EEXIST : -Errno.EPERM;
            }
            return Linux.call(SYS_mknodat, directory, buffer.first(name), mode, 0);
        });
    }

    @Override
    public void makeSymbolicLink(String target, OpenFile base, String path) {
        if (target.isEmpty()) {
            throw new ErrnoException(Errno.ENOENT);
        }
        create(base, path, (buffer, directory, name) ->
                Linux.symlinkat(buffer.second(target), directory, buffer.first(name)));
    }

    @Override
    public void makeLink(OpenFile oldBase, String oldPath, OpenFile newBase, String newPath, boolean followLast) {
        OpenFile source = open(oldBase, oldPath, OpenFlags.O_PATH | (followLast ? 0 : OpenFlags.O_NOFOLLOW), 0);
        try {
            makeLink(source, newBase, newPath);
        } finally {
            source.release();
        }
    }

    @Override
    public void makeLink(OpenFile source, OpenFile newBase, String newPath) {
        int host = source.hostDescriptor();
        create(newBase, newPath, (buffer, directory, name) -> {
            if (host < 0 || source.modifiable() != 0) {
                return -Errno.EXDEV;
            }
            return Linux.call(SYS_linkat, Fcntl.AT_FDCWD, buffer.second(HostBuffer.descriptorPath(host)), directory,
                    buffer.first(name), Fcntl.AT_SYMLINK_FOLLOW);
        });
    }

    /** A host call about a name in a directory. */
    private interface NameCall {
        long apply(HostBuffer buffer, int directory, String name);
    }

    private void create(OpenFile base, String path, NameCall call) {
        atParent(base, path, (buffer, walk) -> {
            String target = walk.lastPath();
            if (target != null && mounts.at(target) != null) {
                throw new ErrnoException(Errno.EEXIST);
            }
            if (walk.node() != null) {
                boolean exists = target == null || walk.node().child(owner, walk.lastName()) != null;
                throw new ErrnoException(exists ? Errno.EEXIST : walk.node().creationError());
            }
            if (mounts.rules() != null && target != null && !mounts.rules().grants(target, Access.WRITE)
                    && mounts.rules().grants(target, Access.SEARCH) && buffer.stat(walk.directory(), walk.lastName()) == 0) {
                throw new ErrnoException(Errno.EEXIST); // before all else, as from a file system that is read-only
            }
            checkGranted(walk, target);
            checkWritable(buffer, walk.directory());
            ErrnoException.check(call.apply(buffer, walk.directory(), walk.last));
        });
    }

    @Override
    public void remove(OpenFile base, String path, boolean directory) {
        atParent(base, path, (buffer, walk) -> {
            String target = walk.lastPath();
            if (target != null && mounts.isBusy(target)) {
                throw directory || mounts.at(target) == null ? MountNamespace.busy()
                        : new ErrnoException(Errno.EISDIR);
            }
            if (walk.node() != null) {
                throw refusal(walk, target);
            }
            checkGranted(walk, target);
            checkWritable(buffer, walk.directory());
            ErrnoException.check(Linux.unlinkat(
                    walk.directory(), buffer.first(walk.last), directory ? Fcntl.AT_REMOVEDIR : 0));
        });
    }

    private ErrnoException refusal(PathWalk walk, String target) {
        boolean exists = target == null || walk.node().child(owner, walk.lastName()) != null;
        return new ErrnoException(exists ? Errno.EPERM : Errno.ENOENT);
    }

    @Override
    public void rename(OpenFile oldBase, String oldPath, OpenFile newBase, String newPath, int flags) {
        atParent(oldBase, oldPath, (buffer, from) -> atParent(newBase, newPath, (second, to) -> {
            String source = from.lastPath();
            String target = to.lastPath();
            if (source == null || target == null) {
                throw new ErrnoException(Errno.EBUSY);
            }
            if ((from.node() == null) != (to.node() == null)) {
                throw new ErrnoException(Errno.EXDEV);
            }
            if (from.node() != null) {
                throw refusal(from, source);
            }
            if (mounts.isBusy(source) || mounts.isBusy(target)) {
                throw MountNamespace.busy();
            }
            if ((flags & Fcntl.RENAME_WHITEOUT) != 0) {
                throw new ErrnoException(Errno.EPERM); // a whiteout is a device file
            }
            checkGranted(from, source);
            checkGranted(to, target);
            if (mounts.rules() != null && (mounts.rules().isBusy(source) || mounts.rules().isBusy(target))) {
                throw MountNamespace.busy();
            }
            checkWritable(buffer, from.directory());
            checkWritable(buffer, to.directory());
            ErrnoException.check(Linux.renameat2(from.directory(), buffer.first(from.last), to.directory(),
                    second.first(to.last), flags));
        }));
    }

    /** What is done in the directory of a path's last component. */
    private interface ParentAction {
        void apply(HostBuffer buffer, PathWalk walk);
    }

    private void atParent(OpenFile base, String path, ParentAction action) {
        OpenFile start = hold(base);
        HostBuffer buffer = mounts.buffers().take();
        try (PathWalk walk = new PathWalk(this, buffer, start, path, 0)) {
            walk.toParent();
            action.apply(buffer, walk);
        } finally {
            mounts.buffers().give(buffer);
            start.release();
        }
    }

    // Sockets

    @Override
    public SocketName bindSocket(int socket, String path) {
        hostUmask.set(umask);
        SocketName[] result = new SocketName[1];
        OpenFile start = hold(null);
        try {
            create(start, path, (buffer, directory, name) -> {
                int base = path.startsWith("/") ? -1 : start.hostDescriptor();
                result[0] = binder.bind(buffer, socket, path, base, directory, name);
                return 0;
            });
        } finally {
            start.release();
        }
        return result[0];
    }

    @Override
    public String abstractSocketPrefix() {
        return mounts.abstractSocketPrefix();
    }

    @Override
    public String guestPath(String hostPath) {
        return mounts.guestPath(hostPath);
    }

    @Override
    public OpenFile adopt(int descriptor) {
        HostBuffer buffer = mounts.buffers().take();
        boolean done = false;
        try {
            boolean fixed = FileOpener.inspect(buffer, descriptor);
            FileStatus status = new FileStatus();
            buffer.status(status);
            String link = buffer.descriptorLink(descriptor);
            boolean named = link != null && link.startsWith("/") && !link.startsWith("/memfd:");
            if (!named || Stat.S_ISSOCK(buffer.mode())) {
                done = true;
                return HostFile.adopt(descriptor, null);
            }
            String path = mounts.guestPath(link);
            OpenFile file = HostFile.of(descriptor, path == null ? "(unreachable)" : path,
                    (int) Linux.fcntl(descriptor, Fcntl.F_GETFL, 0), status, path == null ? null : mounts, fixed);
            done = true;
            return file;
        } finally {
            if (!done) {
                Linux.close(descriptor);
            }
            mounts.buffers().give(buffer);
        }
    }

    /** Asks the profile, if there is one, for the change of a name; "." and its like are the host's to refuse. */
    private void checkGranted(PathWalk walk, String target) {
        PathRules rules = mounts.rules();
        if (rules != null) {
            rules.check(owner, target == null ? walk.path() : target, Access.WRITE);
        }
    }

    /** Refuses changes in the kernel's own file systems ({@code /sys} and its like). */
    private static void checkWritable(HostBuffer buffer, int directory) {
        if (Devices.isKernelFileSystem(ErrnoException.check(buffer.fileSystemType(directory)))) {
            throw new ErrnoException(Errno.EROFS);
        }
    }

}
