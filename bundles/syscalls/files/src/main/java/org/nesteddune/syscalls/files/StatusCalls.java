package org.nesteddune.syscalls.files;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.HostStatus;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Limits;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Asking about files. */
final class StatusCalls {

    private static final int STAT_FLAGS =
            Fcntl.AT_SYMLINK_NOFOLLOW | Fcntl.AT_NO_AUTOMOUNT | Fcntl.AT_EMPTY_PATH | Fcntl.AT_STATX_SYNC_TYPE;

    /** STATX__RESERVED of {@code linux/stat.h}. */
    private static final int STATX_RESERVED = 0x80000000;

    /** Bytes in the 64-bit {@code struct statfs} of {@code asm-generic/statfs.h}. */
    private static final int STATFS_SIZE = 120;

    private StatusCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("stat", "path filename, out:stat statbuf", (task, a) ->
                            byPath(task, Fcntl.AT_FDCWD, a.get(0), 0, a.get(1)))
                .full("lstat", "path filename, out:stat statbuf", (task, a) ->
                        byPath(task, Fcntl.AT_FDCWD, a.get(0), Fcntl.AT_SYMLINK_NOFOLLOW, a.get(1)))
                .full("fstat", "fd fd, out:stat statbuf", (task, a) -> byDescriptor(task, a.getInt(0), a.get(1)))
                .full("newfstatat", "dirfd dfd, path filename, out:stat statbuf, flags:at flag", (task, a) ->
                        (a.getInt(3) & ~STAT_FLAGS) != 0
                                    ? -Errno.EINVAL
                                    : byPath(task, a.getInt(0), a.get(1), a.getInt(3), a.get(2)))
                .full(
                        "statx",
                        "dirfd dfd, path filename, flags:statx flags, flags:statx_mask mask, out:statx buffer",
                        StatusCalls::statx)
                .full("access", "path filename, flags:access mode", (task, a) ->
                        access(task, Fcntl.AT_FDCWD, a.get(0), a.getInt(1), 0))
                .full("faccessat", "dirfd dfd, path filename, flags:access mode", (task, a) ->
                        access(task, a.getInt(0), a.get(1), a.getInt(2), 0))
                .full("faccessat2", "dirfd dfd, path filename, flags:access mode, flags:faccessat2 flags", (task, a) ->
                        access(task, a.getInt(0), a.get(1), a.getInt(2), a.getInt(3)))
                .full("readlink", "path path, outbuf:bufsiz buf, int bufsiz", (task, a) ->
                        readlink(task, Fcntl.AT_FDCWD, a.get(0), a.get(1), a.getInt(2)))
                .full("readlinkat", "dirfd dfd, path path, outbuf:bufsiz buf, int bufsiz", (task, a) ->
                        readlink(task, a.getInt(0), a.get(1), a.get(2), a.getInt(3)))
                .full("statfs", "path pathname, out:statfs buf", StatusCalls::statfs)
                .full("fstatfs", "fd fd, out:statfs buf", StatusCalls::fstatfs);
    }

    private static long byPath(Task task, int directory, long address, int flags, long target) {
        String path = Arguments.pathOrEmpty(task, address, flags);
        if (path.isEmpty() && directory != Fcntl.AT_FDCWD) {
            return byDescriptor(task, directory, target);
        }
        FileStatus status = new FileStatus();
        OpenFile base = Arguments.base(task, directory, path);
        try {
            FsContext fs = task.fs();
            fs.status(base, path.isEmpty() ? "." : path, (flags & Fcntl.AT_SYMLINK_NOFOLLOW) == 0, status);
        } finally {
            Arguments.release(base);
        }
        task.architecture().abi().writeStat(task.memory(), target, status);
        return 0;
    }

    private static long byDescriptor(Task task, int descriptor, long target) {
        OpenFile file = task.descriptors().get(descriptor);
        try {
            FileStatus status = new FileStatus();
            long result = file.status(task.scratch(), status);
            if (result == 0) {
                task.architecture().abi().writeStat(task.memory(), target, status);
            }
            return result;
        } finally {
            file.release();
        }
    }

    private static long statx(Task task, SyscallArguments a) {
        int flags = a.getInt(2);
        int mask = a.getInt(3);
        long target = a.get(4);
        if ((mask & STATX_RESERVED) != 0
                || (flags & ~STAT_FLAGS) != 0
                || (flags & Fcntl.AT_STATX_SYNC_TYPE) == Fcntl.AT_STATX_SYNC_TYPE) {
            return -Errno.EINVAL;
        }
        String path = Arguments.pathOrEmpty(task, a.get(1), flags);
        OpenFile file = Arguments.locate(task, a.getInt(0), path, flags);
        try {
            int host = file.hostDescriptor();
            if (host >= 0) {
                long name = Arguments.string(task.scratch(), "");
                int sync = flags & Fcntl.AT_STATX_SYNC_TYPE;
                return Linux.statx(host, name, Fcntl.AT_EMPTY_PATH | sync, mask,
                        task.memory().host(target, HostStatus.STATX_SIZE));
            }
            FileStatus status = new FileStatus();
            ErrnoException.check(file.status(task.scratch(), status));
            HostStatus.write(task.scratch(), status);
            task.memory().writeFrom(target, task.scratch(), HostStatus.STATX_SIZE);
            return 0;
        } finally {
            file.release();
        }
    }

    private static long access(Task task, int directory, long address, int mode, int flags) {
        if ((mode & ~(Fcntl.R_OK | Fcntl.W_OK | Fcntl.X_OK)) != 0
                || (flags & ~(Fcntl.AT_EACCESS | Fcntl.AT_SYMLINK_NOFOLLOW | Fcntl.AT_EMPTY_PATH)) != 0) {
            return -Errno.EINVAL;
        }
        String path = Arguments.pathOrEmpty(task, address, flags);
        return (flags & Fcntl.AT_EACCESS) != 0
                ? access(task, directory, path, mode, flags)
                : task.asRealUser(() -> access(task, directory, path, mode, flags));
    }

    private static long access(Task task, int directory, String path, int mode, int flags) {
        if (path.isEmpty() && directory != Fcntl.AT_FDCWD) {
            OpenFile file = task.descriptors().get(directory);
            try {
                return accessOpen(task, file, mode);
            } finally {
                file.release();
            }
        }
        OpenFile base = Arguments.base(task, directory, path);
        try {
            task.fs().access(base, path.isEmpty() ? "." : path, mode, flags);
            return 0;
        } finally {
            Arguments.release(base);
        }
    }

    private static long accessOpen(Task task, OpenFile file, int mode) {
        int host = file.hostDescriptor();
        if ((mode & Fcntl.W_OK) != 0 && file.modifiable() != 0) {
            return -Errno.EACCES;
        }
        if (host < 0) {
            return 0;
        }
        long name = Arguments.string(task.scratch(), "");
        return Linux.faccessat2(host, name, mode, Fcntl.AT_EACCESS | Fcntl.AT_EMPTY_PATH);
    }

    private static long readlink(Task task, int directory, long address, long target, int size) {
        if (size <= 0) {
            return -Errno.EINVAL;
        }
        String path = Arguments.pathOrEmpty(task, address);
        String text;
        if (path.isEmpty()) {
            if (directory == Fcntl.AT_FDCWD) {
                return -Errno.ENOENT;
            }
            OpenFile file = task.descriptors().get(directory);
            try {
                text = file.linkTarget();
            } finally {
                file.release();
            }
            if (text == null) {
                return -Errno.ENOENT;
            }
        } else {
            OpenFile base = Arguments.base(task, directory, path);
            try {
                text = task.fs().readLink(base, path);
            } finally {
                Arguments.release(base);
            }
        }
        int length = Math.min(size, text.length());
        byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        task.memory().write(target, bytes, 0, length);
        return length;
    }

    private static long statfs(Task task, SyscallArguments a) {
        String path = Arguments.path(task, a.get(0));
        OpenFile file = Arguments.locate(task, Fcntl.AT_FDCWD, path, 0);
        try {
            return statfs(task, file, a.get(1));
        } finally {
            file.release();
        }
    }

    private static long fstatfs(Task task, SyscallArguments a) {
        OpenFile file = task.descriptors().get(a.getInt(0));
        try {
            return statfs(task, file, a.get(1));
        } finally {
            file.release();
        }
    }

    private static long statfs(Task task, OpenFile file, long target) {
        int host = file.hostDescriptor();
        long scratch = task.scratch();
        if (host >= 0) {
            ErrnoException.check(Linux.fstatfs(host, scratch));
        } else {
            Memory.fill(scratch, STATFS_SIZE, (byte) 0);
            Memory.putLong(scratch, file.fileSystemType()); // f_type
            Memory.putLong(scratch + 8, Linux.PAGE_SIZE); // f_bsize
            Memory.putLong(scratch + 64, Limits.NAME_MAX); // f_namelen
            Memory.putLong(scratch + 72, Linux.PAGE_SIZE); // f_frsize
        }
        task.architecture().abi().writeFileSystemStatus(task.memory(), target, scratch);
        return 0;
    }
}
