package org.nesteddune.devices.kvm;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.DescriptorReserve;
import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.HostStatus;
import org.nesteddune.fs.IoContext;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.syscall.ErrnoException;

/** A descriptor of KVM's: the host's stands behind it, and what is asked of it goes through a table. Thread-safe. */
abstract class KvmFile extends HostFile {

    private final Requests requests;

    /** Takes the host's descriptor over. */
    KvmFile(int descriptor, String path, int flags, FileStatus status, Requests requests) {
        super(descriptor, path, flags, status, true);
        this.requests = requests;
    }

    /** Whether a task's process may use it: a machine belongs to the memory that it was made in. */
    abstract boolean belongsTo(Task task);

    /** A descriptor of the system's or the machine's, to ask about capabilities; it stays the file's. */
    int capable() {
        return hostDescriptor();
    }

    @Override
    public final long ioctl(IoContext io, int command, long argument) {
        if (!(io instanceof Task task)) {
            return -Errno.ENOTTY;
        }
        if (!belongsTo(task)) {
            return -Errno.EIO;
        }
        Request request = requests.find(command);
        return request == null ? -Errno.ENOTTY : request.carryOver(this, task, argument);
    }

    @Override
    public String boundToDune() {
        return "is KVM's, and a virtual machine cannot be taken from one process to another";
    }

    /** Makes an open file of a new host descriptor. */
    interface Maker {

        /** Takes the descriptor over if and only if it returns. */
        OpenFile make(int descriptor, String path, FileStatus status);
    }

    /**
     * Makes a request that gives a new descriptor, and a descriptor of the guest's for that, which execve(2) closes.
     *
     * @return the guest's descriptor, or a negated error number
     */
    final long newDescriptor(Task task, long number, long argument, Maker maker) {
        DescriptorTable table = task.descriptors();
        int place = table.reserve(task.process().limits().openFiles());
        if (place < 0) {
            return place;
        }
        boolean done = false;
        try {
            long made = Linux.ioctl(hostDescriptor(), number, argument);
            if (made < 0) {
                return made;
            }
            table.set(place, adopt((int) made, maker), true);
            done = true;
            return place;
        } finally {
            if (!done) {
                table.giveBack(place);
            }
        }
    }

    private static OpenFile adopt(int descriptor, Maker maker) {
        DescriptorReserve.checkOrClose(descriptor);
        boolean done = false;
        try (NativeBuffer buffer = new NativeBuffer(HostStatus.STATX_SIZE + 1)) {
            FileStatus status = new FileStatus();
            ErrnoException.check(HostStatus.query(descriptor, buffer.address(), status));
            OpenFile file = maker.make(descriptor, hostName(descriptor), status);
            done = true;
            return file;
        } finally {
            if (!done) {
                Linux.close(descriptor);
            }
        }
    }

    /** KVM_GET_STATS_FD: a file that can only be read. */
    static long statistics(KvmFile file, Task task, long argument) {
        return file.newDescriptor(task, 0xaece, argument, Statistics::new);
    }

    /** Statistics of a machine or a vCPU. */
    private static final class Statistics extends HostFile {

        Statistics(int descriptor, String path, FileStatus status) {
            super(descriptor, path, OpenFlags.O_RDONLY, status, true);
        }
    }
}
