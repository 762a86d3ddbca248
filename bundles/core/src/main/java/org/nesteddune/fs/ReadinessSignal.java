package org.nesteddune.fs;

import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.Memory;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.syscall.ErrnoException;

/**
 * A host descriptor by which the host's {@code poll} and {@code epoll} see whether a file that lives in the JVM can be
 * read or written. It is an event counter: at 0 it can be written only, at its greatest value read only, and between
 * them both. A file that can be neither is shown as one that can be written. For one thread at a time.
 *
 * <p>For a moment between "read only" and "both" it cannot be read: a poll without waiting may miss that something is
 * there, one that waits does not.
 */
public final class ReadinessSignal implements AutoCloseable {

    private static final long FULL = -2;

    private final int descriptor;
    private final NativeBuffer word = new NativeBuffer(Long.BYTES);
    private long count;

    private ReadinessSignal(int descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Makes one.
     *
     * @param events POLLIN and POLLOUT, as they hold now
     * @throws ErrnoException EMFILE, ENFILE, ENOMEM of the host
     */
    public static ReadinessSignal create(int events) {
        int descriptor = (int) ErrnoException.check(Linux.eventfd2(0, OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK));
        ReadinessSignal signal = new ReadinessSignal(DescriptorReserve.checkOrClose(descriptor));
        signal.set(events, false);
        return signal;
    }

    /** The host descriptor. */
    public int descriptor() {
        return descriptor;
    }

    /**
     * Says what holds now.
     *
     * @param again whether an edge is to be seen even if the file could be read before
     */
    public void set(int events, boolean again) {
        boolean readable = (events & Poll.POLLIN) != 0;
        boolean writable = (events & Poll.POLLOUT) != 0;
        if (!readable) {
            clear();
        } else if (!writable) {
            add(FULL - count);
        } else {
            if (count == FULL) {
                clear();
            }
            if (count == 0 || again) {
                add(1);
            }
        }
    }

    private void clear() {
        if (count != 0) {
            Linux.read(descriptor, word.address(), Long.BYTES);
            count = 0;
        }
    }

    private void add(long value) {
        if (value != 0) {
            Memory.putLong(word.address(), value);
            Linux.write(descriptor, word.address(), Long.BYTES);
            count += value;
        }
    }

    @Override
    public void close() {
        Linux.close(descriptor);
        word.close();
    }
}
