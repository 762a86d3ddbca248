package org.nesteddune.kernel;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.IoContext;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.fs.ReadableSignal;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.FileSystems;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.linux.Stat;

/** A process or a thread as a file: what pidfds refer to ({@code fs/pidfs.c}). It can be read from as soon as that has ended. */
public final class PidFile extends OpenFile {

    /** {@code PIDFD_THREAD} of linux/pidfd.h, which is O_EXCL. */
    public static final int THREAD = OpenFlags.O_EXCL;

    /** The kernel numbers the devices of file systems without one as it mounts them; this one is our own. */
    private static final long DEVICE = FileStatus.encode(0, 0xffe);

    private static final int PERMISSIONS = 0700;

    private final PidHandle handle;
    private final Process process;
    private final Task thread;
    private final Runnable watcher = this::changed;
    private volatile int flags;

    // Guarded by this.
    private ReadableSignal signal;

    private PidFile(PidHandle handle, Process process, Task thread, int flags) {
        super("anon_inode:[pidfd]");
        this.handle = handle;
        this.process = process;
        this.thread = thread;
        this.flags = OpenFlags.O_RDWR | flags;
        handle.watch(watcher);
    }

    /** @param flags O_NONBLOCK or nothing */
    public static PidFile of(Process process, int flags) {
        return new PidFile(process.handle(), process, null, flags);
    }

    /** @param flags O_NONBLOCK or nothing */
    public static PidFile of(Task thread, int flags) {
        return new PidFile(thread.handle(), thread.process(), thread, flags | THREAD);
    }

    /** Whom it refers to. */
    public PidHandle handle() {
        return handle;
    }

    /** The process, or that of the thread. */
    @Override
    public Process process() {
        return process;
    }

    /** The thread, or null if the file is about a process. */
    public Task thread() {
        return thread;
    }

    @Override
    protected void close() {
        handle.unwatch(watcher);
        synchronized (this) {
            if (signal != null) {
                signal.close();
                signal = null;
            }
        }
    }

    private synchronized void changed() {
        if (signal != null) {
            PidHandle.State state = handle.state();
            signal.set(state != PidHandle.State.ALIVE, false);
            if (state == PidHandle.State.GONE) {
                signal.hangUp();
            }
        }
    }

    @Override
    public synchronized int pollDescriptor() {
        if (signal == null) {
            signal = ReadableSignal.create();
            changed();
        }
        return signal.descriptor();
    }

    @Override
    public int readiness() {
        int ended = Poll.POLLIN | Poll.POLLRDNORM;
        return switch (handle.state()) {
            case ALIVE -> 0;
            case ENDED -> ended;
            case GONE -> ended | Poll.POLLHUP;
        };
    }

    @Override
    public int statusFlags() {
        return flags;
    }

    @Override
    public synchronized long setStatusFlags(int wanted) {
        flags = flags & ~OpenFlags.O_NONBLOCK | wanted & OpenFlags.O_NONBLOCK;
        return 0;
    }

    /** As the kernel has it: the start tells processes of the same number apart. */
    @Override
    public long status(FileStatus status) {
        status.device = DEVICE;
        status.inode = process.startTime() + handle.number();
        status.links = 1;
        status.mode = PERMISSIONS;
        status.blockSize = 4096;
        status.mask = Stat.STATX_BASIC_STATS;
        return 0;
    }

    @Override
    public long truncate(long length) {
        return -Errno.EOPNOTSUPP;
    }

    @Override
    public long modifiable() {
        return -Errno.EOPNOTSUPP;
    }

    @Override
    public long ioctl(IoContext io, int command, long argument) {
        return -Errno.ENOTTY;
    }

    @Override
    public long fileSystemType() {
        return FileSystems.PID_FS_MAGIC;
    }

    @Override
    public String information() {
        int number = handle.state() == PidHandle.State.GONE ? -1 : handle.number();
        return "Pid:\t" + number + "\nNSpid:\t" + number + "\n";
    }
}
