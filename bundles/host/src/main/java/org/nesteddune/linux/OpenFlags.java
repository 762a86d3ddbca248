package org.nesteddune.linux;

/**
 * Flags of open(2) and of open file descriptions, in the generic numbering. Source: {@code
 * include/uapi/asm-generic/fcntl.h}. x86-64, RISC-V and LoongArch use these values; 64-bit ARM and MIPS have
 * some of their own. Constants only: stateless, safe for any thread.
 */
public final class OpenFlags {
    // Access modes
    public static final int O_ACCMODE = 03;
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 01;
    public static final int O_RDWR = 02;

    // Creation and status flags
    public static final int O_CREAT = 0100;
    public static final int O_EXCL = 0200;
    public static final int O_NOCTTY = 0400;
    public static final int O_TRUNC = 01000;
    public static final int O_APPEND = 02000;
    public static final int O_NONBLOCK = 04000;
    public static final int O_DSYNC = 010000;
    public static final int O_ASYNC = 020000;
    public static final int O_DIRECT = 040000;
    public static final int O_LARGEFILE = 0100000;
    public static final int O_DIRECTORY = 0200000;
    public static final int O_NOFOLLOW = 0400000;
    public static final int O_NOATIME = 01000000;
    public static final int O_CLOEXEC = 02000000;
    public static final int O_SYNC = 04010000;
    public static final int O_PATH = 010000000;
    public static final int O_TMPFILE = 020200000;

    /** Whether the access mode in the flags lets a program read. */
    public static boolean isReadable(int flags) {
        int mode = flags & O_ACCMODE;
        return (mode == O_RDONLY || mode == O_RDWR) && (flags & O_PATH) == 0;
    }

    /** Whether the access mode in the flags lets a program write. */
    public static boolean isWritable(int flags) {
        int mode = flags & O_ACCMODE;
        return (mode == O_WRONLY || mode == O_RDWR) && (flags & O_PATH) == 0;
    }

    private OpenFlags() {
    }
}
