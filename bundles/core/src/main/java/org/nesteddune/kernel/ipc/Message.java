package org.nesteddune.kernel.ipc;

/**
 * A message, immutable; compared by identity.
 *
 * @param type the type of a System V message, the priority of a POSIX one
 * @param data its bytes; whoever gets the array must not change it
 */
public record Message(long type, byte[] data) {

    /** Heap that it takes. */
    long weight() {
        return HeapShare.OBJECT + data.length;
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
