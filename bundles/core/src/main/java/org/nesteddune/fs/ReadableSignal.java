package org.nesteddune.fs;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.syscall.ErrnoException;

/**
 * A host descriptor by which the host's {@code poll} and {@code epoll} see whether a file that lives in the JVM, and is
 * never written, can be read, and whether nothing will come any more. It is the reading end of a pipe. For one thread at a
 * time.
 */
public final class ReadableSignal implements AutoCloseable {

    /** Bytes in the pipe at most: less than any pipe holds. */
    private static final int MOST = 256;

    private final int reader;
    private int writer;
    private final NativeBuffer bytes = new NativeBuffer(MOST);
    private int count;

    private ReadableSignal(int reader, int writer) {
        this.reader = reader;
        this.writer = writer;
    }

    /**
     * Makes one that cannot be read.
     *
     * @throws ErrnoException EMFILE, ENFILE of the host
     */
    public static ReadableSignal create() {
        try (NativeBuffer pair = new NativeBuffer(8)) {
            ErrnoException.check(Linux.pipe2(pair.address(), OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK));
            int reader = Memory.getInt(pair.address());
            int writer = Memory.getInt(pair.address() + 4);
            if (!DescriptorReserve.allows(Math.max(reader, writer))) {
                Linux.close(reader);
                Linux.close(writer);
                throw new ErrnoException(Errno.ENFILE);
            }
            return new ReadableSignal(reader, writer);
        }
    }

    /** The host descriptor. */
    public int descriptor() {
        return reader;
    }

    /**
     * Says what holds now.
     *
     * @param again whether an edge is to be seen even if it could be read before
     */
    public void set(boolean readable, boolean again) {
        if (!readable || count == MOST) {
            clear();
        }
        if (readable && (count == 0 || again) && writer >= 0) {
            Linux.write(writer, bytes.address(), 1);
            count++;
        }
    }

    private void clear() {
        if (count > 0) {
            Linux.read(reader, bytes.address(), count);
            count = 0;
        }
    }

    /** Says that nothing will change any more (POLLHUP). */
    public void hangUp() {
        if (writer >= 0) {
            Linux.close(writer);
            writer = -1;
        }
    }

    @Override
    public void close() {
        hangUp();
        Linux.close(reader);
        bytes.close();
    }
}
