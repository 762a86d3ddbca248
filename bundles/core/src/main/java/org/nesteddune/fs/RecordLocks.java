package org.nesteddune.fs;

import static org.nesteddune.host.SyscallNumbers.SYS_fcntl;

import java.util.HashMap;
import java.util.Map;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Seek;
import org.nesteddune.linux.Stat;
import org.nesteddune.syscall.ErrnoException;

/**
 * The POSIX record locks of one descriptor table ({@code F_SETLK}). They belong to the process and the file, not to a
 * description, and end when the process closes any descriptor of the file. In the host they are the description locks
 * ({@code F_OFD_SETLK}) of one further description a file, opened for this alone; so they exclude each other between
 * guests, and between guests and other programs of the host, as the host's kernel decides; who holds what the
 * {@link LockTable} knows. Thread-safe.
 *
 * <p>{@code struct flock}: type at 0 and whence at 2 (16 bits each), start at 8, length at 16, pid at 24 (32 bits).
 */
public final class RecordLocks {

    private static final int WHENCE = 2;
    private static final int START = 8;
    private static final int LENGTH = 16;
    private static final int PID = 24;

    /** The description that holds the locks of one file. Fields guarded by the table. */
    private static final class Holder {
        final int descriptor;
        int users = 1; // the map's, and those of calls in progress

        Holder(int descriptor) {
            this.descriptor = descriptor;
        }
    }

    private final Map<LockTable.FileId, Holder> holders = new HashMap<>();
    private volatile boolean used;
    private volatile LockTable table; // the dune's; null until there is a lock

    /**
     * {@code F_SETLK} and {@code F_SETLKW}.
     *
     * @param lock host address of a {@code struct flock}, which may be overwritten
     */
    public long set(Task task, OpenFile file, long lock, boolean wait) {
        int type = Memory.getShort(lock);
        if (type != Fcntl.F_RDLCK && type != Fcntl.F_WRLCK && type != Fcntl.F_UNLCK) {
            return -Errno.EINVAL;
        }
        if (type == Fcntl.F_RDLCK && !OpenFlags.isReadable(file.accessFlags())
                || type == Fcntl.F_WRLCK && !OpenFlags.isWritable(file.accessFlags())) {
            return -Errno.EBADF;
        }
        if (!(file instanceof HostFile host)) {
            return -Errno.EINVAL;
        }
        Range range = range(host, lock);
        table = task.process().table().recordLocks();
        LockTable.Lock wanted =
                new LockTable.Lock(this, task.process().pid(), type, range.start, range.end);
        LockTable.FileId id = new LockTable.FileId(host.device(), host.inode());
        write(lock, range);
        Holder holder = take(host);
        try {
            if (type == Fcntl.F_UNLCK) {
                table.set(id, wanted); // before somebody else has it
                return Linux.fcntl(holder.descriptor, Fcntl.F_OFD_SETLK, lock);
            }
            long result = Linux.fcntl(holder.descriptor, Fcntl.F_OFD_SETLK, lock);
            if (result == -Errno.EAGAIN && wait) {
                result = await(task, holder, id, wanted, lock);
            }
            if (result == 0) {
                table.set(id, wanted);
            }
            return result;
        } finally {
            give(holder);
        }
    }

    private long await(Task task, Holder holder, LockTable.FileId id, LockTable.Lock wanted, long lock) {
        if (!table.await(task, id, wanted)) {
            return -Errno.EDEADLK;
        }
        try {
            return task.blockingCall(SYS_fcntl, holder.descriptor, Fcntl.F_OFD_SETLKW, lock, 0, 0, 0);
        } finally {
            table.done(task);
        }
    }

    /**
     * {@code F_GETLK} and {@code F_OFD_GETLK}: a lock that is in the way is a guest's or a stranger's, whose pid is 0; that
     * of a description has pid −1.
     *
     * @param description whether the description asks, not the process
     */
    public long query(Task task, OpenFile file, long lock, boolean description) {
        int type = Memory.getShort(lock);
        if (type != Fcntl.F_RDLCK && type != Fcntl.F_WRLCK) {
            return -Errno.EINVAL;
        }
        if (!(file instanceof HostFile host)) {
            return -Errno.EINVAL;
        }
        long start = Memory.getLong(lock + START);
        long length = Memory.getLong(lock + LENGTH);
        short whence = Memory.getShort(lock + WHENCE);
        int pid = Memory.getInt(lock + PID);
        if (description && pid != 0) {
            return -Errno.EINVAL;
        }
        write(lock, range(host, lock));
        Holder holder = description ? null : take(host);
        try {
            int descriptor = holder == null ? host.hostDescriptor() : holder.descriptor;
            long result = Linux.fcntl(descriptor, Fcntl.F_OFD_GETLK, lock);
            if (result != 0) {
                return result;
            }
            if (Memory.getShort(lock) == Fcntl.F_UNLCK) {
                Memory.putLong(lock + START, start); // nothing but the type changes then
                Memory.putLong(lock + LENGTH, length);
                Memory.putShort(lock + WHENCE, whence);
                Memory.putInt(lock + PID, pid);
            } else {
                Memory.putInt(lock + PID, holder(task, host, type, lock));
            }
            return 0;
        } finally {
            if (holder != null) {
                give(holder);
            }
        }
    }

    /** Whose the lock is that the host has found: to the host those of guests are locks of descriptions. */
    private int holder(Task task, HostFile file, int type, long lock) {
        if (Memory.getInt(lock + PID) > 0) {
            return 0; // another program's
        }
        long start = Memory.getLong(lock + START);
        long length = Memory.getLong(lock + LENGTH);
        LockTable.Lock seen = new LockTable.Lock(
                this, 0, type, start, length == 0 ? Long.MAX_VALUE : start + length - 1);
        LockTable.Lock found = task.process().table().recordLocks()
                .conflict(new LockTable.FileId(file.device(), file.inode()), seen);
        return found == null ? -1 : found.pid();
    }

    /** A range of a file by its first and last byte. */
    private record Range(long start, long end) {}

    /** What a {@code struct flock} means ({@code flock_to_posix_lock} of {@code fs/locks.c}). */
    private static Range range(HostFile file, long lock) {
        long base = switch (Memory.getShort(lock + WHENCE)) {
            case Seek.SEEK_SET -> 0;
            case Seek.SEEK_CUR -> ErrnoException.check(Linux.lseek(file.hostDescriptor(), 0, Seek.SEEK_CUR));
            case Seek.SEEK_END -> {
                FileStatus status = new FileStatus();
                ErrnoException.check(file.status(status));
                yield status.size;
            }
            default -> throw new ErrnoException(Errno.EINVAL);
        };
        long start = Memory.getLong(lock + START);
        long length = Memory.getLong(lock + LENGTH);
        if (start > Long.MAX_VALUE - base) {
            throw new ErrnoException(Errno.EOVERFLOW);
        }
        start += base;
        if (start < 0) {
            throw new ErrnoException(Errno.EINVAL);
        }
        if (length > 0) {
            if (length - 1 > Long.MAX_VALUE - start) {
                throw new ErrnoException(Errno.EOVERFLOW);
            }
            return new Range(start, start + length - 1);
        }
        if (length < 0) {
            if (start + length < 0) {
                throw new ErrnoException(Errno.EINVAL);
            }
            return new Range(start + length, start - 1);
        }
        return new Range(start, Long.MAX_VALUE);
    }

    /** Writes a range for the host, whose description has a position of its own. Description locks want pid 0. */
    private static void write(long lock, Range range) {
        Memory.putShort(lock + WHENCE, (short) Seek.SEEK_SET);
        Memory.putLong(lock + START, range.start);
        Memory.putLong(lock + LENGTH, range.end == Long.MAX_VALUE ? 0 : range.end - range.start + 1);
        Memory.putInt(lock + PID, 0);
    }

    private synchronized Holder take(HostFile file) {
        LockTable.FileId id = new LockTable.FileId(file.device(), file.inode());
        Holder holder = holders.get(id);
        if (holder == null) {
            holder = new Holder(open(file));
            holders.put(id, holder);
            used = true;
        }
        holder.users++;
        return holder;
    }

    /**
     * Opens the file once more, for all that a lock may want. Where that is not allowed, or would do more than that, it is
     * the guest's own description.
     */
    private static int open(HostFile file) {
        int own = file.hostDescriptor();
        if (file.type() != Stat.S_IFREG) {
            return (int) ErrnoException.check(Linux.fcntl(own, Fcntl.F_DUPFD_CLOEXEC, 3));
        }
        try (HostBuffer.Pool pool = new HostBuffer.Pool()) {
            HostBuffer buffer = pool.take();
            try {
                long flags = OpenFlags.O_RDWR | OpenFlags.O_NOCTTY | OpenFlags.O_NONBLOCK | OpenFlags.O_LARGEFILE;
                long again = buffer.open(null, Fcntl.AT_FDCWD, HostBuffer.descriptorPath(own), flags, 0, 0);
                if (again < 0) {
                    again = Linux.fcntl(own, Fcntl.F_DUPFD_CLOEXEC, 3);
                }
                return (int) ErrnoException.check(again);
            } finally {
                pool.give(buffer);
            }
        }
    }

    private synchronized void give(Holder holder) {
        if (--holder.users == 0) {
            Linux.close(holder.descriptor);
        }
    }

    /** Ends all locks on a file, because a descriptor of it has been closed. */
    public void closed(OpenFile file) {
        if (!used || !(file instanceof HostFile host)) {
            return;
        }
        LockTable.FileId id = new LockTable.FileId(host.device(), host.inode());
        synchronized (this) {
            Holder holder = holders.remove(id);
            if (holder != null) {
                forget(id);
                unlock(holder);
                give(holder);
            }
        }
    }

    /** Whether there may be locks: there have been some on a file that is still open. */
    public synchronized boolean areHeld() {
        return !holders.isEmpty();
    }

    /** Ends all locks. */
    public synchronized void closeAll() {
        holders.forEach((id, holder) -> {
            forget(id);
            unlock(holder);
            give(holder);
        });
        holders.clear();
    }

    private void forget(LockTable.FileId id) {
        LockTable known = table;
        if (known != null) {
            known.remove(id, this);
        }
    }

    /** Unlocks everything; closing alone would not, where another call or a duplicate keeps the description. */
    private static void unlock(Holder holder) {
        try (NativeBuffer lock = new NativeBuffer(32)) {
            Memory.putShort(lock.address(), (short) Fcntl.F_UNLCK);
            Linux.fcntl(holder.descriptor, Fcntl.F_OFD_SETLK, lock.address());
        }
    }
}
