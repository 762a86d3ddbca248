package org.nesteddune.fs;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.host.Memory;
import org.nesteddune.host.ReferenceCount;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.Process;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.FileSystems;
import org.nesteddune.linux.OpenFlags;

/**
 * An open file description: what descriptors of one or several guests refer to. It is counted; the last
 * {@link #release} closes it. Methods return a value or a negated error number and may throw
 * {@link org.nesteddune.memory.GuestFault}; what a kind of file does not support gives the error Linux gives.
 * Thread-safe.
 */
public abstract class OpenFile {

    private final ReferenceCount references = new ReferenceCount();
    private final String path;
    private volatile FileSignals signals;
    private PollDescriptors polled; // guarded by this; made when first needed

    /**
     * @param path the guest's absolute path, or a description like {@code pipe:[17]} for what has none; bytes as
     *     ISO-8859-1 chars
     */
    protected OpenFile(String path) {
        this.path = path;
    }

    /** The path under which it was opened. */
    public String path() {
        return path;
    }

    /** What {@code /proc/self/fd} shows for it now: the path after renames, {@code " (deleted)"} behind it if it is. */
    public String currentPath() {
        return path;
    }

    /** The process that it stands for: that of a pidfd, or of a directory {@code /proc/PID}; null for all else. */
    public Process process() {
        return null;
    }

    /** Takes a further reference. */
    public final OpenFile retain() {
        references.retain();
        return this;
    }

    /**
     * Takes a reference unless the description is closed already, as another thread may have done meanwhile.
     *
     * @return whether the caller now has a reference
     */
    public final boolean tryRetain() {
        return references.tryRetain();
    }

    /** Gives a reference back; the last one closes the description. */
    public final void release() {
        if (references.release()) {
            FileSignals own = signals;
            if (own != null) {
                own.close();
            }
            PollDescriptors all = polled();
            if (all != null) {
                all.close();
            }
            close();
        }
    }

    /** Who is told by signals what happens here. */
    public final FileSignals signals() {
        FileSignals own = signals;
        if (own == null) {
            synchronized (references) {
                own = signals;
                if (own == null) {
                    own = new FileSignals(this);
                    signals = own;
                }
            }
        }
        return own;
    }

    /**
     * Whether signal-driven I/O is the host's: the description had O_ASYNC when it came from there, and its owner is a native process, as
     * which a guest may have entered.
     */
    public boolean isSignalledByHost() {
        return false;
    }

    /** Whether signal-driven I/O is switched on (O_ASYNC). */
    public final boolean isSignalling() {
        FileSignals own = signals;
        return own != null && own.isOn();
    }

    /** Frees what the description holds. Called once. */
    protected abstract void close();

    /**
     * The host descriptor that stands for the same open file description, or −1 if there is none. It stays the
     * description's property.
     */
    public int hostDescriptor() {
        return -1;
    }

    /**
     * The host descriptor by which the host's {@code poll} and {@code epoll} see whether the file can be read or written;
     * for a file that lives in the JVM it need not be good for anything else. −1 if the file is always the same, see
     * {@link #readiness}. It stays the description's property; where processes see different things in a file, each has its
     * own.
     */
    public int pollDescriptor() {
        return hostDescriptor();
    }

    /** The same as a process sees it that need not be the calling task's. */
    public int pollDescriptor(Process process) {
        return pollDescriptor();
    }

    /** A process has closed a descriptor of the file in a table of its own ({@code file_operations.flush}). */
    public void flush(DescriptorTable table) {
        // Few kinds of file care.
    }

    /** Whether {@link #mappingsChanged} is to be called, and mappings that lie side by side stay two. */
    public boolean watchesMappings() {
        return false;
    }

    /**
     * Mappings of the file have come or gone, as {@code vm_operations_struct}'s open and close tell. Called by the thread
     * that changes the address space, without the lock of that.
     *
     * @param change how many more there are, or fewer
     */
    public void mappingsChanged(int change) {
        // Few kinds of file care.
    }

    /**
     * The host descriptor under which one of the guest's is to be entered in an epoll instance. Each success is undone by
     * {@link #leavePolling}.
     *
     * @param process whose descriptor it is
     * @param number the guest's descriptor
     */
    public final int enterPolling(Process process, int number) {
        PollDescriptors all;
        synchronized (this) {
            if (polled == null) {
                polled = new PollDescriptors();
            }
            all = polled;
        }
        return all.enter(pollDescriptor(process), number);
    }

    /** The host descriptor under which a descriptor of a process is entered in epoll instances; −1 if it is in none. */
    public final int polledAs(Process process, int number) {
        PollDescriptors all = polled();
        return all == null ? -1 : all.find(pollDescriptor(process), number);
    }

    /** One epoll instance fewer has the descriptor of a process. */
    public final void leavePolling(Process process, int number) {
        PollDescriptors all = polled();
        if (all != null) {
            all.leave(pollDescriptor(process), number);
        }
    }

    /** A descriptor that {@link #pollDescriptor} gave is about to be closed before the description is. */
    protected final void forgetPolling(int descriptor) {
        PollDescriptors all = polled();
        if (all != null) {
            all.forget(descriptor);
        }
    }

    private synchronized PollDescriptors polled() {
        return polled;
    }

    /**
     * The host descriptor for moving data inside the host's kernel, or −1 where all that is read and written has to be seen.
     */
    public int pumpDescriptor() {
        return hostDescriptor();
    }

    /** {@code O_*} access mode and status flags, as {@code F_GETFL} gives them. */
    public abstract int statusFlags();

    /** The access mode and O_PATH, which never change. */
    public int accessFlags() {
        return statusFlags() & (OpenFlags.O_ACCMODE | OpenFlags.O_PATH);
    }

    /** Sets the status flags that {@code F_SETFL} may change. */
    public long setStatusFlags(int flags) {
        return 0;
    }

    /** Reads up to {@code length} bytes into guest memory at the file position. */
    public long read(IoContext io, long address, long length) {
        return -Errno.EINVAL;
    }

    /** Writes up to {@code length} bytes from guest memory at the file position. */
    public long write(IoContext io, long address, long length) {
        return -Errno.EINVAL;
    }

    /** Reads at an offset; the file position stays. */
    public long readAt(IoContext io, long address, long length, long offset) {
        return -Errno.ESPIPE;
    }

    /** Writes at an offset; the file position stays. */
    public long writeAt(IoContext io, long address, long length, long offset) {
        return -Errno.ESPIPE;
    }

    /**
     * Reads into several buffers, as {@code preadv2} does.
     *
     * @param vector host address of {@code count} {@code struct iovec}s whose bases are guest addresses; they may be
     *     overwritten. Together they have at most MAX_RW_COUNT bytes.
     * @param offset where in the file, or −1 for the file position
     * @param flags {@code RWF_*}
     */
    public long readVector(IoContext io, long vector, int count, long offset, int flags) {
        return transferVector(io, vector, count, offset, flags, false);
    }

    /** Writes from several buffers; see {@link #readVector}. */
    public long writeVector(IoContext io, long vector, int count, long offset, int flags) {
        return transferVector(io, vector, count, offset, flags, true);
    }

    final long transferVector(IoContext io, long vector, int count, long offset, int flags, boolean write) {
        if (flags != 0) {
            return -Errno.EOPNOTSUPP;
        }
        long total = 0;
        for (int i = 0; i < count; i++) {
            long address = Memory.getLong(vector + i * 16L);
            long length = Memory.getLong(vector + i * 16L + 8);
            if (length == 0) {
                continue;
            }
            long done;
            if (offset < 0) {
                done = write ? write(io, address, length) : read(io, address, length);
            } else {
                long at = offset + total;
                done = write ? writeAt(io, address, length, at) : readAt(io, address, length, at);
            }
            if (done < 0) {
                return total > 0 ? total : done;
            }
            total += done;
            if (done < length) {
                break;
            }
        }
        return total;
    }

    /** Moves the file position; {@code SEEK_*}. */
    public long seek(long offset, int whence) {
        return -Errno.ESPIPE;
    }

    /** Fills in the file's status. */
    public abstract long status(FileStatus status);

    /**
     * The same without allocating anything.
     *
     * @param scratch host memory for a host call, at least 512 bytes
     */
    public long status(long scratch, FileStatus status) {
        return status(status);
    }

    /** Writes {@code struct linux_dirent64} records to guest memory; 0 at the end. */
    public long readDirectory(IoContext io, long address, long length) {
        return -Errno.ENOTDIR;
    }

    /** Device control. */
    public long ioctl(IoContext io, int command, long argument) {
        return -Errno.ENOTTY;
    }

    /** Sets the length. */
    public long truncate(long length) {
        return -Errno.EINVAL;
    }

    /**
     * Opens the object once more, with another position and other flags, as following {@code /proc/self/fd/N} does.
     * Only asked where there is no host descriptor.
     *
     * @return the new description, or null if the kind of file cannot be opened (ENXIO)
     */
    public OpenFile reopen(int flags) {
        return null;
    }

    /** The target of a symbolic link that was opened itself, with O_PATH and O_NOFOLLOW; null for all else. */
    public String linkTarget() {
        return null;
    }

    /** The magic number of its file system ({@code linux/magic.h}); only asked where there is no host descriptor. */
    public long fileSystemType() {
        return FileSystems.ANON_INODE_FS_MAGIC;
    }

    /**
     * Whether ownership, permissions, times and attributes of the file may be changed at all.
     *
     * @return 0, or −EPERM, −EROFS
     */
    public long modifiable() {
        return -Errno.EPERM;
    }

    /** Why nobody outside dune could use the file, as a clause ("it …"); null if that is not so. */
    public String boundToDune() {
        return null;
    }

    /** Further lines that {@code /proc/PID/fdinfo} has for this kind of file, each with its end; mostly none. */
    public String information() {
        return "";
    }

    /** Which of the {@code POLL*} events hold now; only asked where there is no {@link #pollDescriptor}. */
    public int readiness() {
        return 0x145; // POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM: like a regular file, always ready
    }
}
