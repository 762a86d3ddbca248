package org.nesteddune.fs;

import static org.nesteddune.host.SyscallNumbers.SYS_fcntl;

import java.util.HashMap;
import java.util.Map;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
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
 * guests, and between guests and other programs of the host, as the host's kernel decides. Thread-safe.
 *
 * <p>{@code struct flock}: type at 0 and whence at 2 (16 bits each), start at 8, length at 16, pid at 24 (32 bits).
 */
public final class RecordLocks {

    private static final int WHENCE = 2;
    private static final int START = 8;
    private static final int LENGTH = 16;
    private static final int PID = 24;

    private record FileId(long device, long inode) {}

    /** The description that holds the locks of one file. Fields guarded by the table. */
    private static final class Holder {
        final int descriptor;
        int users = 1; // the map's, and those of calls in progress

        Holder(int descriptor) {
            this.descriptor = descriptor;
        }
    }

    private final Map<FileId, Holder> holders = new HashMap<>();
    private volatile boolean used;

    /**
     * {@code F_SETLK} and {@code F_SETLKW}.
     *
     * @param lock host address of a {@code struct flock}, which may be overwritten
     */
    public long set(IoContext io, OpenFile file, long lock, boolean wait) {
        int type = Memory.getShort(lock);
        if (type != Fcntl.F_RDLCK && type != Fcntl.F_WRLCK && type != Fcntl.F_UNLCK) {
            return -Errno.EINVAL;
        }
        if (type == Fcntl.F_RDLCK && !OpenFlags.isReadable(file.accessFlags())
                || type == Fcntl.F_WRLCK && !OpenFlags.isWritable(file.accessFlags())) {
            return -Errno.EBADF;
        }
        if (!(file instanceof HostFile host) || host.type() != Stat.S_IFREG) {
            return -Errno.EINVAL;
        }
        long error = makeAbsolute(host, lock);
        if (error < 0) {
            return error;
        }
        Holder holder = take(host);
        try {
            return wait && type != Fcntl.F_UNLCK
                    ? io.blockingCall(SYS_fcntl, holder.descriptor, Fcntl.F_OFD_SETLKW, lock, 0, 0, 0)
                    : Linux.fcntl(holder.descriptor, Fcntl.F_OFD_SETLK, lock);
        } finally {
            give(holder);
        }
    }

    /** {@code F_GETLK}; the lock that is found has pid −1, as the host does not know whose it is. */
    public long query(OpenFile file, long lock) {
        int type = Memory.getShort(lock);
        if (type != Fcntl.F_RDLCK && type != Fcntl.F_WRLCK) {
            return -Errno.EINVAL;
        }
        if (!(file instanceof HostFile host)) {
            return -Errno.EINVAL;
        }
        long start = Memory.getLong(lock + START);
        short whence = Memory.getShort(lock + WHENCE);
        int pid = Memory.getInt(lock + PID);
        long error = makeAbsolute(host, lock);
        if (error < 0) {
            return error;
        }
        Holder holder = host.type() == Stat.S_IFREG ? take(host) : null;
        try {
            int descriptor = holder == null ? host.hostDescriptor() : holder.descriptor;
            long result = Linux.fcntl(descriptor, Fcntl.F_OFD_GETLK, lock);
            if (result == 0 && Memory.getShort(lock) == Fcntl.F_UNLCK) {
                Memory.putLong(lock + START, start); // nothing but the type changes then
                Memory.putShort(lock + WHENCE, whence);
                Memory.putInt(lock + PID, pid);
            }
            return result;
        } finally {
            if (holder != null) {
                give(holder);
            }
        }
    }

    /** The position that SEEK_CUR refers to is the guest's description's. Description locks want pid 0. */
    private static long makeAbsolute(HostFile file, long lock) {
        Memory.putInt(lock + PID, 0);
        if (Memory.getShort(lock + WHENCE) != Seek.SEEK_CUR) {
            return 0;
        }
        long position = Linux.lseek(file.hostDescriptor(), 0, Seek.SEEK_CUR);
        if (position < 0) {
            return position;
        }
        long start = Memory.getLong(lock + START);
        long length = Memory.getLong(lock + LENGTH);
        boolean startOverflows = start > 0 && position > Long.MAX_VALUE - start;
        if (startOverflows || length > 0 && start + position > Long.MAX_VALUE - length + 1) {
            return -Errno.EOVERFLOW;
        }
        Memory.putLong(lock + START, start + position);
        Memory.putShort(lock + WHENCE, (short) Seek.SEEK_SET);
        return 0;
    }

    private synchronized Holder take(HostFile file) {
        FileId id = new FileId(file.device(), file.inode());
        Holder holder = holders.get(id);
        if (holder == null) {
            holder = new Holder(open(file));
            holders.put(id, holder);
            used = true;
        }
        holder.users++;
        return holder;
    }

    /** Opens the file once more, for all that a lock may want; where that is not allowed, as the guest has it. */
    private static int open(HostFile file) {
        int own = file.hostDescriptor();
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
        synchronized (this) {
            Holder holder = holders.remove(new FileId(host.device(), host.inode()));
            if (holder != null) {
                unlock(holder);
                give(holder);
            }
        }
    }

    /** Ends all locks. */
    public synchronized void closeAll() {
        for (Holder holder : holders.values()) {
            unlock(holder);
            give(holder);
        }
        holders.clear();
    }

    /** Unlocks everything; closing alone would not, where another call or a duplicate keeps the description. */
    private static void unlock(Holder holder) {
        try (NativeBuffer lock = new NativeBuffer(32)) {
            Memory.putShort(lock.address(), (short) Fcntl.F_UNLCK);
            Linux.fcntl(holder.descriptor, Fcntl.F_OFD_SETLK, lock.address());
        }
    }
}
