package org.nesteddune.mm;

import org.nesteddune.fs.OpenFile;

/**
 * What {@code mmap} asks for.
 *
 * @param address hint, or the exact place with MAP_FIXED
 * @param length bytes, greater than 0
 * @param protection {@code PROT_*}
 * @param flags generic {@code MAP_*}
 * @param file what to map, null with MAP_ANONYMOUS; must have a host descriptor
 * @param offset in the file, a multiple of the page size
 * @param name see {@link Vma#name()}
 */
public record MapRequest(
        long address, long length, int protection, int flags, OpenFile file, long offset, String name) {}
