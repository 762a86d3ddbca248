package org.nesteddune.fs;

import java.util.concurrent.atomic.AtomicInteger;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.linux.Errno;

/**
 * An open file description: what descriptors of one or several guests refer to. It is counted; the last
 * {@link #release} closes it. Methods return a value or a negated error number and may throw
 * {@link org.nesteddune.memory.GuestFault}; what a kind of file does not support gives the error Linux gives.
 * Thread-safe.
 */
public abstract class OpenFile {

    private final AtomicInteger references = new AtomicInteger(1);
    private final String path;

    /**
     * @param path the guest's absolute path, or a description like {@code pipe:[17]} for what has none; bytes as
     *     ISO-8859-1 chars
     */
    protected OpenFile(String path) {
        this.path = path;
    }

    /** The path under which it was opened, as {@code /proc/self/fd} shows it. */
    public String path() {
        return path;
    }

    /** Takes a further reference. */
    public final OpenFile retain() {
        references.incrementAndGet();
        return this;
    }

    /**
     * Takes a reference unless the description is closed already, as another thread may have done meanwhile.
     *
     * @return whether the caller now has a reference
     */
    public final boolean tryRetain() {
        for (; ; ) {
            int count = references.get();
            if (count == 0) {
                return false;
            }
            if (references.compareAndSet(count, count + 1)) {
                return true;
            }
        }
    }

    /** Gives a reference back; the last one closes the description. */
    public final void release() {
        if (references.decrementAndGet() == 0) {
            close();
        }
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

    /** {@code O_*} access mode and status flags, as {@code F_GETFL} gives them. */
    public abstract int statusFlags();

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

    /** Moves the file position; {@code SEEK_*}. */
    public long seek(long offset, int whence) {
        return -Errno.ESPIPE;
    }

    /** Fills in the file's status. */
    public abstract long status(FileStatus status);

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

    /** Which of the {@code POLL*} events hold now; only asked where there is no host descriptor. */
    public int readiness() {
        return 0x145; // POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM: like a regular file, always ready
    }
}
