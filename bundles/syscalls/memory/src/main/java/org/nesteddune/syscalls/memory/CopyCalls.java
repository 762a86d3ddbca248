package org.nesteddune.syscalls.memory;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Limits;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** {@code process_vm_readv} and {@code process_vm_writev} on the caller's own process. */
final class CopyCalls {

    private static final String SELF_ONLY = "other processes than the caller's are refused with EPERM";

    /** Bytes in a {@code struct iovec}. */
    private static final int IOVEC = 16;

    /** An address at which nothing is ever mapped. */
    private static final long NOWHERE = 1;

    private CopyCalls() {
    }

    static void addTo(Syscall.Table table) {
        String signature =
                "pid pid, in:iovec[liovcnt] lvec, ulong liovcnt, in:iovec[riovcnt] rvec, ulong riovcnt, hex flags"
                        + " -> long";
        table.partial("process_vm_readv", signature, SELF_ONLY, (task, a) -> copy(task, a, false))
                .partial("process_vm_writev", signature, SELF_ONLY, (task, a) -> copy(task, a, true));
    }

    private static long copy(Task task, SyscallArguments a, boolean write) {
        long localCount = a.get(2);
        long remoteCount = a.get(4);
        if (a.get(5) != 0 || isTooMany(localCount) || isTooMany(remoteCount)) {
            return -Errno.EINVAL;
        }
        if (localCount == 0) {
            return 0;
        }
        int size = (int) (localCount + remoteCount) * IOVEC;
        try (NativeBuffer vectors = new NativeBuffer(size)) {
            AddressSpace memory = task.memory();
            long local = vectors.address();
            long remote = local + localCount * IOVEC;
            long total = vector(memory, a.get(1), (int) localCount, local);
            if (total <= 0) {
                return total;
            }
            long wanted = vector(memory, a.get(3), (int) remoteCount, remote);
            if (wanted < 0) {
                return wanted;
            }
            int pid = a.getInt(0);
            if (pid != task.process().pid() && pid != task.tid()) {
                return task.process().table().task(pid) == null ? -Errno.ESRCH : -Errno.EPERM;
            }
            if (wanted == 0) {
                return 0;
            }
            int self = (int) Linux.getpid();
            return write
                    ? Linux.process_vm_writev(self, local, (int) localCount, remote, (int) remoteCount)
                    : Linux.process_vm_readv(self, local, (int) localCount, remote, (int) remoteCount);
        }
    }

    private static boolean isTooMany(long count) {
        return count < 0 || count > Limits.UIO_MAXIOV;
    }

    /** Copies a vector and puts host addresses into it; the number of bytes in it, or −EINVAL. */
    private static long vector(AddressSpace memory, long address, int count, long target) {
        memory.readTo(address, target, (long) count * IOVEC);
        long total = 0;
        for (int i = 0; i < count; i++) {
            long at = target + (long) i * IOVEC;
            long length = Memory.getLong(at + 8);
            if (length < 0 || total + length < 0) {
                return -Errno.EINVAL;
            }
            total += length;
            Memory.putLong(at, hostOrNowhere(memory, Memory.getLong(at), length));
        }
        return total;
    }

    /** What comes before a bad range is still copied, so that it is the kernel that must find it. */
    private static long hostOrNowhere(AddressSpace memory, long address, long length) {
        try {
            return memory.host(address, length);
        } catch (GuestFault bad) {
            return NOWHERE;
        }
    }
}
