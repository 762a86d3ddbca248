package org.nesteddune.kernel;

import java.util.Arrays;
import java.util.function.IntConsumer;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.fs.RecordLocks;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;

/**
 * A process's file descriptors. The table holds one reference to each open file description in it. Thread-safe; a
 * lookup takes a reference, so that a file stays open while a call uses it even if another thread closes the
 * descriptor.
 */
public final class DescriptorTable {

    /** Stands where a descriptor is promised to a file that is still being made. */
    private static final OpenFile RESERVED = new Reserved();

    private OpenFile[] files = new OpenFile[64];
    private boolean[] closeOnExec = new boolean[64];
    private final RecordLocks recordLocks = new RecordLocks();

    /**
     * The file behind a descriptor, with a reference that the caller gives back with {@link OpenFile#release}.
     *
     * @throws ErrnoException EBADF
     */
    public synchronized OpenFile get(int descriptor) {
        OpenFile file = peek(descriptor);
        if (file == null) {
            throw new ErrnoException(Errno.EBADF);
        }
        return file.retain();
    }

    /** The POSIX record locks that are held through this table. */
    public RecordLocks recordLocks() {
        return recordLocks;
    }

    /** How many descriptors the table has room for at present; those from here on are certainly not open. */
    public synchronized int capacity() {
        return files.length;
    }

    /** Whether no descriptor below a limit is free. */
    public synchronized boolean isFull(long limit) {
        for (int descriptor = 0; descriptor < files.length; descriptor++) {
            if (files[descriptor] == null) {
                return Long.compareUnsigned(descriptor, limit) >= 0;
            }
        }
        return Long.compareUnsigned(files.length, limit) >= 0;
    }

    /** Whether the descriptor is open. */
    public synchronized boolean isOpen(int descriptor) {
        return peek(descriptor) != null;
    }

    /** Whether a descriptor refers to a file. */
    public synchronized boolean has(OpenFile file) {
        return Arrays.asList(files).contains(file);
    }

    private OpenFile peek(int descriptor) {
        OpenFile file = descriptor >= 0 && descriptor < files.length ? files[descriptor] : null;
        return file == RESERVED ? null : file;
    }

    /**
     * Keeps the lowest free descriptor for a file that is to follow by {@link #set}; until then it seems not to be open.
     *
     * @return the descriptor, or −EMFILE
     */
    public synchronized int reserve(long limit) {
        int descriptor = lowestFree(0);
        if (Long.compareUnsigned(descriptor, limit) >= 0) {
            return -Errno.EMFILE;
        }
        put(descriptor, RESERVED, false);
        return descriptor;
    }

    /** Gives back a descriptor of {@link #reserve}. */
    public synchronized void giveBack(int descriptor) {
        if (files[descriptor] == RESERVED) {
            files[descriptor] = null;
        }
    }

    /**
     * Puts a file at the lowest free descriptor; the caller's reference becomes the table's.
     *
     * @param least the lowest number that may be used
     * @param limit RLIMIT_NOFILE
     * @return the descriptor; or −EMFILE, with the reference given back
     */
    public synchronized int add(OpenFile file, int least, long limit, boolean cloexec) {
        int descriptor = lowestFree(least);
        if (Long.compareUnsigned(descriptor, limit) >= 0) {
            file.release();
            return -Errno.EMFILE;
        }
        put(descriptor, file, cloexec);
        return descriptor;
    }

    private int lowestFree(int least) {
        int descriptor = least;
        while (descriptor < files.length && files[descriptor] != null) {
            descriptor++;
        }
        return descriptor;
    }

    /** Puts a file at a given descriptor, closing what was there; the caller's reference becomes the table's. */
    public void set(int descriptor, OpenFile file, boolean cloexec) {
        OpenFile old;
        synchronized (this) {
            old = peek(descriptor);
            put(descriptor, file, cloexec);
        }
        if (old != null) {
            closed(old);
        }
    }

    private void put(int descriptor, OpenFile file, boolean cloexec) {
        if (descriptor >= files.length) {
            int size = Math.max(descriptor + 1, files.length * 2);
            files = Arrays.copyOf(files, size);
            closeOnExec = Arrays.copyOf(closeOnExec, size);
        }
        files[descriptor] = file;
        closeOnExec[descriptor] = cloexec;
    }

    /** Closes a descriptor; 0 or −EBADF. */
    public int close(int descriptor) {
        OpenFile file;
        synchronized (this) {
            file = peek(descriptor);
            if (file == null) {
                return -Errno.EBADF;
            }
            files[descriptor] = null;
            closeOnExec[descriptor] = false;
        }
        closed(file);
        return 0;
    }

    private void closed(OpenFile file) {
        recordLocks.closed(file);
        file.flush(this);
        file.release();
    }

    /** The close-on-exec flag; −EBADF if the descriptor is not open. */
    public synchronized int closeOnExec(int descriptor) {
        return peek(descriptor) == null ? -Errno.EBADF : closeOnExec[descriptor] ? 1 : 0;
    }

    /** Sets the close-on-exec flag; 0 or −EBADF. */
    public synchronized int closeOnExec(int descriptor, boolean value) {
        if (peek(descriptor) == null) {
            return -Errno.EBADF;
        }
        closeOnExec[descriptor] = value;
        return 0;
    }

    /** Calls back with every open descriptor, in ascending order, from a snapshot. */
    public void forEach(IntConsumer action) {
        int[] open;
        synchronized (this) {
            open = java.util.stream.IntStream.range(0, files.length).filter(i -> peek(i) != null).toArray();
        }
        for (int descriptor : open) {
            action.accept(descriptor);
        }
    }

    /** A copy with references of its own, as {@code fork} makes it. */
    public synchronized DescriptorTable copy() {
        DescriptorTable copy = new DescriptorTable();
        copy.files = files.clone();
        copy.closeOnExec = closeOnExec.clone();
        for (int i = 0; i < files.length; i++) {
            if (files[i] == RESERVED) {
                copy.files[i] = null;
            } else if (files[i] != null) {
                files[i].retain();
            }
        }
        return copy;
    }

    /** Closes what is marked close-on-exec. */
    public void closeForExec() {
        forEach(descriptor -> {
            if (closeOnExec(descriptor) == 1) {
                close(descriptor);
            }
        });
    }

    /** Closes everything. */
    public void closeAll() {
        forEach(this::close);
        recordLocks.closeAll();
    }

    /** No file at all. */
    private static final class Reserved extends OpenFile {

        Reserved() {
            super("");
        }

        @Override
        protected void close() {
            // It holds nothing.
        }

        @Override
        public int statusFlags() {
            return 0;
        }

        @Override
        public long status(FileStatus status) {
            return -Errno.EBADF;
        }
    }
}
