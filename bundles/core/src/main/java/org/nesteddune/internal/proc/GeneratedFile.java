package org.nesteddune.internal.proc;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.IoContext;
import org.nesteddune.fs.Node;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.FileSystems;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Seek;
import org.nesteddune.syscall.ErrnoException;

/**
 * An open file whose bytes are made when it is read from its start, and stay the same until it is read from the start
 * again, as the kernel's {@code seq_file} does.
 */
final class GeneratedFile extends OpenFile {

    /** The longest write that is taken, a page as for sysctl files. */
    private static final int WRITE_LIMIT = 4096;

    private final Node node;
    private final long device;
    private final int flags;
    private final Supplier<byte[]> content;
    private final Consumer<byte[]> receiver;

    // Guarded by this.
    private byte[] bytes;
    private long position;

    /**
     * @param content makes the bytes; may throw {@link ErrnoException}
     * @param receiver takes what is written at once; null if nothing is
     */
    GeneratedFile(
            Node node, long device, String path, int flags, Supplier<byte[]> content, Consumer<byte[]> receiver) {
        super(path);
        this.node = node;
        this.device = device;
        this.flags = flags;
        this.content = content;
        this.receiver = receiver;
    }

    @Override
    protected void close() {
        // Nothing of the host's stands behind it.
    }

    @Override
    public int statusFlags() {
        return flags & ~(OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOCTTY | OpenFlags.O_TRUNC);
    }

    @Override
    public long status(FileStatus status) {
        node.status(status);
        status.device = device;
        return 0;
    }

    @Override
    public OpenFile reopen(int newFlags) {
        boolean writes = (newFlags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY;
        if (writes && receiver == null) {
            throw new ErrnoException(Errno.EACCES);
        }
        return new GeneratedFile(node, device, path(), newFlags, content, receiver);
    }

    @Override
    public synchronized long read(IoContext io, long address, long length) {
        long done = copy(io, address, length, position);
        if (done > 0) {
            position += done;
        }
        return done;
    }

    @Override
    public synchronized long readAt(IoContext io, long address, long length, long offset) {
        return copy(io, address, length, offset);
    }

    private long copy(IoContext io, long address, long length, long offset) {
        if (!OpenFlags.isReadable(flags)) {
            return -Errno.EBADF;
        }
        if (bytes == null || offset == 0) {
            bytes = content.get();
        }
        if (offset >= bytes.length || length <= 0) {
            return length < 0 ? -Errno.EFAULT : 0;
        }
        int count = (int) Math.min(length, bytes.length - offset);
        io.memory().write(address, bytes, (int) offset, count);
        return count;
    }

    @Override
    public long write(IoContext io, long address, long length) {
        if (!OpenFlags.isWritable(flags)) {
            return -Errno.EBADF;
        }
        if (receiver == null) {
            return -Errno.EIO;
        }
        if (length < 0 || length > WRITE_LIMIT) {
            return -Errno.EINVAL;
        }
        byte[] text = new byte[(int) length];
        io.memory().read(address, text, 0, text.length);
        receiver.accept(text);
        return length;
    }

    @Override
    public long writeAt(IoContext io, long address, long length, long offset) {
        return write(io, address, length);
    }

    @Override
    public synchronized long seek(long offset, int whence) {
        long target = switch (whence) {
            case Seek.SEEK_SET -> offset;
            case Seek.SEEK_CUR -> position + offset;
            default -> -1;
        };
        if (target < 0) {
            return -Errno.EINVAL;
        }
        position = target;
        return target;
    }

    @Override
    public long fileSystemType() {
        return FileSystems.PROC_SUPER_MAGIC;
    }
}
