package org.nesteddune.mm;

/**
 * What {@code /proc/PID/maps} says of one mapping.
 *
 * @param start first guest address
 * @param end first address behind it
 * @param permissions {@code rwx} or {@code -} each, then {@code s} for shared or {@code p} for private
 * @param offset of {@code start} in the file
 * @param device the file's, as the host encodes it; 0 without a file
 * @param inode the file's; 0 without a file
 * @param name path as the guest sees it, a byte string; {@code [heap]}, {@code [stack]} …; or ""
 */
public record MappedRange(long start, long end, String permissions, long offset, long device, long inode, String name) {}
