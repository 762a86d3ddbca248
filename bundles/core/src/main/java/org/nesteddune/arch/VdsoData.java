package org.nesteddune.arch;

import org.nesteddune.host.Linux;
import org.nesteddune.host.ReferenceCount;

/**
 * The shared memory of a vDSO's data pages. Its architecture keeps it as long as it offers the vDSO, and each mapping in a guest as
 * long as that is there, which may be longer. Thread-safe.
 */
public final class VdsoData {

    private final int descriptor;
    private final int length;
    private final ReferenceCount references = new ReferenceCount();

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
        return references.tryRetain();
    }

    /** Gives a reference back; the last one closes the descriptor. */
    public void release() {
        if (references.release()) {
            Linux.close(descriptor);
        }
    }
}
