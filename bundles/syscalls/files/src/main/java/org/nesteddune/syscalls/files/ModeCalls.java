package org.nesteddune.syscalls.files;

import static org.nesteddune.host.SyscallNumbers.SYS_fchmodat;
import static org.nesteddune.host.SyscallNumbers.SYS_fchownat;

import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.syscall.Syscall;

/** Permissions and ownership. */
final class ModeCalls {

    private ModeCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("chmod", "path filename, mode mode", (task, a) ->
                            chmod(task, Fcntl.AT_FDCWD, a.get(0), a.getInt(1), 0))
                .full("fchmod", "fd fd, mode mode", (task, a) -> {
                    OpenFile file = Arguments.file(task, a.getInt(0));
                    try {
                        return chmod(task, file, a.getInt(1));
                    } finally {
                        file.release();
                    }
                })
                .full("fchmodat", "dirfd dfd, path filename, mode mode", (task, a) ->
                        chmod(task, a.getInt(0), a.get(1), a.getInt(2), 0))
                .full("fchmodat2", "dirfd dfd, path filename, mode mode, flags:at flags", (task, a) ->
                        chmod(task, a.getInt(0), a.get(1), a.getInt(2), a.getInt(3)))
                .full("chown", "path filename, uid user, gid group", (task, a) ->
                        chown(task, Fcntl.AT_FDCWD, a.get(0), a.getInt(1), a.getInt(2), 0))
                .full("lchown", "path filename, uid user, gid group", (task, a) ->
                        chown(
                                task, Fcntl.AT_FDCWD, a.get(0), a.getInt(1), a.getInt(2), Fcntl.AT_SYMLINK_NOFOLLOW))
                .full("fchown", "fd fd, uid user, gid group", (task, a) -> {
                    OpenFile file = Arguments.file(task, a.getInt(0));
                    try {
                        return chown(task, file, a.getInt(1), a.getInt(2));
                    } finally {
                        file.release();
                    }
                })
                .full("fchownat", "dirfd dfd, path filename, uid user, gid group, flags:at flag", (task, a) ->
                        chown(task, a.getInt(0), a.get(1), a.getInt(2), a.getInt(3), a.getInt(4)));
    }

    private static long chmod(Task task, int directory, long address, int mode, int flags) {
        if ((flags & ~(Fcntl.AT_SYMLINK_NOFOLLOW | Fcntl.AT_EMPTY_PATH)) != 0) {
            return -Errno.EINVAL;
        }
        OpenFile file = Arguments.locate(task, directory, Arguments.pathOrEmpty(task, address, flags), flags);
        try {
            return chmod(task, file, mode);
        } finally {
            file.release();
        }
    }

    private static long chmod(Task task, OpenFile file, int mode) {
        int host = Arguments.modifiable(file);
        long path = Arguments.descriptorPath(task.scratch(), host);
        return Linux.call(SYS_fchmodat, Fcntl.AT_FDCWD, path, mode & 07777);
    }

    private static long chown(Task task, int directory, long address, int uid, int gid, int flags) {
        if ((flags & ~(Fcntl.AT_SYMLINK_NOFOLLOW | Fcntl.AT_EMPTY_PATH)) != 0) {
            return -Errno.EINVAL;
        }
        OpenFile file = Arguments.locate(task, directory, Arguments.pathOrEmpty(task, address, flags), flags);
        try {
            return chown(task, file, uid, gid);
        } finally {
            file.release();
        }
    }

    private static long chown(Task task, OpenFile file, int uid, int gid) {
        int host = Arguments.modifiable(file);
        long name = Arguments.string(task.scratch(), "");
        return Linux.call(SYS_fchownat, host, name, uid, gid, Fcntl.AT_EMPTY_PATH);
    }
}
