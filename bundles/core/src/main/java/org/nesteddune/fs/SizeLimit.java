package org.nesteddune.fs;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.Limits;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Resource;
import org.nesteddune.linux.Seek;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Stat;

/**
 * RLIMIT_FSIZE, which the host cannot watch over for a guest: a write ends at the limit, one that begins there fails
 * with EFBIG and SIGXFSZ ({@code generic_write_check_limits} of {@code fs/read_write.c}). Stateless.
 */
public final class SizeLimit {

    private SizeLimit() {}

    /**
     * How much of a write may go on.
     *
     * @param offset where it begins, or −1 for the file position
     * @return a count, or −EFBIG after the signal has been sent
     */
    static long allowed(IoContext io, HostFile file, long count, long offset) {
        long limit = limit(io);
        if (limit == Limits.INFINITY || file.type() != Stat.S_IFREG || count == 0) {
            return count;
        }
        long start = start(file, offset);
        if (start < limit) {
            return Math.min(count, limit - start);
        }
        return exceeded(io);
    }

    /** The same for a vector of host buffers, whose entries are cut. */
    static long cut(IoContext io, HostFile file, long vector, int count, long offset) {
        if (limit(io) == Limits.INFINITY) {
            return 0;
        }
        long total = 0;
        for (int i = 0; i < count; i++) {
            total += Memory.getLong(vector + i * 16L + 8);
        }
        long left = allowed(io, file, total, offset);
        for (int i = 0; i < count && left >= 0; i++) {
            long length = Math.min(left, Memory.getLong(vector + i * 16L + 8));
            Memory.putLong(vector + i * 16L + 8, length);
            left -= length;
        }
        return Math.min(left, 0);
    }

    /**
     * Whether a file may be given a length.
     *
     * @return 0, or −EFBIG after the signal has been sent
     */
    public static long checkLength(IoContext io, long length) {
        long limit = limit(io);
        return limit == Limits.INFINITY || length <= limit ? 0 : exceeded(io);
    }

    private static long limit(IoContext io) {
        long limit = io instanceof Task task ? task.process().limits().soft(Resource.RLIMIT_FSIZE) : Limits.INFINITY;
        return limit < 0 ? Limits.INFINITY : limit;
    }

    private static long start(HostFile file, long offset) {
        if ((file.statusFlags() & OpenFlags.O_APPEND) != 0) {
            FileStatus status = new FileStatus();
            return file.status(status) == 0 ? status.size : 0;
        }
        return offset >= 0 ? offset : Math.max(0, file.seek(0, Seek.SEEK_CUR));
    }

    private static long exceeded(IoContext io) {
        if (io instanceof Task task) {
            task.signal(SignalInfo.from(
                    Signal.SIGXFSZ, 0, task.process().pid(), task.credentials().uid()));
        }
        return -Errno.EFBIG;
    }
}
