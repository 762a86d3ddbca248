package org.nesteddune.arch;

/**
 * A file's status in neutral form, as {@code statx} gives it. Times are seconds since the epoch and nanoseconds.
 * Mutable, so that one instance can serve many calls; not thread-safe.
 */
public final class FileStatus {

    /** Encoded device number of the file system, {@link #encode(int, int)}. */
    public long device;
    public long inode;
    public long links;
    /** Type and permissions, {@code S_IF*}. */
    public int mode;
    public int uid;
    public int gid;
    /** Encoded device number that the file stands for. */
    public long specialDevice;
    public long size;
    public long blockSize;
    /** In units of 512 bytes. */
    public long blocks;
    public long accessSeconds;
    public int accessNanos;
    public long modifySeconds;
    public int modifyNanos;
    public long changeSeconds;
    public int changeNanos;
    /** Birth time; 0 if not known. */
    public long birthSeconds;
    public int birthNanos;
    /** {@code stx_attributes}. */
    public long attributes;
    /** {@code stx_mask}: which fields are known. */
    public int mask;

    /** A 64-bit {@code dev_t} as the kernel gives it to 64-bit programs ({@code new_encode_dev}). */
    public static long encode(int major, int minor) {
        return (minor & 0xffL) | ((long) (major & 0xfff) << 8) | ((minor & 0xfff00L) << 12);
    }

    /** Major number of an encoded device number. */
    public static int major(long device) {
        return (int) (device >>> 8) & 0xfff;
    }

    /** Minor number of an encoded device number. */
    public static int minor(long device) {
        return (int) ((device & 0xff) | ((device >>> 12) & 0xfff00));
    }
}
