package org.nesteddune.internal.proc;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.IoContext;
import org.nesteddune.fs.Node;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.FileSystems;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Seek;
import org.nesteddune.linux.Stat;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.mm.AddressSpace;

/** {@code /proc/self/mem}: a process's own memory by offset, as far as it may read and write it anyway. */
final class MemoryNode extends Node {

    private final long device;
    private final AddressSpace memory;

    MemoryNode(long inode, long device, AddressSpace memory) {
        super(inode, Stat.S_IFREG | 0600);
        this.device = device;
        this.memory = memory;
    }

    @Override
    public OpenFile open(FsContext.Owner caller, String path, int flags) {
        return new MemoryFile(this, path, flags);
    }

    private static final class MemoryFile extends OpenFile {

        /** A transfer goes by way of an array of a page, as in the kernel's {@code mem_rw}. */
        private static final int CHUNK = 4096;

        private final MemoryNode node;
        private final int flags;
        private long position; // guarded by this

        MemoryFile(MemoryNode node, String path, int flags) {
            super(path);
            this.node = node;
            this.flags = flags;
        }

        @Override
        protected void close() {
            // The memory is the process's.
        }

        @Override
        public int statusFlags() {
            return flags & ~(OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOCTTY | OpenFlags.O_TRUNC);
        }

        @Override
        public long status(FileStatus status) {
            node.status(status);
            status.device = node.device;
            return 0;
        }

        @Override
        public synchronized long read(IoContext io, long address, long length) {
            return advance(readAt(io, address, length, position));
        }

        @Override
        public synchronized long write(IoContext io, long address, long length) {
            return advance(writeAt(io, address, length, position));
        }

        private long advance(long done) {
            if (done > 0) {
                position += done;
            }
            return done;
        }

        @Override
        public long readAt(IoContext io, long address, long length, long offset) {
            return OpenFlags.isReadable(flags)
                    ? fromFile(offset, io.memory(), address, length)
                    : -Errno.EBADF;
        }

        @Override
        public long writeAt(IoContext io, long address, long length, long offset) {
            return OpenFlags.isWritable(flags)
                    ? toFile(io.memory(), address, offset, length)
                    : -Errno.EBADF;
        }

        private long fromFile(long source, GuestMemory to, long target, long length) {
            byte[] chunk = new byte[CHUNK];
            long done = 0;
            while (done < length) {
                int count = count(source + done, length - done);
                try {
                    node.memory.readForced(source + done, chunk, 0, count);
                } catch (GuestFault fault) {
                    return done > 0 ? done : -Errno.EIO;
                }
                try {
                    to.write(target + done, chunk, 0, count);
                } catch (GuestFault fault) {
                    return done > 0 ? done : -Errno.EFAULT;
                }
                done += count;
            }
            return done;
        }

        private long toFile(GuestMemory from, long source, long target, long length) {
            byte[] chunk = new byte[CHUNK];
            long done = 0;
            while (done < length) {
                int count = count(target + done, length - done);
                try {
                    from.read(source + done, chunk, 0, count);
                } catch (GuestFault fault) {
                    return done > 0 ? done : -Errno.EFAULT;
                }
                try {
                    node.memory.writeForced(target + done, chunk, 0, count);
                } catch (GuestFault fault) {
                    return done > 0 ? done : -Errno.EIO;
                }
                done += count;
            }
            return done;
        }

        /** To the end of a page of the file at most. */
        private static int count(long address, long length) {
            return (int) Math.min(length, CHUNK - (int) (address & CHUNK - 1));
        }

        @Override
        public synchronized long seek(long offset, int whence) {
            if (whence != Seek.SEEK_SET && whence != Seek.SEEK_CUR) {
                return -Errno.EINVAL;
            }
            position = whence == Seek.SEEK_SET ? offset : position + offset;
            return position;
        }

        @Override
        public long fileSystemType() {
            return FileSystems.PROC_SUPER_MAGIC;
        }
    }
}
