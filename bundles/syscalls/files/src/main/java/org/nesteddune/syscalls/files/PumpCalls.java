package org.nesteddune.syscalls.files;

import static org.nesteddune.host.SyscallNumbers.SYS_copy_file_range;
import static org.nesteddune.host.SyscallNumbers.SYS_sendfile;
import static org.nesteddune.host.SyscallNumbers.SYS_splice;
import static org.nesteddune.host.SyscallNumbers.SYS_tee;
import static org.nesteddune.host.SyscallNumbers.SYS_vmsplice;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.fs.GuestRange;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Stat;
import org.nesteddune.socket.SocketFile;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Moving data between files inside the host's kernel. */
final class PumpCalls {

    /** {@code SPLICE_F_ALL} of {@code linux/splice.h}. */
    private static final int SPLICE_FLAGS = 0xf;

    private static final String VIRTUAL =
            "EINVAL or EXDEV for generated files, as for most of a real /proc, and for terminals";

    private PumpCalls() {}

    static void addTo(Syscall.Table table) {
        table.partial("sendfile", "fd out_fd, fd in_fd, inout:long? offset, size count -> long", VIRTUAL,
                        PumpCalls::sendfile)
                .partial(
                        "copy_file_range",
                        "fd fd_in, inout:long? off_in, fd fd_out, inout:long? off_out, size len, hex flags -> long",
                        VIRTUAL,
                        (task, a) -> twoOffsets(task, a, SYS_copy_file_range, 0))
                .partial(
                        "splice",
                        "fd fd_in, inout:long? off_in, fd fd_out, inout:long? off_out, size len, flags:splice flags"
                                + " -> long",
                        VIRTUAL,
                        (task, a) -> twoOffsets(task, a, SYS_splice, SPLICE_FLAGS))
                .full("tee", "fd fdin, fd fdout, size len, flags:splice flags -> long", PumpCalls::tee)
                .full("vmsplice", "fd fd, in:iovec[nr_segs] iov, ulong nr_segs, flags:splice flags -> long",
                        PumpCalls::vmsplice);
    }

    private static long sendfile(Task task, SyscallArguments a) {
        long offsetAddress = a.get(2);
        long offset = offsetAddress == 0 ? 0 : task.memory().readLong(offsetAddress);
        OpenFile in = Arguments.file(task, a.getInt(1));
        try {
            OpenFile out = Arguments.file(task, a.getInt(0));
            try {
                int from = in.pumpDescriptor();
                int to = out.pumpDescriptor();
                if (from < 0 || to < 0) {
                    return refusal(in, out, offsetAddress != 0 && isStream(in));
                }
                long place = offsetAddress == 0 ? 0 : task.scratch();
                if (place != 0) {
                    Memory.putLong(place, offset);
                }
                long result = finish(task, out, task.blockingCall(SYS_sendfile, to, from, place, a.get(3), 0, 0));
                if (place != 0) {
                    task.memory().writeLong(offsetAddress, Memory.getLong(place));
                }
                return result;
            } finally {
                out.release();
            }
        } finally {
            in.release();
        }
    }

    private static long twoOffsets(Task task, SyscallArguments a, long number, int knownFlags) {
        if ((a.get(5) & 0xffffffffL & ~knownFlags) != 0) {
            return -Errno.EINVAL;
        }
        OpenFile in = Arguments.file(task, a.getInt(0));
        try {
            OpenFile out = Arguments.file(task, a.getInt(2));
            try {
                int from = in.pumpDescriptor();
                int to = out.pumpDescriptor();
                if (from < 0 || to < 0) {
                    return number == SYS_splice
                            ? spliceRefusal(in, out, a.get(1) != 0, a.get(3) != 0)
                            : copyRefusal(in, out);
                }
                long scratch = task.scratch();
                long inPlace = 0;
                long outPlace = 0;
                if (a.get(1) != 0) {
                    inPlace = scratch;
                    Memory.putLong(inPlace, task.memory().readLong(a.get(1)));
                }
                if (a.get(3) != 0) {
                    outPlace = scratch + 8;
                    Memory.putLong(outPlace, task.memory().readLong(a.get(3)));
                }
                long result = finish(
                        task, out, task.blockingCall(number, from, inPlace, to, outPlace, a.get(4), a.getInt(5)));
                if (inPlace != 0) {
                    task.memory().writeLong(a.get(1), Memory.getLong(inPlace));
                }
                if (outPlace != 0) {
                    task.memory().writeLong(a.get(3), Memory.getLong(outPlace));
                }
                return result;
            } finally {
                out.release();
            }
        } finally {
            in.release();
        }
    }

    /** What is wrong with a pair of files of which one is made up: those cannot be pumped from or to. */
    private static long refusal(OpenFile in, OpenFile out, boolean seeksPipe) {
        if (!OpenFlags.isReadable(in.accessFlags())) {
            return -Errno.EBADF;
        }
        if (seeksPipe) {
            return -Errno.ESPIPE;
        }
        return OpenFlags.isWritable(out.accessFlags()) ? -Errno.EINVAL : -Errno.EBADF;
    }

    private static long spliceRefusal(OpenFile in, OpenFile out, boolean seeksIn, boolean seeksOut) {
        boolean seeksPipe = seeksIn && type(in) == Stat.S_IFIFO || seeksOut && type(out) == Stat.S_IFIFO;
        return seeksPipe ? -Errno.ESPIPE : refusal(in, out, false);
    }

    /** {@code generic_file_rw_checks} of fs/read_write.c, and that no file system is on both sides. */
    private static long copyRefusal(OpenFile in, OpenFile out) {
        if (type(in) == Stat.S_IFDIR || type(out) == Stat.S_IFDIR) {
            return -Errno.EISDIR;
        }
        if (type(in) != Stat.S_IFREG || type(out) != Stat.S_IFREG) {
            return -Errno.EINVAL;
        }
        boolean allowed = OpenFlags.isReadable(in.accessFlags()) && OpenFlags.isWritable(out.accessFlags());
        return allowed ? -Errno.EXDEV : -Errno.EBADF;
    }

    private static int type(OpenFile file) {
        FileStatus status = new FileStatus();
        ErrnoException.check(file.status(status));
        return status.mode & Stat.S_IFMT;
    }

    private static boolean isStream(OpenFile file) {
        int type = type(file);
        return type == Stat.S_IFIFO || type == Stat.S_IFSOCK || file.path().startsWith("anon_inode:");
    }

    private static long tee(Task task, SyscallArguments a) {
        OpenFile in = Arguments.file(task, a.getInt(0));
        try {
            OpenFile out = Arguments.file(task, a.getInt(1));
            try {
                if (in.hostDescriptor() < 0 || out.hostDescriptor() < 0) {
                    return refusal(in, out, false);
                }
                return finish(task, out, task.blockingCall(
                        SYS_tee, in.hostDescriptor(), out.hostDescriptor(), a.get(2), a.getInt(3), 0, 0));
            } finally {
                out.release();
            }
        } finally {
            in.release();
        }
    }

    private static long vmsplice(Task task, SyscallArguments a) {
        if ((a.getInt(3) & ~SPLICE_FLAGS) != 0) {
            return -Errno.EINVAL;
        }
        OpenFile file = Arguments.file(task, a.getInt(0));
        try {
            if (file.hostDescriptor() < 0) {
                return -Errno.EBADF;
            }
            long vector = Arguments.vector(task, a.get(1), a.get(2));
            int count = a.getInt(2);
            for (int i = 0; i < count; i++) {
                long entry = vector + (long) i * Arguments.IOVEC;
                long address = Memory.getLong(entry);
                long length = GuestRange.clip(task.memory(), address, Memory.getLong(entry + 8));
                Memory.putLong(entry, task.memory().host(address, length));
                Memory.putLong(entry + 8, length);
            }
            return finish(task, file, task.blockingCall(
                    SYS_vmsplice, file.hostDescriptor(), vector, count, a.getInt(3), 0, 0));
        } finally {
            file.release();
        }
    }

    /** Raises SIGPIPE where the readers are gone. */
    private static long finish(Task task, OpenFile out, long result) {
        if (out instanceof SocketFile socket) {
            return socket.sent(task, result, 0);
        }
        if (result == -Errno.EPIPE) {
            task.signal(SignalInfo.from(
                    Signal.SIGPIPE, 0, task.process().pid(), task.credentials().uid()));
        }
        return result;
    }
}
