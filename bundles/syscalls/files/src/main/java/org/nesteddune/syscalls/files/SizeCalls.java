package org.nesteddune.syscalls.files;

import static org.nesteddune.host.SyscallNumbers.SYS_fadvise64;
import static org.nesteddune.host.SyscallNumbers.SYS_fallocate;
import static org.nesteddune.host.SyscallNumbers.SYS_fdatasync;
import static org.nesteddune.host.SyscallNumbers.SYS_readahead;
import static org.nesteddune.host.SyscallNumbers.SYS_sync;
import static org.nesteddune.host.SyscallNumbers.SYS_sync_file_range;
import static org.nesteddune.host.SyscallNumbers.SYS_syncfs;
import static org.nesteddune.host.SyscallNumbers.SYS_truncate;

import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.fs.SizeLimit;
import org.nesteddune.host.Linux;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Lengths of files, and getting their data to the disk. */
final class SizeCalls {

    private SizeCalls() {}

    /** A host call on a file's descriptor. */
    private interface HostCall {
        long apply(int host);
    }

    static void addTo(Syscall.Table table) {
        table.full("truncate", "path path, off length", SizeCalls::truncate)
                .full("ftruncate", "fd fd, off length", SizeCalls::ftruncate)
                .full("fallocate", "fd fd, flags:fallocate mode, off offset, off len", (task, a) ->
                        onHost(task, a, -Errno.ENODEV, host -> fallocate(task, a, host)))
                .full("fsync", "fd fd", (task, a) -> onHost(task, a, -Errno.EINVAL, Linux::fsync))
                .full("fdatasync", "fd fd", (task, a) ->
                        onHost(task, a, -Errno.EINVAL, host -> Linux.call(SYS_fdatasync, host)))
                .full("sync", "", (task, a) -> Linux.call(SYS_sync))
                .full("syncfs", "fd fd", (task, a) ->
                        onHost(task, a, 0, host -> Linux.call(SYS_syncfs, host)))
                .full("sync_file_range", "fd fd, off offset, off nbytes, flags:sync_file_range flags", (task, a) ->
                        onHost(task, a, -Errno.ESPIPE, host ->
                                Linux.call(SYS_sync_file_range, host, a.get(1), a.get(2), a.getInt(3))))
                .full("fadvise64", "fd fd, off offset, size len, enum:fadvise advice", (task, a) ->
                        onHost(task, a, 0, host -> Linux.call(SYS_fadvise64, host, a.get(1), a.get(2), a.getInt(3))))
                .full("readahead", "fd fd, off offset, size count", (task, a) ->
                        onHost(task, a, -Errno.EINVAL, host -> Linux.call(SYS_readahead, host, a.get(1), a.get(2))));
    }

    private static long onHost(Task task, SyscallArguments a, long otherwise, HostCall call) {
        OpenFile file = Arguments.file(task, a.getInt(0));
        try {
            int host = file.hostDescriptor();
            boolean closed = otherwise == -Errno.ENODEV && !OpenFlags.isWritable(file.accessFlags());
            return host < 0 ? closed ? -Errno.EBADF : otherwise : call.apply(host);
        } finally {
            file.release();
        }
    }

    private static long fallocate(Task task, SyscallArguments a, int host) {
        boolean grows = (a.getInt(1) & Fcntl.FALLOC_FL_KEEP_SIZE) == 0 && a.get(2) >= 0 && a.get(3) > 0;
        if (grows) {
            ErrnoException.check(SizeLimit.checkLength(task, a.get(2) + a.get(3)));
        }
        return Linux.call(SYS_fallocate, host, a.getInt(1), a.get(2), a.get(3));
    }

    private static long truncate(Task task, SyscallArguments a) {
        if (a.get(1) < 0) {
            return -Errno.EINVAL;
        }
        OpenFile file = Arguments.locate(task, Fcntl.AT_FDCWD, Arguments.path(task, a.get(0)), 0);
        try {
            int host = Arguments.modifiable(file);
            ErrnoException.check(SizeLimit.checkLength(task, a.get(1)));
            if (file instanceof HostFile known
                    && task.process().table().programs().isRunning(known.device(), known.inode())) {
                return -Errno.ETXTBSY;
            }
            return changed(
                    task, file, Linux.call(SYS_truncate, Arguments.descriptorPath(task.scratch(), host), a.get(1)));
        } finally {
            file.release();
        }
    }

    /** What lay behind the new end is taken from whoever has it mapped, so that the next access is a fault with its address. */
    private static long changed(Task task, OpenFile file, long result) {
        if (result == 0 && file instanceof HostFile known) {
            for (Process process : task.process().table().processes()) {
                AddressSpace memory = process.memory();
                if (memory != null) {
                    memory.revalidate(known.device(), known.inode());
                }
            }
        }
        return result;
    }

    private static long ftruncate(Task task, SyscallArguments a) {
        if (a.get(1) < 0) {
            return -Errno.EINVAL;
        }
        OpenFile file = Arguments.file(task, a.getInt(0));
        try {
            if (!OpenFlags.isWritable(file.accessFlags())) {
                return -Errno.EINVAL;
            }
            ErrnoException.check(SizeLimit.checkLength(task, a.get(1)));
            return changed(task, file, file.truncate(a.get(1)));
        } finally {
            file.release();
        }
    }
}
