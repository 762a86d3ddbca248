package org.nesteddune.linux;

/**
 * Types of directory entries (d_type). Source: {@code include/linux/fs_types.h}; the value is the file type of
 * st_mode shifted right by twelve. Constants only: stateless, safe for any thread.
 */
public final class Dirent {
    // Types
    public static final int DT_UNKNOWN = 0;
    public static final int DT_FIFO = 1;
    public static final int DT_CHR = 2;
    public static final int DT_DIR = 4;
    public static final int DT_BLK = 6;
    public static final int DT_REG = 8;
    public static final int DT_LNK = 10;
    public static final int DT_SOCK = 12;
    public static final int DT_WHT = 14;

    /** The entry type of a file's st_mode. */
    public static int ofMode(int mode) {
        return (mode & Stat.S_IFMT) >> 12;
    }

    private Dirent() {
    }
}
