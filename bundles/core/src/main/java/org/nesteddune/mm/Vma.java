package org.nesteddune.mm;

import org.nesteddune.fs.OpenFile;

/**
 * One mapping, immutable; a change of part of it makes new ones.
 *
 * @param start first guest address, a multiple of the page size
 * @param end first address behind it
 * @param protection {@code PROT_*}
 * @param flags {@code MAP_SHARED} or {@code MAP_PRIVATE}, {@code MAP_ANONYMOUS}, {@code MAP_GROWSDOWN},
 *     {@code MAP_NORESERVE}, {@code MAP_LOCKED}
 * @param file what is mapped, or null; the address space holds a reference for each vma
 * @param offset of {@code start} in the file
 * @param name what {@code /proc/self/maps} shows for it where there is no file: {@code [heap]}, {@code [stack]}; or ""
 */
public record Vma(long start, long end, int protection, int flags, OpenFile file, long offset, String name) {

    /** Length in bytes. */
    public long length() {
        return end - start;
    }

    /** Whether the address lies in it. */
    public boolean contains(long address) {
        return Long.compareUnsigned(address, start) >= 0 && Long.compareUnsigned(address, end) < 0;
    }
}
