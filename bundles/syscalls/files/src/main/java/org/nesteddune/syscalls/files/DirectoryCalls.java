package org.nesteddune.syscalls.files;

import org.nesteddune.fs.DirectoryRecords;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Directories: listing, walking, and the names in them. */
final class DirectoryCalls {

    private static final int RENAME_FLAGS = Fcntl.RENAME_NOREPLACE | Fcntl.RENAME_EXCHANGE | Fcntl.RENAME_WHITEOUT;

    private static final int LINK_FLAGS = Fcntl.AT_SYMLINK_FOLLOW | Fcntl.AT_EMPTY_PATH;

    private static final String DEVICES = "device files are EPERM, as in a container";

    private DirectoryCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("getdents", "fd fd, outbuf:count dirent, uint count", DirectoryCalls::getdents)
                .full("getdents64", "fd fd, outbuf:count dirent, uint count", DirectoryCalls::getdents64)
                .full("getcwd", "outbuf:size buf, ulong size", DirectoryCalls::getcwd)
                .full("chdir", "path filename", DirectoryCalls::chdir)
                .full("fchdir", "fd fd", DirectoryCalls::fchdir)
                .full("mkdir", "path pathname, mode mode", (task, a) ->
                        mkdir(task, Fcntl.AT_FDCWD, a.get(0), a.getInt(1)))
                .full("mkdirat", "dirfd dfd, path pathname, mode mode", (task, a) ->
                        mkdir(task, a.getInt(0), a.get(1), a.getInt(2)))
                .full("rmdir", "path pathname", (task, a) -> unlink(task, Fcntl.AT_FDCWD, a.get(0), true))
                .full("unlink", "path pathname", (task, a) -> unlink(task, Fcntl.AT_FDCWD, a.get(0), false))
                .full("unlinkat", "dirfd dfd, path pathname, flags:unlinkat flag", DirectoryCalls::unlinkat)
                .full("rename", "path oldname, path newname", (task, a) ->
                        rename(task, Fcntl.AT_FDCWD, a.get(0), Fcntl.AT_FDCWD, a.get(1), 0))
                .full("renameat", "dirfd olddfd, path oldname, dirfd newdfd, path newname", (task, a) ->
                        rename(task, a.getInt(0), a.get(1), a.getInt(2), a.get(3), 0))
                .partial(
                        "renameat2",
                        "dirfd olddfd, path oldname, dirfd newdfd, path newname, flags:renameat2 flags",
                        "RENAME_WHITEOUT is EPERM, as without CAP_MKNOD",
                        (task, a) -> rename(task, a.getInt(0), a.get(1), a.getInt(2), a.get(3), a.getInt(4)))
                .full("link", "path oldname, path newname", (task, a) ->
                        link(task, Fcntl.AT_FDCWD, a.get(0), Fcntl.AT_FDCWD, a.get(1), 0))
                .full("linkat", "dirfd olddfd, path oldname, dirfd newdfd, path newname, flags:linkat flags",
                        (task, a) -> link(task, a.getInt(0), a.get(1), a.getInt(2), a.get(3), a.getInt(4)))
                .full("symlink", "path old, path new", (task, a) ->
                        symlink(task, a.get(0), Fcntl.AT_FDCWD, a.get(1)))
                .full("symlinkat", "path oldname, dirfd newdfd, path newname", (task, a) ->
                        symlink(task, a.get(0), a.getInt(1), a.get(2)))
                .partial("mknod", "path filename, mode mode, hex dev", DEVICES, (task, a) ->
                        mknod(task, Fcntl.AT_FDCWD, a.get(0), a.getInt(1), a.get(2)))
                .partial("mknodat", "dirfd dfd, path filename, mode mode, hex dev", DEVICES, (task, a) ->
                        mknod(task, a.getInt(0), a.get(1), a.getInt(2), a.get(3)))
                .full("umask", "mode mask -> mode", (task, a) -> task.fs().umask(a.getInt(0)));
    }

    private static long getdents64(Task task, SyscallArguments a) {
        OpenFile file = Arguments.file(task, a.getInt(0));
        try {
            return file.readDirectory(task, a.get(1), a.get(2) & 0xffffffffL);
        } finally {
            file.release();
        }
    }

    /**
     * The old call has records of the same size: the name one byte earlier, the type in the last byte ({@code struct
     * linux_dirent} of {@code fs/readdir.c}).
     */
    private static long getdents(Task task, SyscallArguments a) {
        long buffer = a.get(1);
        long result = getdents64(task, a);
        if (result <= 0) {
            return result;
        }
        byte[] records = new byte[(int) result];
        task.memory().read(buffer, records, 0, records.length);
        for (int at = 0; at + DirectoryRecords.NAME < records.length; ) {
            int size = records[at + 16] & 0xff | (records[at + 17] & 0xff) << 8;
            if (size <= DirectoryRecords.NAME || at + size > records.length) {
                break; // another thread of the guest writes to the buffer
            }
            byte type = records[at + 18];
            System.arraycopy(records, at + 19, records, at + 18, size - 19);
            records[at + size - 1] = type;
            at += size;
        }
        task.memory().write(buffer, records, 0, records.length);
        return result;
    }

    private static long getcwd(Task task, SyscallArguments a) {
        String path = task.fs().workingDirectory();
        if (path == null) {
            return -Errno.ENOENT;
        }
        int length = path.length() + 1;
        if (Long.compareUnsigned(length, a.get(1)) > 0) {
            return -Errno.ERANGE;
        }
        byte[] bytes = new byte[length];
        for (int i = 0; i < length - 1; i++) {
            bytes[i] = (byte) path.charAt(i);
        }
        task.memory().write(a.get(0), bytes, 0, length);
        return length;
    }

    private static long chdir(Task task, SyscallArguments a) {
        task.fs().changeDirectory(null, Arguments.path(task, a.get(0)));
        return 0;
    }

    private static long fchdir(Task task, SyscallArguments a) {
        OpenFile file = task.descriptors().get(a.getInt(0));
        try {
            task.fs().changeDirectory(file);
            return 0;
        } finally {
            file.release();
        }
    }

    private static long mkdir(Task task, int directory, long address, int mode) {
        String path = Arguments.path(task, address);
        OpenFile base = Arguments.base(task, directory, path);
        try {
            task.fs().makeDirectory(base, path, mode & 01777);
            return 0;
        } finally {
            Arguments.release(base);
        }
    }

    private static long unlinkat(Task task, SyscallArguments a) {
        int flags = a.getInt(2);
        if ((flags & ~Fcntl.AT_REMOVEDIR) != 0) {
            return -Errno.EINVAL;
        }
        return unlink(task, a.getInt(0), a.get(1), flags != 0);
    }

    private static long unlink(Task task, int directory, long address, boolean removesDirectory) {
        String path = Arguments.path(task, address);
        OpenFile base = Arguments.base(task, directory, path);
        try {
            task.fs().remove(base, path, removesDirectory);
            return 0;
        } finally {
            Arguments.release(base);
        }
    }

    private static long rename(
            Task task, int oldDirectory, long oldAddress, int newDirectory, long newAddress, int flags) {
        boolean excluding = (flags & Fcntl.RENAME_EXCHANGE) != 0
                && (flags & (Fcntl.RENAME_NOREPLACE | Fcntl.RENAME_WHITEOUT)) != 0;
        if ((flags & ~RENAME_FLAGS) != 0 || excluding) {
            return -Errno.EINVAL;
        }
        String oldPath = Arguments.path(task, oldAddress);
        String newPath = Arguments.path(task, newAddress);
        OpenFile oldBase = Arguments.base(task, oldDirectory, oldPath);
        try {
            OpenFile newBase = Arguments.base(task, newDirectory, newPath);
            try {
                task.fs().rename(oldBase, oldPath, newBase, newPath, flags);
                return 0;
            } finally {
                Arguments.release(newBase);
            }
        } finally {
            Arguments.release(oldBase);
        }
    }

    private static long link(
            Task task, int oldDirectory, long oldAddress, int newDirectory, long newAddress, int flags) {
        if ((flags & ~LINK_FLAGS) != 0) {
            return -Errno.EINVAL;
        }
        String oldPath = Arguments.pathOrEmpty(task, oldAddress, flags);
        String newPath = Arguments.path(task, newAddress);
        FsContext fs = task.fs();
        OpenFile newBase = Arguments.base(task, newDirectory, newPath);
        try {
            if (oldPath.isEmpty()) {
                OpenFile file = Arguments.locate(task, oldDirectory, oldPath, 0);
                try {
                    fs.makeLink(file, newBase, newPath);
                } finally {
                    file.release();
                }
                return 0;
            }
            OpenFile oldBase = Arguments.base(task, oldDirectory, oldPath);
            try {
                fs.makeLink(oldBase, oldPath, newBase, newPath, (flags & Fcntl.AT_SYMLINK_FOLLOW) != 0);
            } finally {
                Arguments.release(oldBase);
            }
            return 0;
        } finally {
            Arguments.release(newBase);
        }
    }

    private static long symlink(Task task, long targetAddress, int directory, long address) {
        String target = Arguments.path(task, targetAddress);
        String path = Arguments.path(task, address);
        OpenFile base = Arguments.base(task, directory, path);
        try {
            task.fs().makeSymbolicLink(target, base, path);
            return 0;
        } finally {
            Arguments.release(base);
        }
    }

    private static long mknod(Task task, int directory, long address, int mode, long device) {
        String path = Arguments.path(task, address);
        OpenFile base = Arguments.base(task, directory, path);
        try {
            task.fs().makeNode(base, path, mode, device & 0xffffffffL);
            return 0;
        } finally {
            Arguments.release(base);
        }
    }
}
