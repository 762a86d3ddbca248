package org.nesteddune.linux;

/**
 * Sizes that the kernel bounds. Source: {@code include/uapi/linux/limits.h}, {@code linux/uio.h}, {@code
 * linux/fs.h}. Constants only: stateless, safe for any thread.
 */
public final class Limits {
    // Bytes, or entries
    public static final int NGROUPS_MAX = 65536;
    public static final int NAME_MAX = 255;
    public static final int PATH_MAX = 4096;
    public static final int PIPE_BUF = 4096;
    public static final int XATTR_NAME_MAX = 255;
    public static final int XATTR_SIZE_MAX = 65536;
    public static final int XATTR_LIST_MAX = 65536;
    public static final int UIO_MAXIOV = 1024;
    public static final int MAX_RW_COUNT = 2147479552;
    public static final int MAX_LINKS = 40;

    private Limits() {
    }
}
