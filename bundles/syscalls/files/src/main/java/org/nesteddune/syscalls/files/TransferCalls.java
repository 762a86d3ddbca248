package org.nesteddune.syscalls.files;

import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Stat;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Reading, writing and seeking. */
final class TransferCalls {

    /** Bits of preadv2 and pwritev2 that Linux knows ({@code RWF_SUPPORTED} of {@code linux/fs.h}). */
    static final int RWF_SUPPORTED = 0xff;

    private TransferCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("read", "fd fd, outbuf:count buf, size count -> long", TransferCalls::read)
                .full("write", "fd fd, inbuf:count buf, size count -> long", TransferCalls::write)
                .full("pread64", "fd fd, outbuf:count buf, size count, off pos -> long", TransferCalls::pread)
                .full("pwrite64", "fd fd, inbuf:count buf, size count, off pos -> long", TransferCalls::pwrite)
                .full("readv", "fd fd, in:iovec[vlen] vec, ulong vlen -> long", (task, a) ->
                    vector(task, a, -1, 0, false))
                .full("writev", "fd fd, in:iovec[vlen] vec, ulong vlen -> long", (task, a) ->
                    vector(task, a, -1, 0, true))
                .full("preadv", "fd fd, in:iovec[vlen] vec, ulong vlen, off pos -> long", (task, a) ->
                    positioned(task, a, 0, false))
                .full("pwritev", "fd fd, in:iovec[vlen] vec, ulong vlen, off pos -> long", (task, a) ->
                    positioned(task, a, 0, true))
                .full(
                        "preadv2",
                        "fd fd, in:iovec[vlen] vec, ulong vlen, off pos, ulong pos_h, flags:rwf flags -> long",
                        (task, a) -> positionedWithFlags(task, a, false))
                .full(
                        "pwritev2",
                        "fd fd, in:iovec[vlen] vec, ulong vlen, off pos, ulong pos_h, flags:rwf flags -> long",
                        (task, a) -> positionedWithFlags(task, a, true))
                .full("lseek", "fd fd, off offset, enum:seek whence -> off", TransferCalls::lseek);
    }

    private static long read(Task task, SyscallArguments a) {
        OpenFile file = Arguments.file(task, a.getInt(0));
        try {
            return file.read(task, a.get(1), a.get(2));
        } finally {
            file.release();
        }
    }

    private static long write(Task task, SyscallArguments a) {
        OpenFile file = Arguments.file(task, a.getInt(0));
        try {
            return file.write(task, a.get(1), a.get(2));
        } finally {
            file.release();
        }
    }

    private static long pread(Task task, SyscallArguments a) {
        if (a.get(3) < 0) {
            return -Errno.EINVAL;
        }
        OpenFile file = Arguments.file(task, a.getInt(0));
        try {
            return isStream(file) ? -Errno.ESPIPE : file.readAt(task, a.get(1), a.get(2), a.get(3));
        } finally {
            file.release();
        }
    }

    private static long pwrite(Task task, SyscallArguments a) {
        if (a.get(3) < 0) {
            return -Errno.EINVAL;
        }
        OpenFile file = Arguments.file(task, a.getInt(0));
        try {
            return isStream(file) ? -Errno.ESPIPE : file.writeAt(task, a.get(1), a.get(2), a.get(3));
        } finally {
            file.release();
        }
    }

    private static long positioned(Task task, SyscallArguments a, int flags, boolean write) {
        return a.get(3) < 0 ? -Errno.EINVAL : vector(task, a, a.get(3), flags, write);
    }

    private static long positionedWithFlags(Task task, SyscallArguments a, boolean write) {
        if (a.get(3) == -1) {
            return vector(task, a, -1, a.getInt(5), write);
        }
        return positioned(task, a, a.getInt(5), write);
    }

    private static long vector(Task task, SyscallArguments a, long offset, int flags, boolean write) {
        OpenFile file = Arguments.file(task, a.getInt(0));
        try {
            if (offset >= 0 && isStream(file)) {
                return -Errno.ESPIPE;
            }
            int access = file.accessFlags();
            if (write ? !OpenFlags.isWritable(access) : !OpenFlags.isReadable(access)) {
                return -Errno.EBADF;
            }
            long vector = Arguments.vector(task, a.get(1), a.get(2));
            if ((flags & ~RWF_SUPPORTED) != 0) {
                return -Errno.EOPNOTSUPP;
            }
            int count = a.getInt(2);
            return write
                    ? file.writeVector(task, vector, count, offset, flags)
                    : file.readVector(task, vector, count, offset, flags);
        } finally {
            file.release();
        }
    }

    /** Whether there are no positions in the file; that counts before the question whether it may be read. */
    static boolean isStream(OpenFile file) {
        return file instanceof HostFile host && (host.type() == Stat.S_IFIFO || host.type() == Stat.S_IFSOCK);
    }

    private static long lseek(Task task, SyscallArguments a) {
        OpenFile file = Arguments.file(task, a.getInt(0));
        try {
            return file.seek(a.get(1), a.getInt(2));
        } finally {
            file.release();
        }
    }
}
