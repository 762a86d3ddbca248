package org.nesteddune.syscalls.memory;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Inspection;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Limits;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/**
 * {@code process_vm_readv} and {@code process_vm_writev}. The memory of another process may go meanwhile, so it is copied by
 * way of an array; the caller's own the host copies.
 */
final class CopyCalls {

    /** Bytes of another process that are copied at a time. */
    private static final int CHUNK = 1 << 16;

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
        table.full("process_vm_readv", signature, (task, a) -> copy(task, a, false))
                .full("process_vm_writev", signature, (task, a) -> copy(task, a, true));
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
                return copyOther(task, a, write);
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

    private static long copyOther(Task task, SyscallArguments a, boolean write) {
        Task other = task.process().table().task(a.getInt(0));
        if (other == null) {
            return -Errno.ESRCH;
        }
        if (!Inspection.mayAttach(task, other.process())) {
            return -Errno.EPERM;
        }
        GuestVector local = new GuestVector(task.memory(), a.get(1), a.get(2));
        GuestVector remote = new GuestVector(task.memory(), a.get(3), a.get(4));
        GuestMemory from = write ? task.memory() : other.memory();
        GuestMemory to = write ? other.memory() : task.memory();
        byte[] chunk = new byte[CHUNK];
        long done = 0;
        while (local.hasMore() && remote.hasMore()) {
            int part = (int) Math.min(CHUNK, Math.min(local.inPage(), remote.inPage()));
            try {
                from.read(write ? local.address() : remote.address(), chunk, 0, part);
                to.write(write ? remote.address() : local.address(), chunk, 0, part);
            } catch (GuestFault bad) {
                return done > 0 ? done : -Errno.EFAULT;
            }
            local.advance(part);
            remote.advance(part);
            done += part;
        }
        return done;
    }

    /** A vector of the caller, gone through from its beginning. */
    private static final class GuestVector {

        private static final int PAGE = 4096;

        private final GuestMemory memory;
        private long entry;
        private final long end;
        private long address;
        private long left;

        GuestVector(GuestMemory memory, long vector, long count) {
            this.memory = memory;
            entry = vector;
            end = vector + count * IOVEC;
        }

        boolean hasMore() {
            while (left == 0 && entry < end) {
                address = memory.readLong(entry);
                left = memory.readLong(entry + 8);
                entry += IOVEC;
            }
            return left > 0;
        }

        long address() {
            return address;
        }

        /** How much lies up to the end of the page: what comes before a bad page is still copied. */
        long inPage() {
            return Math.min(left, PAGE - (address & PAGE - 1));
        }

        void advance(long part) {
            address += part;
            left -= part;
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
