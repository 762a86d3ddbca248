package org.nesteddune.internal.mm;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.nesteddune.host.NativeBuffer;

/**
 * A few pieces of host memory for arguments of host calls, each used by one thread at a time. Thread-safe; allocates
 * only when more threads than ever before need one at the same time.
 */
final class ScratchPool implements AutoCloseable {

    /** Two {@code struct iovec}s, then data. */
    static final int DATA = 32;

    static final int DATA_SIZE = 8192;

    private static final int SLOTS = 4;

    private final AtomicReferenceArray<NativeBuffer> free = new AtomicReferenceArray<>(SLOTS);
    private volatile boolean closed;

    NativeBuffer take() {
        for (int i = 0; i < SLOTS; i++) {
            NativeBuffer buffer = free.get(i);
            if (buffer != null && free.compareAndSet(i, buffer, null)) {
                return buffer;
            }
        }
        return new NativeBuffer(DATA + DATA_SIZE);
    }

    void give(NativeBuffer buffer) {
        for (int i = 0; i < SLOTS && !closed; i++) {
            if (free.get(i) == null && free.compareAndSet(i, null, buffer)) {
                if (closed) {
                    close();
                }
                return;
            }
        }
        buffer.close();
    }

    @Override
    public void close() {
        closed = true;
        for (int i = 0; i < SLOTS; i++) {
            NativeBuffer buffer = free.getAndSet(i, null);
            if (buffer != null) {
                buffer.close();
            }
        }
    }
}
