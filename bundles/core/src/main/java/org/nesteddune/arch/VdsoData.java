package org.nesteddune.arch;

import java.util.concurrent.atomic.AtomicInteger;
import org.nesteddune.host.Linux;

/**
 * The shared memory of a vDSO's data pages. Its architecture keeps it as long as it offers the vDSO, and each mapping in a guest as
 * long as that is there, which may be longer. Thread-safe.
 */
public final class VdsoData {

    private final int descriptor;
    private final int length;
    private final AtomicInteger references = new AtomicInteger(1);

    /**
     * The caller has the first reference.
     *
     * @param descriptor of the host, which belongs to this object from now on
     * @param length bytes, a multiple of the page size
     */
    public VdsoData(int descriptor, int length) {
        this.descriptor = descriptor;
        this.length = length;
    }

    /** The host descriptor, for as long as the caller has a reference. */
    public int descriptor() {
        return descriptor;
    }

    /** Bytes, a multiple of the page size. */
    public int length() {
        return length;
    }

    /**
     * Takes a reference, unless nobody has one any more.
     *
     * @return whether the caller now has one
     */
    public boolean tryRetain() {
        int count;
        do {
            count = references.get();
            if (count == 0) {
                return false;
            }
        } while (!references.compareAndSet(count, count + 1));
        return true;
    }

    /** Gives a reference back; the last one closes the descriptor. */
    public void release() {
        if (references.decrementAndGet() == 0) {
            Linux.close(descriptor);
        }
    }
}
