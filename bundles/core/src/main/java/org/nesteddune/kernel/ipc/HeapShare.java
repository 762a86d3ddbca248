package org.nesteddune.kernel.ipc;

import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;

/**
 * How much of the JVM's heap the objects of a namespace may take: guests fill queues at will, and must not be able to use
 * up what the runtime lives on. Beyond it there is no memory for them, as on a machine without. Thread-safe.
 */
final class HeapShare {

    /** What an object of ours takes beside the bytes in it, roughly. */
    static final int OBJECT = 96;

    private static final int PART_OF_HEAP = 4;

    private final long limit;
    private long taken;

    HeapShare() {
        this(Runtime.getRuntime().maxMemory() / PART_OF_HEAP);
    }

    HeapShare(long limit) {
        this.limit = limit;
    }

    /** Takes bytes. Throws ENOMEM. */
    synchronized void take(long bytes) {
        if (bytes > limit - taken) {
            throw new ErrnoException(Errno.ENOMEM);
        }
        taken += bytes;
    }

    /** Gives bytes back. */
    synchronized void give(long bytes) {
        taken -= bytes;
    }

    synchronized long taken() {
        return taken;
    }
}
