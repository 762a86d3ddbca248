package org.nesteddune.mm;

/**
 * A mapping as a core file shows it.
 *
 * @param vma the mapping
 * @param size how many bytes from its start the file holds; 0 if only that it was there
 */
public record CoreSegment(Vma vma, long size) {

    /** Takes the contents of a segment, run by run. */
    @FunctionalInterface
    public interface Sink {
        /**
         * Takes a run; what lies between two runs reads as zeros.
         *
         * @param offset from the segment's start
         * @param host where the bytes are, until this returns
         * @return false to end it
         */
        boolean take(long offset, long host, int length);
    }
}
