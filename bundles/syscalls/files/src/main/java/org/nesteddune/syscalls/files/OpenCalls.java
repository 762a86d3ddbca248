package org.nesteddune.syscalls.files;

import static org.nesteddune.host.SyscallNumbers.SYS_pipe2;

import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Opening files and making those without a name. */
final class OpenCalls {

    /** {@code VALID_OPEN_FLAGS} of {@code linux/fcntl.h} but for O_ASYNC; {@code open} ignores all others. */
    private static final int VALID = OpenFlags.O_ACCMODE | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOCTTY
            | OpenFlags.O_TRUNC | OpenFlags.O_APPEND | OpenFlags.O_NONBLOCK | OpenFlags.O_SYNC | OpenFlags.O_DIRECT
            | OpenFlags.O_LARGEFILE | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW | OpenFlags.O_NOATIME
            | OpenFlags.O_CLOEXEC | OpenFlags.O_PATH | OpenFlags.O_TMPFILE;

    /** What stays of the flags with O_PATH ({@code O_PATH_FLAGS} of {@code fs/open.c}). */
    private static final int PATH_FLAGS =
            OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW | OpenFlags.O_PATH | OpenFlags.O_CLOEXEC;

    /** The bit that only O_TMPFILE has. */
    private static final int TMPFILE = OpenFlags.O_TMPFILE & ~OpenFlags.O_DIRECTORY;

    /** {@code VALID_RESOLVE_FLAGS} of {@code linux/fcntl.h}. */
    private static final long RESOLVE = 0x3f;

    /** Bytes in the first and the present version of {@code struct open_how}, and the most that is taken (a page). */
    private static final int HOW_SIZE = 24;
    private static final int HOW_LIMIT = 4096;

    /** Longest name of a memory file: NAME_MAX less {@code "memfd:"} ({@code mm/memfd.c}). */
    private static final int MEMFD_NAME = 249;

    private OpenCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("open", "path filename, flags:open flags, mode mode -> fd", (task, a) ->
                            open(task, Fcntl.AT_FDCWD, a.get(0), a.getInt(1), a.getInt(2)))
                .full("openat", "dirfd dfd, path filename, flags:open flags, mode mode -> fd", (task, a) ->
                        open(task, a.getInt(0), a.get(1), a.getInt(2), a.getInt(3)))
                .full("openat2", "dirfd dfd, path filename, in:open_how how, size usize -> fd", OpenCalls::openat2)
                .full("creat", "path pathname, mode mode -> fd", (task, a) -> {
                    int flags = OpenFlags.O_CREAT | OpenFlags.O_WRONLY | OpenFlags.O_TRUNC;
                    return openGeneric(task, Fcntl.AT_FDCWD, a.get(0), flags, a.getInt(1));
                })
                .full("pipe", "out:fd[2] fildes", (task, a) -> pipe(task, a.get(0), 0))
                .full("pipe2", "out:fd[2] fildes, flags:pipe flags", (task, a) ->
                        pipe(task, a.get(0), task.architecture().abi().openFlagsFromGuest(a.getInt(1))))
                .full("memfd_create", "str uname, flags:memfd flags -> fd", OpenCalls::memfdCreate);
    }

    private static long open(Task task, int directory, long address, int guestFlags, int mode) {
        return openGeneric(task, directory, address, task.architecture().abi().openFlagsFromGuest(guestFlags), mode);
    }

    /** {@code openat}: flags that nobody knows are ignored ({@code build_open_how} of {@code fs/open.c}). */
    private static long openGeneric(Task task, int directory, long address, int asked, int mode) {
        int flags = asked & VALID;
        if ((flags & OpenFlags.O_PATH) != 0) {
            flags &= PATH_FLAGS;
        } else {
            flags |= OpenFlags.O_LARGEFILE;
        }
        return openFile(task, directory, address, flags, mode, 0);
    }

    private static long openat2(Task task, SyscallArguments a) {
        long size = a.get(3);
        if (Long.compareUnsigned(size, HOW_SIZE) < 0) {
            return -Errno.EINVAL;
        }
        if (Long.compareUnsigned(size, HOW_LIMIT) > 0) {
            return -Errno.E2BIG;
        }
        GuestMemory memory = task.memory();
        for (long i = HOW_SIZE; i < size; i++) {
            if (memory.readByte(a.get(2) + i) != 0) {
                return -Errno.E2BIG;
            }
        }
        long wide = memory.readLong(a.get(2));
        long mode = memory.readLong(a.get(2) + 8);
        long resolve = memory.readLong(a.get(2) + 16);
        int flags = task.architecture().abi().openFlagsFromGuest((int) wide);
        long confined = Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_IN_ROOT;
        boolean creates = (flags & (OpenFlags.O_CREAT | TMPFILE)) != 0;
        if (wide >>> 32 != 0
                || (flags & ~(VALID | OpenFlags.O_ASYNC)) != 0
                || (resolve & ~RESOLVE) != 0
                || (resolve & confined) == confined
                || creates && (mode & ~07777L) != 0
                || !creates && mode != 0
                || (flags & OpenFlags.O_PATH) != 0 && (flags & ~PATH_FLAGS) != 0) {
            return -Errno.EINVAL;
        }
        return openFile(task, a.getInt(0), a.get(1), flags & ~OpenFlags.O_ASYNC, (int) mode, resolve);
    }

    private static long openFile(Task task, int directory, long address, int flags, int mode, long resolve) {
        String path = Arguments.path(task, address);
        long limit = task.process().limits().openFiles();
        if (task.descriptors().isFull(limit)) {
            return -Errno.EMFILE;
        }
        OpenFile base = Arguments.base(task, directory, path);
        if (base == null && directory != Fcntl.AT_FDCWD && (resolve & Fcntl.RESOLVE_IN_ROOT) != 0) {
            base = task.descriptors().get(directory);
        }
        try {
            OpenFile file = task.fs().open(task, base, path, flags, mode, resolve);
            return task.descriptors().add(file, 0, limit, (flags & OpenFlags.O_CLOEXEC) != 0);
        } finally {
            Arguments.release(base);
        }
    }

    private static long pipe(Task task, long address, int flags) {
        if ((flags & ~(OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK | OpenFlags.O_DIRECT)) != 0) {
            return -Errno.EINVAL;
        }
        long scratch = task.scratch();
        ErrnoException.check(Linux.call(SYS_pipe2, scratch, flags | OpenFlags.O_CLOEXEC));
        int readEnd = Memory.getInt(scratch);
        int writeEnd = Memory.getInt(scratch + 4);
        OpenFile reader;
        try {
            reader = HostFile.adopt(readEnd, null);
        } catch (ErrnoException failed) {
            Linux.close(writeEnd);
            throw failed;
        }
        OpenFile writer;
        try {
            writer = HostFile.adopt(writeEnd, null);
        } catch (ErrnoException failed) {
            reader.release();
            throw failed;
        }
        boolean cloexec = (flags & OpenFlags.O_CLOEXEC) != 0;
        long first = Arguments.install(task, reader, cloexec);
        if (first < 0) {
            writer.release();
            return first;
        }
        long second = Arguments.install(task, writer, cloexec);
        if (second < 0) {
            task.descriptors().close((int) first);
            return second;
        }
        boolean done = false;
        try {
            task.memory().writeInt(address, (int) first);
            task.memory().writeInt(address + 4, (int) second);
            done = true;
            return 0;
        } finally {
            if (!done) {
                task.descriptors().close((int) first);
                task.descriptors().close((int) second);
            }
        }
    }

    private static long memfdCreate(Task task, SyscallArguments a) {
        String name = task.memory().readString(a.get(0), MEMFD_NAME + 1);
        if (name == null) {
            return -Errno.EINVAL;
        }
        int flags = a.getInt(1);
        long scratch = task.scratch();
        int host = (int) ErrnoException.check(
                Linux.memfd_create(Arguments.string(scratch, name), flags | Mman.MFD_CLOEXEC));
        return Arguments.install(task, HostFile.adopt(host, null), (flags & Mman.MFD_CLOEXEC) != 0);
    }
}
