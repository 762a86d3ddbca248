package org.nesteddune.syscalls.files;

import static org.nesteddune.host.SyscallNumbers.SYS_getxattr;
import static org.nesteddune.host.SyscallNumbers.SYS_listxattr;
import static org.nesteddune.host.SyscallNumbers.SYS_removexattr;
import static org.nesteddune.host.SyscallNumbers.SYS_setxattr;

import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Limits;
import org.nesteddune.linux.Xattr;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;
import org.nesteddune.syscall.SyscallHandler;

/** Extended attributes. */
final class AttributeCalls {

    private AttributeCalls() {}

    /** What is done with a file's attributes. */
    private interface Action {
        long apply(Task task, SyscallArguments a, OpenFile file);
    }

    static void addTo(Syscall.Table table) {
        String set = ", str name, inbuf:size value, size size, flags:setxattr flags";
        String get = ", str name, outbuf:size value, size size -> long";
        String list = ", outbuf:size list, size size -> long";
        table.full("setxattr", "path path" + set, byPath(AttributeCalls::set, 0))
                .full("lsetxattr", "path path" + set, byPath(AttributeCalls::set, Fcntl.AT_SYMLINK_NOFOLLOW))
                .full("fsetxattr", "fd fd" + set, byDescriptor(AttributeCalls::set))
                .full("getxattr", "path path" + get, byPath(AttributeCalls::get, 0))
                .full("lgetxattr", "path path" + get, byPath(AttributeCalls::get, Fcntl.AT_SYMLINK_NOFOLLOW))
                .full("fgetxattr", "fd fd" + get, byDescriptor(AttributeCalls::get))
                .full("listxattr", "path path" + list, byPath(AttributeCalls::list, 0))
                .full("llistxattr", "path path" + list, byPath(AttributeCalls::list, Fcntl.AT_SYMLINK_NOFOLLOW))
                .full("flistxattr", "fd fd" + list, byDescriptor(AttributeCalls::list))
                .full("removexattr", "path path, str name", byPath(AttributeCalls::remove, 0))
                .full("lremovexattr", "path path, str name", byPath(AttributeCalls::remove, Fcntl.AT_SYMLINK_NOFOLLOW))
                .full("fremovexattr", "fd fd, str name", byDescriptor(AttributeCalls::remove));
    }

    private static SyscallHandler byPath(Action action, int flags) {
        return (task, a) -> {
            OpenFile file = Arguments.locate(task, Fcntl.AT_FDCWD, Arguments.path(task, a.get(0)), flags);
            try {
                return action.apply(task, a, file);
            } finally {
                file.release();
            }
        };
    }

    private static SyscallHandler byDescriptor(Action action) {
        return (task, a) -> {
            OpenFile file = Arguments.file(task, a.getInt(0));
            try {
                return action.apply(task, a, file);
            } finally {
                file.release();
            }
        };
    }

    private static long path(Task task, int host) {
        return Arguments.descriptorPath(task.scratch(), host);
    }

    /** The attribute's name in host memory; ERANGE if it is empty or too long. */
    private static long name(Task task, long address) {
        String name = task.memory().readString(address, Limits.XATTR_NAME_MAX + 1);
        if (name == null || name.isEmpty()) {
            throw new ErrnoException(Errno.ERANGE);
        }
        return Arguments.string(task.scratch() + 64, name);
    }

    private static long set(Task task, SyscallArguments a, OpenFile file) {
        int flags = a.getInt(4);
        long size = a.get(3);
        if ((flags & ~(Xattr.XATTR_CREATE | Xattr.XATTR_REPLACE)) != 0) {
            return -Errno.EINVAL;
        }
        long name = name(task, a.get(1));
        if (Long.compareUnsigned(size, Limits.XATTR_SIZE_MAX) > 0) {
            return -Errno.E2BIG;
        }
        long value = size == 0 ? 0 : task.memory().host(a.get(2), size);
        int host = Arguments.modifiable(file);
        return Linux.call(SYS_setxattr, path(task, host), name, value, size, flags);
    }

    private static long get(Task task, SyscallArguments a, OpenFile file) {
        long name = name(task, a.get(1));
        long size = capped(a.get(3), Limits.XATTR_SIZE_MAX);
        long value = size == 0 ? 0 : task.memory().host(a.get(2), size);
        int host = file.hostDescriptor();
        return host < 0 ? -Errno.EOPNOTSUPP : Linux.call(SYS_getxattr, path(task, host), name, value, size);
    }

    private static long list(Task task, SyscallArguments a, OpenFile file) {
        long size = capped(a.get(2), Limits.XATTR_LIST_MAX);
        long list = size == 0 ? 0 : task.memory().host(a.get(1), size);
        int host = file.hostDescriptor();
        return host < 0 ? 0 : Linux.call(SYS_listxattr, path(task, host), list, size);
    }

    private static long remove(Task task, SyscallArguments a, OpenFile file) {
        long name = name(task, a.get(1));
        int host = Arguments.modifiable(file);
        return Linux.call(SYS_removexattr, path(task, host), name);
    }

    private static long capped(long size, int limit) {
        return Long.compareUnsigned(size, limit) > 0 ? limit : size;
    }
}
