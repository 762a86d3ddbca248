package org.nesteddune.syscalls.files;

import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Limits;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.ErrnoException;

/** How calls of this family take their arguments. Stateless. */
final class Arguments {

    /** Bytes in {@code struct iovec}. */
    static final int IOVEC = 16;

    private Arguments() {}

    /** Reads a path; EFAULT, ENAMETOOLONG, and ENOENT for an empty one. */
    static String path(Task task, long address) {
        String path = pathOrEmpty(task, address);
        if (path.isEmpty()) {
            throw new ErrnoException(Errno.ENOENT);
        }
        return path;
    }

    /** Reads a path that may be empty; EFAULT, ENAMETOOLONG. */
    static String pathOrEmpty(Task task, long address) {
        String path = task.memory().readString(address, Limits.PATH_MAX);
        if (path == null) {
            throw new ErrnoException(Errno.ENAMETOOLONG);
        }
        return path;
    }

    /** Reads the path of a call with AT_EMPTY_PATH, with which NULL is as good as "". */
    static String pathOrEmpty(Task task, long address, int flags) {
        boolean empty = (flags & Fcntl.AT_EMPTY_PATH) != 0;
        if (empty && address == 0) {
            return "";
        }
        return empty ? pathOrEmpty(task, address) : path(task, address);
    }

    /**
     * The directory that a path starts from, with a reference for the caller ({@link #release}); null for the working
     * directory. With an absolute path the descriptor does not count, as in Linux.
     */
    static OpenFile base(Task task, int descriptor, String path) {
        boolean absolute = !path.isEmpty() && path.charAt(0) == '/';
        return absolute || descriptor == Fcntl.AT_FDCWD ? null : task.descriptors().get(descriptor);
    }

    /** Gives a reference back that may be null. */
    static void release(OpenFile file) {
        if (file != null) {
            file.release();
        }
    }

    /**
     * What a path leads to, opened with O_PATH: a reference for the caller. An empty path means the descriptor itself.
     *
     * @param flags of AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH
     */
    static OpenFile locate(Task task, int descriptor, String path, int flags) {
        FsContext fs = task.fs();
        int follow = (flags & Fcntl.AT_SYMLINK_NOFOLLOW) != 0 ? OpenFlags.O_NOFOLLOW : 0;
        if (path.isEmpty()) {
            return descriptor == Fcntl.AT_FDCWD
                    ? fs.open(null, ".", OpenFlags.O_PATH, 0)
                    : task.descriptors().get(descriptor);
        }
        OpenFile base = base(task, descriptor, path);
        try {
            return fs.open(base, path, OpenFlags.O_PATH | follow, 0);
        } finally {
            release(base);
        }
    }

    /** The file behind a descriptor, with a reference for the caller; EBADF for one opened with O_PATH. */
    static OpenFile file(Task task, int descriptor) {
        OpenFile file = task.descriptors().get(descriptor);
        if ((file.accessFlags() & OpenFlags.O_PATH) != 0) {
            file.release();
            throw new ErrnoException(Errno.EBADF);
        }
        return file;
    }

    /** Puts a new file into the lowest free descriptor; the reference becomes the table's. */
    static long install(Task task, OpenFile file, boolean cloexec) {
        return task.descriptors().add(file, 0, task.process().limits().openFiles(), cloexec);
    }

    /**
     * Copies a guest's {@code struct iovec}s to the scratch area, checks them, and cuts them to MAX_RW_COUNT.
     *
     * @return the address; bases are guest addresses
     */
    static long vector(Task task, long address, long count) {
        if (count < 0 || count > Limits.UIO_MAXIOV) {
            throw new ErrnoException(Errno.EINVAL);
        }
        long vector = task.scratch();
        GuestMemory memory = task.memory();
        if (count > 0) {
            memory.readTo(address, vector, count * IOVEC);
        }
        long total = 0;
        for (int i = 0; i < count; i++) {
            long entry = vector + (long) i * IOVEC;
            long length = Memory.getLong(entry + 8);
            if (length < 0) {
                throw new ErrnoException(Errno.EINVAL);
            }
            if (length > Limits.MAX_RW_COUNT - total) {
                length = Limits.MAX_RW_COUNT - total;
                Memory.putLong(entry + 8, length);
            }
            if (length > 0 && !isGuest(task, Memory.getLong(entry))) {
                throw new GuestFault(Memory.getLong(entry));
            }
            total += length;
        }
        return vector;
    }

    private static boolean isGuest(Task task, long address) {
        return Long.compareUnsigned(address, task.memory().highest()) < 0;
    }

    /** Writes the path of a host descriptor's magic link, for host calls by path alone; gives its address. */
    static long descriptorPath(long target, int hostDescriptor) {
        return string(target, "/proc/self/fd/" + hostDescriptor);
    }

    /** Writes a C string to host memory; gives its address. */
    static long string(long target, String text) {
        for (int i = 0; i < text.length(); i++) {
            Memory.putByte(target + i, (byte) text.charAt(i));
        }
        Memory.putByte(target + text.length(), (byte) 0);
        return target;
    }

    /** The host descriptor behind a file whose attributes are to be changed; EPERM or EROFS if they cannot be. */
    static int modifiable(OpenFile file) {
        long error = file.modifiable();
        if (error != 0) {
            if (file instanceof HostFile host) {
                host.changeRefused();
            }
            throw new ErrnoException((int) -error);
        }
        return file.hostDescriptor();
    }
}
