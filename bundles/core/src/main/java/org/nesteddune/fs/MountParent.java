package org.nesteddune.fs;

import java.util.List;
import org.nesteddune.fs.MountNamespace.Mount;
import org.nesteddune.linux.Dirent;
import org.nesteddune.linux.Seek;

/**
 * An open host directory that has mount points. Where the host has no entry for one, as under a root directory without
 * {@code proc}, it is listed behind the host's entries.
 */
final class MountParent extends HostFile {

    /** Positions of the added entries, above all that host file systems use for theirs. */
    private static final long ADDED = Long.MAX_VALUE - 1024;

    private final List<Node.Entry> added;
    private int next; // guarded by this

    MountParent(int descriptor, String path, int flags, HostBuffer status, MountNamespace mounts, boolean fixed) {
        super(descriptor, path, flags, status, mounts, fixed);
        added = mounts.within(path).stream()
                .filter(mount -> status.stat(descriptor, name(mount)) != 0)
                .map(mount -> new Node.Entry(name(mount), mount.node() == null ? 1 : mount.node().inode(),
                        Dirent.DT_DIR))
                .toList();
    }

    private static String name(Mount mount) {
        return mount.point().substring(mount.point().lastIndexOf('/') + 1);
    }

    @Override
    public synchronized long readDirectory(IoContext io, long address, long length) {
        if (next == 0) {
            long result = super.readDirectory(io, address, length);
            if (result != 0) {
                return result;
            }
        }
        long written = 0;
        while (next < added.size()) {
            int size = DirectoryRecords.write(
                    io.memory(), address + written, length - written, added.get(next), ADDED + next + 1);
            if (size == 0) {
                break;
            }
            written += size;
            next++;
        }
        return written;
    }

    @Override
    public synchronized long seek(long offset, int whence) {
        if (whence == Seek.SEEK_SET && offset > ADDED && offset <= ADDED + added.size()) {
            super.seek(0, Seek.SEEK_END);
            next = (int) (offset - ADDED);
            return offset;
        }
        if (whence == Seek.SEEK_CUR && offset == 0 && next > 0) {
            return ADDED + next;
        }
        next = 0;
        return super.seek(offset, whence);
    }
}
