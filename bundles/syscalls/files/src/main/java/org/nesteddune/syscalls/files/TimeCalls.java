package org.nesteddune.syscalls.files;

import static org.nesteddune.host.SyscallNumbers.SYS_utimensat;

import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Access and modification times. */
final class TimeCalls {

    /** Bytes of two {@code struct timespec}s. */
    private static final int TIMES = 32;

    /** UTIME_OMIT of {@code linux/stat.h}. */
    private static final long UTIME_OMIT = (1L << 30) - 2;

    private TimeCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("utime", "path filename, in:utimbuf? times", TimeCalls::utime)
                .full("utimes", "path filename, in:timeval[2]? utimes", (task, a) ->
                        microseconds(task, Fcntl.AT_FDCWD, a.get(0), a.get(1)))
                .full("futimesat", "dirfd dfd, path filename, in:timeval[2]? utimes", (task, a) ->
                        microseconds(task, a.getInt(0), a.get(1), a.get(2)))
                .full("utimensat", "dirfd dfd, path? filename, in:timespec[2]? utimes, flags:utimensat flags",
                        TimeCalls::utimensat);
    }

    /** Where the times are put in the scratch area; the path of the file comes before them. */
    private static long place(Task task) {
        return task.scratch() + 64;
    }

    private static long utime(Task task, SyscallArguments a) {
        long times = 0;
        if (a.get(1) != 0) {
            times = place(task);
            put(times, task.memory().readLong(a.get(1)), 0);
            put(times + 16, task.memory().readLong(a.get(1) + 8), 0);
        }
        return apply(task, Fcntl.AT_FDCWD, Arguments.path(task, a.get(0)), times, 0);
    }

    private static long microseconds(Task task, int directory, long address, long timesAddress) {
        long times = 0;
        if (timesAddress != 0) {
            GuestMemory memory = task.memory();
            times = place(task);
            for (int i = 0; i < 2; i++) {
                long micros = memory.readLong(timesAddress + 16L * i + 8);
                if (micros < 0 || micros >= 1_000_000) {
                    return -Errno.EINVAL;
                }
                put(times + 16L * i, memory.readLong(timesAddress + 16L * i), micros * 1000);
            }
        }
        // futimesat alone takes NULL for the descriptor itself.
        String path = address == 0 && directory != Fcntl.AT_FDCWD ? "" : Arguments.path(task, address);
        return apply(task, directory, path, times, 0);
    }

    private static long utimensat(Task task, SyscallArguments a) {
        int flags = a.getInt(3);
        long times = 0;
        if (a.get(2) != 0) {
            times = place(task);
            task.memory().readTo(a.get(2), times, TIMES);
            if (Memory.getLong(times + 8) == UTIME_OMIT && Memory.getLong(times + 24) == UTIME_OMIT) {
                return 0; // nothing to do, whatever the path says
            }
        }
        if (a.get(1) == 0 && a.getInt(0) != Fcntl.AT_FDCWD) {
            return flags != 0 ? -Errno.EINVAL : apply(task, a.getInt(0), "", times, -1);
        }
        if ((flags & ~(Fcntl.AT_SYMLINK_NOFOLLOW | Fcntl.AT_EMPTY_PATH)) != 0) {
            return -Errno.EINVAL;
        }
        return apply(task, a.getInt(0), Arguments.pathOrEmpty(task, a.get(1), flags), times, flags);
    }

    /** @param flags −1 for a descriptor that must not be one of O_PATH */
    private static long apply(Task task, int directory, String path, long times, int flags) {
        OpenFile file = flags < 0 ? Arguments.file(task, directory) : Arguments.locate(task, directory, path, flags);
        try {
            int host = Arguments.modifiable(file);
            long name = Arguments.descriptorPath(task.scratch(), host);
            return ErrnoException.check(Linux.call(SYS_utimensat, Fcntl.AT_FDCWD, name, times, 0));
        } finally {
            file.release();
        }
    }

    private static void put(long target, long seconds, long nanos) {
        Memory.putLong(target, seconds);
        Memory.putLong(target + 8, nanos);
    }
}
