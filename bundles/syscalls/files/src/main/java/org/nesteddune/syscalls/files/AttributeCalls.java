package org.nesteddune.syscalls.files;

import static org.nesteddune.host.SyscallNumbers.SYS_getxattr;
import static org.nesteddune.host.SyscallNumbers.SYS_listxattr;
import static org.nesteddune.host.SyscallNumbers.SYS_removexattr;
import static org.nesteddune.host.SyscallNumbers.SYS_setxattr;

import java.util.function.ToLongFunction;
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

    /** Bytes in the first {@code struct xattr_args} ({@code linux/xattr.h}), and the most that is taken (a page). */
    private static final int ARGS = 16;

    private static final int ARGS_LIMIT = 4096;

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

    /** The calls of Linux 6.13. */
    static void addNewTo(Syscall.Table table) {
        String at = "dirfd dfd, path pathname, hex at_flags, ";
        table.full("setxattrat", at + "str name, in:xattr_args uargs, size usize", (task, a) -> {
                    long value = arguments(task, a);
                    int size = task.memory().readInt(a.get(4) + 8);
                    int flags = task.memory().readInt(a.get(4) + 12);
                    return at(task, a, file -> set(task, file, a.get(3), value, Integer.toUnsignedLong(size), flags));
                })
                .full("getxattrat", at + "str name, in:xattr_args uargs, size usize -> long", (task, a) -> {
                    long value = arguments(task, a);
                    int size = task.memory().readInt(a.get(4) + 8);
                    if (task.memory().readInt(a.get(4) + 12) != 0) {
                        return -Errno.EINVAL;
                    }
                    return at(task, a, file -> get(task, file, a.get(3), value, Integer.toUnsignedLong(size)));
                })
                .full("listxattrat", at + "outbuf:size list, size size -> long", (task, a) ->
                        at(task, a, file -> list(task, file, a.get(3), a.get(4))))
                .full("removexattrat", at + "str name", (task, a) -> at(task, a, file -> remove(task, file, a.get(3))));
    }

    /** Checks a {@code struct xattr_args} and gives its first field, the value's address ({@code copy_struct_from_user}). */
    private static long arguments(Task task, SyscallArguments a) {
        long size = a.get(5);
        if (Long.compareUnsigned(size, ARGS) < 0) {
            throw new ErrnoException(Errno.EINVAL);
        }
        if (Long.compareUnsigned(size, ARGS_LIMIT) > 0) {
            throw new ErrnoException(Errno.E2BIG);
        }
        for (long i = ARGS; i < size; i++) {
            if (task.memory().readByte(a.get(4) + i) != 0) {
                throw new ErrnoException(Errno.E2BIG);
            }
        }
        return task.memory().readLong(a.get(4));
    }

    private static long at(Task task, SyscallArguments a, ToLongFunction<OpenFile> action) {
        int flags = a.getInt(2);
        if ((flags & ~(Fcntl.AT_SYMLINK_NOFOLLOW | Fcntl.AT_EMPTY_PATH)) != 0) {
            return -Errno.EINVAL;
        }
        String path = Arguments.pathOrEmpty(task, a.get(1), flags);
        OpenFile file = path.isEmpty() && a.getInt(0) != Fcntl.AT_FDCWD
                ? Arguments.file(task, a.getInt(0))
                : Arguments.locate(task, a.getInt(0), path, flags);
        try {
            return action.applyAsLong(file);
        } finally {
            file.release();
        }
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
        return set(task, file, a.get(1), a.get(2), a.get(3), a.getInt(4));
    }

    private static long set(Task task, OpenFile file, long nameAddress, long address, long size, int flags) {
        if ((flags & ~(Xattr.XATTR_CREATE | Xattr.XATTR_REPLACE)) != 0) {
            return -Errno.EINVAL;
        }
        long name = name(task, nameAddress);
        if (Long.compareUnsigned(size, Limits.XATTR_SIZE_MAX) > 0) {
            return -Errno.E2BIG;
        }
        long value = size == 0 ? 0 : task.memory().host(address, size);
        int host = Arguments.modifiable(file);
        return Linux.call(SYS_setxattr, path(task, host), name, value, size, flags);
    }

    private static long get(Task task, SyscallArguments a, OpenFile file) {
        return get(task, file, a.get(1), a.get(2), a.get(3));
    }

    private static long get(Task task, OpenFile file, long nameAddress, long address, long asked) {
        long name = name(task, nameAddress);
        long size = capped(asked, Limits.XATTR_SIZE_MAX);
        long value = size == 0 ? 0 : task.memory().host(address, size);
        int host = file.hostDescriptor();
        return host < 0 ? -Errno.EOPNOTSUPP : Linux.call(SYS_getxattr, path(task, host), name, value, size);
    }

    private static long list(Task task, SyscallArguments a, OpenFile file) {
        return list(task, file, a.get(1), a.get(2));
    }

    private static long list(Task task, OpenFile file, long address, long asked) {
        long size = capped(asked, Limits.XATTR_LIST_MAX);
        long list = size == 0 ? 0 : task.memory().host(address, size);
        int host = file.hostDescriptor();
        return host < 0 ? 0 : Linux.call(SYS_listxattr, path(task, host), list, size);
    }

    private static long remove(Task task, SyscallArguments a, OpenFile file) {
        return remove(task, file, a.get(1));
    }

    private static long remove(Task task, OpenFile file, long nameAddress) {
        long name = name(task, nameAddress);
        int host = Arguments.modifiable(file);
        return Linux.call(SYS_removexattr, path(task, host), name);
    }

    private static long capped(long size, int limit) {
        return Long.compareUnsigned(size, limit) > 0 ? limit : size;
    }
}
