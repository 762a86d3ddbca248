package org.nesteddune.fs;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.kernel.Process;
import org.nesteddune.linux.Dirent;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.FileSystems;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Seek;

/** An open made-up directory, or any made-up file opened with O_PATH. */
final class NodeFile extends OpenFile {

    private final FsContext.Owner owner;
    private final Node node;
    private final long parentInode;
    private final long device;
    private final int flags;

    // The listing as it was when reading began, and the position in it. Guarded by this.
    private List<Node.Entry> entries;
    private int position;

    NodeFile(FsContext.Owner owner, Node node, long parentInode, long device, String path, int flags) {
        super(path);
        this.owner = owner;
        this.node = node;
        this.device = device;
        this.flags = flags;
        this.parentInode = parentInode;
    }

    Node node() {
        return node;
    }

    @Override
    public Process process() {
        return (flags & OpenFlags.O_PATH) == 0 ? node.process() : null;
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
    public long read(IoContext io, long address, long length) {
        return node.isDirectory() ? -Errno.EISDIR : -Errno.EBADF;
    }

    @Override
    public synchronized long seek(long offset, int whence) {
        long target = switch (whence) {
            case Seek.SEEK_SET -> offset;
            case Seek.SEEK_CUR -> position + offset;
            default -> -1;
        };
        if (target < 0 || target > Integer.MAX_VALUE) {
            return -Errno.EINVAL;
        }
        position = (int) target;
        if (position == 0) {
            entries = null;
        }
        return target;
    }

    @Override
    public synchronized long readDirectory(IoContext io, long address, long length) {
        if (!node.isDirectory()) {
            return -Errno.ENOTDIR;
        }
        if (entries == null) {
            List<Node.Entry> all = new ArrayList<>();
            all.add(new Node.Entry(".", node.inode(), Dirent.DT_DIR));
            all.add(new Node.Entry("..", parentInode, Dirent.DT_DIR));
            all.addAll(node.entries(owner));
            entries = all;
        }
        long written = 0;
        while (position < entries.size()) {
            int size = DirectoryRecords.write(io.memory(), address + written, length - written, entries.get(position),
                    position + 1L);
            if (size == 0) {
                return written == 0 ? -Errno.EINVAL : written;
            }
            written += size;
            position++;
        }
        return written;
    }

    @Override
    public String linkTarget() {
        return node.isLink() ? node.target(owner) : null;
    }

    @Override
    public long fileSystemType() {
        return path().startsWith("/proc") ? FileSystems.PROC_SUPER_MAGIC : FileSystems.TMPFS_MAGIC;
    }

    @Override
    public long modifiable() {
        return -Errno.EPERM;
    }
}
