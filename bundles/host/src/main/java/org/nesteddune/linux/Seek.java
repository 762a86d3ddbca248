package org.nesteddune.linux;

/**
 * Origins of lseek(2). Source: {@code include/uapi/linux/fs.h}. Constants only: stateless, safe for any thread.
 */
public final class Seek {
    // Origins
    public static final int SEEK_SET = 0;
    public static final int SEEK_CUR = 1;
    public static final int SEEK_END = 2;
    public static final int SEEK_DATA = 3;
    public static final int SEEK_HOLE = 4;
    public static final int SEEK_MAX = 4;

    private Seek() {
    }
}
