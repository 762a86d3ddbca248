package org.nesteddune.kernel.ipc;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.DescriptorReserve;
import org.nesteddune.fs.HostStatus;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.syscall.ErrnoException;

/**
 * A segment of shared memory: a memory file of the host without a name. The file is closed when the segment is removed and
 * nobody has it mapped. Counters and times are guarded by the lock of the table of segments.
 */
final class SharedSegment extends IpcObject {

    /** As {@code shmctl} and {@code /proc/sysvipc/shm} call them. */
    final long size;
    final int creatorPid;
    final int creatorKey;
    int lastPid;
    long mappings;
    long attachTime;
    long detachTime;
    long changeTime = now();

    private final int writable;
    private int readable = -1;
    private int users = 1;

    /** Throws what making a memory file of the host fails with. */
    SharedSegment(int key, int mode, long size, Credentials creator, int pid) {
        super(key, mode, creator);
        this.size = size;
        creatorPid = pid;
        creatorKey = key;
        writable = open(size);
    }

    private static int open(long size) {
        try (NativeBuffer name = NativeBuffer.ofCString("SYSV")) {
            int descriptor = DescriptorReserve.checkOrClose(
                    (int) ErrnoException.check(Linux.memfd_create(name.address(), Mman.MFD_CLOEXEC)));
            long result = Linux.ftruncate(descriptor, size);
            if (result < 0) {
                Linux.close(descriptor);
                throw new ErrnoException((int) -result);
            }
            return descriptor;
        }
    }

    /** Pages of the host, as the limit of all segments counts them. */
    long pages() {
        return (size + Linux.PAGE_SIZE - 1) / Linux.PAGE_SIZE;
    }

    /**
     * A host descriptor of the memory. One for reading only is another file of the host's, so that its mappings can never
     * be made writable.
     */
    synchronized int descriptor(boolean readOnly) {
        if (!readOnly) {
            return writable;
        }
        if (readable < 0) {
            try (NativeBuffer path = NativeBuffer.ofCString("/proc/self/fd/" + writable)) {
                readable = DescriptorReserve.checkOrClose((int) ErrnoException.check(
                        Linux.open(path.address(), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC, 0)));
            }
        }
        return readable;
    }

    /** Bytes that are there, rather than only promised. */
    long resident() {
        FileStatus status = new FileStatus();
        try (NativeBuffer buffer = new NativeBuffer(HostStatus.STATX_SIZE + 1)) {
            HostStatus.query(writable, buffer.address(), status);
        }
        return status.blocks * 512;
    }

    /** Takes a share in the host's file. */
    synchronized void use() {
        users++;
    }

    /** Gives a share back; the table's own goes as well. */
    @Override
    synchronized void dispose() {
        if (--users == 0) {
            Linux.close(writable);
            if (readable >= 0) {
                Linux.close(readable);
            }
        }
    }
}
