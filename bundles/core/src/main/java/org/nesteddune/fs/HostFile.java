package org.nesteddune.fs;

import static org.nesteddune.host.SyscallNumbers.SYS_pread64;
import static org.nesteddune.host.SyscallNumbers.SYS_preadv2;
import static org.nesteddune.host.SyscallNumbers.SYS_pwrite64;
import static org.nesteddune.host.SyscallNumbers.SYS_pwritev2;
import static org.nesteddune.host.SyscallNumbers.SYS_read;
import static org.nesteddune.host.SyscallNumbers.SYS_write;

import org.nesteddune.Profile.Access;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Ioctl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Stat;
import org.nesteddune.socket.SocketFile;

/**
 * An open file description of the host: regular files, directories, pipes, terminals, devices, and what the host
 * kernel has no names for (event counters, memory files, epoll instances). Data moves in one host call straight between
 * the host and the guest's memory; nothing is copied or allocated here.
 */
public class HostFile extends OpenFile {

    /** The null device, whose reads and writes never wait: 1:3 of the kernel's {@code devices.txt}. */
    private static final long NULL_DEVICE = FileStatus.encode(1, 3);

    /** What a guest asked for and the host is not told, or always is. */
    private static final int OWN_FLAGS = OpenFlags.O_CLOEXEC | OpenFlags.O_NOFOLLOW;

    private final int descriptor;
    private final int flags;
    private final int type;
    private final long device;
    private final long inode;
    private final long special;
    private final boolean patient;
    private final MountNamespace mounts;
    private final boolean fixed;

    /**
     * Takes a descriptor over.
     *
     * @param flags as the guest gave them at open
     * @param status holds its status
     * @param mounts where its path is looked up, or null if it has none
     * @param fixed whether its attributes are not the guest's to change
     */
    HostFile(int descriptor, String path, int flags, HostBuffer status, MountNamespace mounts, boolean fixed) {
        this(descriptor, path, flags, status.mode(), status.device(), status.inode(), status.specialDevice(),
                mounts == null ? null : mounts.retain(), fixed);
    }

    /**
     * Takes a descriptor over whose name is in no file system.
     *
     * @param flags {@code O_*}
     */
    protected HostFile(int descriptor, String path, int flags, FileStatus status) {
        this(descriptor, path, flags, status, null, false);
    }

    /**
     * Takes over the descriptor of a device, whose attributes are the host's alone.
     *
     * @param flags {@code O_*}
     * @param fixed whether they are
     */
    protected HostFile(int descriptor, String path, int flags, FileStatus status, boolean fixed) {
        this(descriptor, path, flags, status, null, fixed);
    }

    /** As {@link #HostFile(int, String, int, HostBuffer, MountNamespace, boolean)}. */
    HostFile(int descriptor, String path, int flags, FileStatus status, MountNamespace mounts, boolean fixed) {
        this(descriptor, path, flags, status.mode, status.device, status.inode, status.specialDevice,
                mounts == null ? null : mounts.retain(), fixed);
    }

    /** The same description as another's, by a further descriptor of it, which is taken over. */
    HostFile(int descriptor, HostFile known) {
        this(descriptor, known.path(), known.flags, known.type, known.device, known.inode, known.special,
                known.mounts != null && known.mounts.tryRetain() ? known.mounts : null, known.fixed);
    }

    /** The reference to the mounts becomes the file's. */
    private HostFile(
            int descriptor, String path, int flags, int mode, long device, long inode, long special,
            MountNamespace mounts, boolean fixed) {
        super(path);
        this.descriptor = descriptor;
        this.flags = flags;
        this.type = mode & Stat.S_IFMT;
        this.device = device;
        this.inode = inode;
        this.special = special;
        this.patient = type != Stat.S_IFREG && type != Stat.S_IFDIR
                && !(type == Stat.S_IFCHR && special == NULL_DEVICE);
        this.mounts = mounts;
        this.fixed = fixed;
    }

    /**
     * Takes over a host descriptor, which must be close-on-exec. On failure it is closed.
     *
     * @param path a path or a description; null for what the host says: {@code pipe:[17]}, {@code anon_inode:[eventfd]}
     * @throws org.nesteddune.syscall.ErrnoException if it is not open
     */
    public static HostFile adopt(int descriptor, String path) {
        return adopt(descriptor, path, false);
    }

    /** The same; {@code fixed}: whether its attributes are not the guest's to change. */
    static HostFile adopt(int descriptor, String path, boolean fixed) {
        try (NativeBuffer buffer = new NativeBuffer(HostStatus.STATX_SIZE + 1)) {
            FileStatus status = new FileStatus();
            if (!DescriptorReserve.allows(descriptor)) {
                Linux.close(descriptor);
                throw new org.nesteddune.syscall.ErrnoException(Errno.ENFILE);
            }
            long error = HostStatus.query(descriptor, buffer.address(), status);
            long flags = error < 0 ? error : Linux.fcntl(descriptor, Fcntl.F_GETFL, 0);
            if (flags < 0) {
                Linux.close(descriptor);
                throw new org.nesteddune.syscall.ErrnoException((int) -flags);
            }
            int shown = (int) flags & ~OpenFlags.O_CLOEXEC;
            if (Stat.S_ISSOCK(status.mode) && (flags & OpenFlags.O_PATH) == 0) {
                return SocketFile.adopt(descriptor, shown, status);
            }
            String name = path != null ? path : hostName(descriptor);
            return of(descriptor, name, shown, status, null, fixed);
        }
    }

    /** The kind of file that a descriptor is of; it is taken over. */
    static HostFile of(
            int descriptor, String path, int flags, FileStatus status, MountNamespace mounts, boolean fixed) {
        if (Stat.S_ISCHR(status.mode) && (flags & OpenFlags.O_PATH) == 0) {
            if (status.specialDevice == Terminals.MULTIPLEXER) {
                return new PtyMaster(descriptor, path, flags, status, mounts, fixed);
            }
            if (Terminals.isPseudo(status.specialDevice) || Terminals.isTerminal(descriptor)) {
                return new TerminalFile(descriptor, path, flags, status, mounts, fixed);
            }
        }
        return new HostFile(descriptor, path, flags, status, mounts, fixed);
    }

    /**
     * Makes an object for the same description anew, when this one is closed and the host has kept the description: it
     * was on its way in a message (SCM_RIGHTS).
     *
     * @param further a host descriptor of the same description, close-on-exec, which is taken over
     */
    public HostFile revive(int further) {
        return new HostFile(further, this);
    }

    /**
     * Makes an open file of the same device or kind, when what stands behind this one was opened once more ({@code /proc/self/fd}).
     *
     * @param further the host's descriptor; taken over if and only if a file is returned
     * @return null if it is like any other file of its type
     */
    protected HostFile openedAgain(int further, int openFlags, FileStatus status) {
        return null;
    }

    /** The host's name for a descriptor of the runtime ({@code pipe:[17]}, a host path); "" if there is none. */
    public static String hostName(int descriptor) {
        try (HostBuffer.Pool pool = new HostBuffer.Pool()) {
            HostBuffer buffer = pool.take();
            try {
                String link = buffer.descriptorLink(descriptor);
                return link == null ? "" : link;
            } finally {
                pool.give(buffer);
            }
        }
    }

    @Override
    protected void close() {
        Linux.close(descriptor);
        if (mounts != null) {
            mounts.release();
        }
    }

    @Override
    public int hostDescriptor() {
        return descriptor;
    }

    /** {@code S_IFMT} bits of its mode. */
    public final int type() {
        return type;
    }

    /** Encoded number of the device that its file system is on. */
    public final long device() {
        return device;
    }

    /** Encoded number of the device that it is; 0 if it is none. */
    public final long specialDevice() {
        return special;
    }

    /** Inode number. */
    public final long inode() {
        return inode;
    }

    @Override
    public String currentPath() {
        if (mounts == null || !path().startsWith("/")) {
            return path();
        }
        HostBuffer buffer = mounts.buffers().take();
        try {
            String now = mounts.currentPath(buffer, descriptor, path());
            return now == null ? path() : now;
        } finally {
            mounts.buffers().give(buffer);
        }
    }

    @Override
    public int statusFlags() {
        long now = Linux.fcntl(descriptor, Fcntl.F_GETFL, 0);
        return (int) now & ~OWN_FLAGS | flags & OWN_FLAGS;
    }

    /** The access mode and O_PATH as they were at open, without asking the host. */
    @Override
    public int accessFlags() {
        return flags & (OpenFlags.O_ACCMODE | OpenFlags.O_PATH);
    }

    @Override
    public long setStatusFlags(int value) {
        // O_ASYNC stays out, because its SIGIO would go to the runtime; unless another process has set it, to whose owner it goes.
        int settable = OpenFlags.O_APPEND | OpenFlags.O_DIRECT | OpenFlags.O_NOATIME | OpenFlags.O_NONBLOCK;
        return Linux.fcntl(descriptor, Fcntl.F_SETFL, value & (settable | flags & OpenFlags.O_ASYNC));
    }

    @Override
    public boolean isSignalledByHost() {
        return (flags & OpenFlags.O_ASYNC) != 0;
    }

    @Override
    public long read(IoContext io, long address, long length) {
        if (!OpenFlags.isReadable(flags)) {
            return -Errno.EBADF;
        }
        long count = GuestRange.clip(io.memory(), address, length);
        long host = io.memory().host(address, count);
        return patient
                ? io.blockingCall(SYS_read, descriptor, host, count, 0, 0, 0)
                : Linux.read(descriptor, host, count);
    }

    @Override
    public long write(IoContext io, long address, long length) {
        if (!OpenFlags.isWritable(flags)) {
            return -Errno.EBADF;
        }
        long count = GuestRange.clip(io.memory(), address, length);
        long host = io.memory().host(address, count);
        if (patient) {
            return brokenPipe(io, io.blockingCall(SYS_write, descriptor, host, count, 0, 0, 0));
        }
        long allowed = SizeLimit.allowed(io, this, count, -1);
        return allowed < 0 ? allowed : Linux.write(descriptor, host, allowed);
    }

    @Override
    public long readAt(IoContext io, long address, long length, long offset) {
        if (!OpenFlags.isReadable(flags)) {
            return -Errno.EBADF;
        }
        long count = GuestRange.clip(io.memory(), address, length);
        long host = io.memory().host(address, count);
        return patient
                ? io.blockingCall(SYS_pread64, descriptor, host, count, offset, 0, 0)
                : Linux.pread(descriptor, host, count, offset);
    }

    @Override
    public long writeAt(IoContext io, long address, long length, long offset) {
        if (!OpenFlags.isWritable(flags)) {
            return -Errno.EBADF;
        }
        long count = GuestRange.clip(io.memory(), address, length);
        long host = io.memory().host(address, count);
        if (patient) {
            return brokenPipe(io, io.blockingCall(SYS_pwrite64, descriptor, host, count, offset, 0, 0));
        }
        long allowed = SizeLimit.allowed(io, this, count, offset);
        return allowed < 0 ? allowed : Linux.pwrite(descriptor, host, allowed, offset);
    }

    @Override
    public long readVector(IoContext io, long vector, int count, long offset, int rwFlags) {
        int usable = toHost(io, vector, count);
        return patient
                ? io.blockingCall(SYS_preadv2, descriptor, vector, usable, offset, 0, rwFlags)
                : Linux.call(SYS_preadv2, descriptor, vector, usable, offset, 0, rwFlags);
    }

    @Override
    public long writeVector(IoContext io, long vector, int count, long offset, int rwFlags) {
        int usable = toHost(io, vector, count);
        if (patient) {
            return brokenPipe(io, io.blockingCall(SYS_pwritev2, descriptor, vector, usable, offset, 0, rwFlags));
        }
        long error = SizeLimit.cut(io, this, vector, usable, offset);
        return error < 0 ? error : Linux.call(SYS_pwritev2, descriptor, vector, usable, offset, 0, rwFlags);
    }

    /** Puts host addresses into the vector; gives how many entries count: the transfer ends where memory does. */
    protected static int toHost(IoContext io, long vector, int count) {
        for (int i = 0; i < count; i++) {
            long entry = vector + i * 16L;
            long address = Memory.getLong(entry);
            long wanted = Memory.getLong(entry + 8);
            long length = wanted == 0 ? 0 : GuestRange.clip(io.memory(), address, wanted);
            Memory.putLong(entry, length == 0 ? 0 : io.memory().host(address, length));
            Memory.putLong(entry + 8, length);
            if (length < wanted) {
                return i + 1;
            }
        }
        return count;
    }

    /** A write to a pipe without readers raises SIGPIPE, which the host's kernel sent to a thread that ignores it. */
    static long brokenPipe(IoContext io, long result) {
        if (result == -Errno.EPIPE && io instanceof Task task) {
            task.signal(SignalInfo.from(Signal.SIGPIPE, 0, task.process().pid(), task.credentials().uid()));
        }
        return result;
    }

    @Override
    public long seek(long offset, int whence) {
        return Linux.lseek(descriptor, offset, whence);
    }

    @Override
    public long status(FileStatus status) {
        try (NativeBuffer buffer = new NativeBuffer(HostStatus.STATX_SIZE + 1)) {
            return status(buffer.address(), status);
        }
    }

    @Override
    public long status(long scratch, FileStatus status) {
        return HostStatus.query(descriptor, scratch, status);
    }

    @Override
    public long readDirectory(IoContext io, long address, long length) {
        long count = GuestRange.clip(io.memory(), address, Math.min(length, Integer.MAX_VALUE));
        return Linux.getdents64(descriptor, io.memory().host(address, count), count);
    }

    @Override
    public long truncate(long length) {
        return Linux.ftruncate(descriptor, length);
    }

    @Override
    public long ioctl(IoContext io, int command, long argument) {
        if (command == Ioctl.FS_IOC_SETFLAGS || command == Ioctl.FS_IOC_FSSETXATTR) {
            long refused = modifiable();
            if (refused != 0) {
                return refused;
            }
        }
        return DeviceControl.ioctl(io, descriptor, command, argument);
    }

    @Override
    public String linkTarget() {
        if (type != Stat.S_IFLNK || mounts == null) {
            return null;
        }
        HostBuffer buffer = mounts.buffers().take();
        try {
            return buffer.readLink(descriptor, "");
        } finally {
            mounts.buffers().give(buffer);
        }
    }

    @Override
    public long modifiable() {
        if (fixed) {
            return -Errno.EROFS;
        }
        PathRules rules = mounts == null ? null : mounts.rules();
        return rules == null || rules.grants(path(), Access.WRITE) ? 0 : rules.error();
    }

    /** Whether its path is one among these mounts: it was found there, not given from elsewhere. */
    final boolean isOf(MountNamespace tree) {
        return mounts == tree;
    }

    /** Logs that a change was refused, if it is a profile that refuses it. */
    public void changeRefused() {
        PathRules rules = mounts == null ? null : mounts.rules();
        if (!fixed && rules != null) {
            rules.refuse(() -> null, path(), Access.WRITE);
        }
    }

    /** Whether its attributes are nobody's to change, whatever a profile grants. */
    final boolean isFixed() {
        return fixed;
    }
}
