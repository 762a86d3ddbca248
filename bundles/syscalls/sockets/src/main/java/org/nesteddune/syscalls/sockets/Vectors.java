package org.nesteddune.syscalls.sockets;

import org.nesteddune.fs.GuestRange;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Limits;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.syscall.ErrnoException;

/** Lists of buffers ({@code struct iovec}: base at 0, length at 8). Stateless. */
final class Vectors {

    /** Bytes in {@code struct iovec}. */
    static final int ENTRY = 16;

    private Vectors() {}

    /**
     * Copies a guest's list in and turns its addresses into the host's, checked ({@code import_iovec}).
     *
     * @param target host memory for the list
     * @param cut whether a buffer may be cut where the guest's memory ends; otherwise that is EFAULT, since a message is
     *     sent as a whole or not at all
     * @return how many entries count
     */
    static int read(Task task, long address, int count, long target, boolean cut) {
        if (count > 0) {
            task.memory().readTo(address, target, (long) count * ENTRY);
        }
        long left = Limits.MAX_RW_COUNT;
        for (int i = 0; i < count; i++) {
            if (Memory.getLong(target + (long) i * ENTRY + 8) < 0) {
                throw new ErrnoException(Errno.EINVAL);
            }
        }
        for (int i = 0; i < count; i++) {
            long entry = target + (long) i * ENTRY;
            long base = Memory.getLong(entry);
            long wanted = Math.min(Memory.getLong(entry + 8), left);
            long length = cut && wanted > 0 ? clip(task, base, wanted, i) : wanted;
            if (length < 0) {
                return i;
            }
            Memory.putLong(entry, length == 0 ? 0 : task.memory().host(base, length));
            Memory.putLong(entry + 8, length);
            left -= length;
            if (length < wanted) {
                return i + 1;
            }
        }
        return count;
    }

    /** The length that is there; −1 if nothing is, behind buffers that are. */
    private static long clip(Task task, long base, long length, int index) {
        try {
            return GuestRange.clip(task.memory(), base, length);
        } catch (GuestFault missing) {
            if (index == 0 || Long.compareUnsigned(base, task.memory().highest()) >= 0) {
                throw missing;
            }
            return -1;
        }
    }
}
