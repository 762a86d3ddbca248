package org.nesteddune.internal.mm;

import static org.nesteddune.linux.Mman.MADV_POPULATE_WRITE;

import java.util.Arrays;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;

/**
 * Copies many runs of pages from one place of the host process to another by few host calls. The kernel copies, page by
 * page: whatever becomes of a page meanwhile, this process takes no fault. For one thread at a time.
 */
final class PageCopier {

    /** {@code struct iovec}s of each side in one call; the kernel's limit (UIO_MAXIOV) is 1024. */
    private static final int VECTORS = 512;

    private static final int VECTOR = 16;

    /** Bytes in one call; the kernel takes 2 GiB less a page (MAX_RW_COUNT). */
    private static final long MOST = 1L << 30;

    // Runs as source, target, length and kind.
    private static final int FIELDS = 4;
    private static final int FILE = 1;
    private static final int LARGE = 2;

    private final int pid = (int) Linux.getpid();
    private long[] runs = new long[64 * FIELDS];
    private int count;
    private long bytes;
    private boolean anyLarge;

    /**
     * Adds a run.
     *
     * @param file whether the target maps a file, whose end may come to lie before it at any time; what cannot be copied
     *     is left out then
     * @param large whether it waits for {@link #copyLarge}
     */
    void add(long source, long target, long length, boolean file, boolean large) {
        if ((count + 1) * FIELDS > runs.length) {
            runs = Arrays.copyOf(runs, runs.length * 2);
        }
        int at = count++ * FIELDS;
        runs[at] = source;
        runs[at + 1] = target;
        runs[at + 2] = length;
        runs[at + 3] = (file ? FILE : 0) | (large ? LARGE : 0);
        bytes += length;
        anyLarge |= large;
    }

    /** Bytes of all runs. */
    long bytes() {
        return bytes;
    }

    /** Copies the runs that do not wait; 0 or a negative error number. */
    long copySmall() {
        return copy(0);
    }

    /** Copies the runs that wait; 0 or a negative error number. */
    long copyLarge() {
        return anyLarge ? copy(LARGE) : 0;
    }

    private long copy(int kind) {
        if (count == 0) {
            return 0;
        }
        try (NativeBuffer vectors = new NativeBuffer(2 * VECTORS * VECTOR)) {
            int run = 0;
            long done = 0;
            while (run < count) {
                // Collect from where the last call ended.
                int used = 0;
                long bytes = 0;
                int next = run;
                long skip = done;
                for (; next < count && used < VECTORS && bytes < MOST; next++, skip = 0) {
                    int at = next * FIELDS;
                    if ((runs[at + 3] & LARGE) != kind) {
                        continue;
                    }
                    long part = Math.min(runs[at + 2] - skip, MOST - bytes);
                    long local = vectors.address() + (long) used * VECTOR;
                    long remote = local + VECTORS * VECTOR;
                    Memory.putLong(local, runs[at] + skip);
                    Memory.putLong(local + 8, part);
                    Memory.putLong(remote, runs[at + 1] + skip);
                    Memory.putLong(remote + 8, part);
                    used++;
                    bytes += part;
                }
                if (used == 0) {
                    return 0;
                }
                long moved = Linux.process_vm_writev(
                        pid, vectors.address(), used, vectors.address() + VECTORS * VECTOR, used);
                if (moved < 0 && moved != -Errno.EFAULT) {
                    return moved;
                }
                boolean stuck = moved <= 0;
                for (long left = Math.max(moved, 0); run < count; run++, done = 0) {
                    int at = run * FIELDS;
                    if ((runs[at + 3] & LARGE) != kind) {
                        continue;
                    }
                    long part = Math.min(left, runs[at + 2] - done);
                    done += part;
                    left -= part;
                    if (done < runs[at + 2]) {
                        break;
                    }
                }
                if (stuck) {
                    long result = passPage(runs[run * FIELDS + 1] + done, (runs[run * FIELDS + 3] & FILE) != 0);
                    if (result != 0) {
                        return result;
                    }
                    done = done + Linux.PAGE_SIZE & -Linux.PAGE_SIZE;
                    if (done >= runs[run * FIELDS + 2]) {
                        run++;
                        done = 0;
                    }
                }
            }
        }
        return 0;
    }

    /** Decides whether a page that could not be copied may stay as it is: 0, or a negative error number. */
    private static long passPage(long target, boolean file) {
        if (!file) {
            return -Errno.ENOMEM;
        }
        long page = target & -Linux.PAGE_SIZE;
        return Linux.madvise(page, Linux.PAGE_SIZE, MADV_POPULATE_WRITE) == -Errno.ENOMEM ? -Errno.ENOMEM : 0;
    }
}
