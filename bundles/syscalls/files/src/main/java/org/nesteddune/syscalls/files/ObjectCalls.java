package org.nesteddune.syscalls.files;

import static org.nesteddune.host.SyscallNumbers.SYS_cachestat;
import static org.nesteddune.host.SyscallNumbers.SYS_file_getattr;
import static org.nesteddune.host.SyscallNumbers.SYS_file_setattr;
import static org.nesteddune.host.SyscallNumbers.SYS_name_to_handle_at;

import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** What else the host's kernel knows about a file: its handle, its pages in memory, its flags on the disk. */
final class ObjectCalls {

    /** Bytes in the head of {@code struct file_handle}, and the most that may follow (MAX_HANDLE_SZ, linux/exportfs.h). */
    private static final int HANDLE = 8;

    private static final int LONGEST_HANDLE = 128;

    // Flags of name_to_handle_at beside AT_EMPTY_PATH and AT_SYMLINK_FOLLOW (linux/fcntl.h).
    private static final int AT_HANDLE_MNT_ID_UNIQUE = 1;
    private static final int AT_HANDLE_CONNECTABLE = 2;
    private static final int AT_HANDLE_FID = 0x200;

    /** Bytes in {@code struct cachestat_range} and {@code struct cachestat} ({@code linux/mman.h}). */
    private static final int RANGE = 16;

    private static final int CACHESTAT = 40;

    /** Bytes in the first {@code struct file_attr} ({@code linux/fs.h}), and the most that is taken (a page). */
    private static final int FILE_ATTR = 24;

    private static final int FILE_ATTR_LIMIT = 4096;

    private ObjectCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("name_to_handle_at", "dirfd dfd, path name, addr handle, addr mnt_id, hex flag",
                        ObjectCalls::nameToHandle)
                .full("cachestat", "fd fd, addr cstat_range, addr cstat, hex flags", ObjectCalls::cacheStatus)
                .full("file_getattr", "dirfd dfd, path filename, addr ufattr, size usize, hex at_flags", (task, a) ->
                        attributes(task, a, SYS_file_getattr))
                .full("file_setattr", "dirfd dfd, path filename, addr ufattr, size usize, hex at_flags", (task, a) ->
                        attributes(task, a, SYS_file_setattr));
    }

    private static long nameToHandle(Task task, SyscallArguments a) {
        int flags = a.getInt(4);
        int kinds = AT_HANDLE_MNT_ID_UNIQUE | AT_HANDLE_CONNECTABLE | AT_HANDLE_FID;
        if ((flags & ~(kinds | Fcntl.AT_SYMLINK_FOLLOW | Fcntl.AT_EMPTY_PATH)) != 0) {
            return -Errno.EINVAL;
        }
        String path = Arguments.pathOrEmpty(task, a.get(1), flags);
        int follow = (flags & Fcntl.AT_SYMLINK_FOLLOW) != 0 ? 0 : Fcntl.AT_SYMLINK_NOFOLLOW;
        OpenFile file = Arguments.locate(task, a.getInt(0), path, follow);
        try {
            GuestMemory memory = task.memory();
            int length = memory.readInt(a.get(2));
            if (Integer.compareUnsigned(length, LONGEST_HANDLE) > 0) {
                return -Errno.EINVAL;
            }
            int host = file.hostDescriptor();
            if (host < 0 || file.modifiable() != 0) {
                return -Errno.EOPNOTSUPP; // on none of the guest's mounts, as far as it sees them
            }
            int number = (flags & AT_HANDLE_MNT_ID_UNIQUE) != 0 ? Long.BYTES : Integer.BYTES;
            return Linux.call(SYS_name_to_handle_at, host, Arguments.string(task.scratch(), ""),
                    memory.host(a.get(2), HANDLE + length), memory.host(a.get(3), number),
                    flags & kinds | Fcntl.AT_EMPTY_PATH);
        } finally {
            file.release();
        }
    }

    private static long cacheStatus(Task task, SyscallArguments a) {
        OpenFile file = Arguments.file(task, a.getInt(0));
        try {
            GuestMemory memory = task.memory();
            int host = file.hostDescriptor();
            if (host < 0) {
                memory.clear(a.get(2), CACHESTAT); // nothing of it is in the page cache
                return a.getInt(3) == 0 ? 0 : -Errno.EINVAL;
            }
            return Linux.call(SYS_cachestat, host, memory.host(a.get(1), RANGE), memory.host(a.get(2), CACHESTAT),
                    a.getInt(3));
        } finally {
            file.release();
        }
    }

    private static long attributes(Task task, SyscallArguments a, int number) {
        int flags = a.getInt(4);
        long size = a.get(3);
        if ((flags & ~(Fcntl.AT_SYMLINK_NOFOLLOW | Fcntl.AT_EMPTY_PATH)) != 0
                || Long.compareUnsigned(size, FILE_ATTR) < 0) {
            return -Errno.EINVAL;
        }
        if (Long.compareUnsigned(size, FILE_ATTR_LIMIT) > 0) {
            return -Errno.E2BIG;
        }
        OpenFile file = Arguments.locate(task, a.getInt(0), Arguments.pathOrEmpty(task, a.get(1), flags), flags);
        try {
            int host = number == SYS_file_setattr ? Arguments.modifiable(file) : file.hostDescriptor();
            if (host < 0) {
                return -Errno.EOPNOTSUPP;
            }
            return Linux.call(number, Fcntl.AT_FDCWD, Arguments.descriptorPath(task.scratch(), host),
                    task.memory().host(a.get(2), size), size, 0);
        } finally {
            file.release();
        }
    }
}
