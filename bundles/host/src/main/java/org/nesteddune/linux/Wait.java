package org.nesteddune.linux;

/**
 * Options of wait4(2) and waitid(2). Source: {@code include/uapi/linux/wait.h}. Constants only: stateless, safe
 * for any thread.
 */
public final class Wait {
    // Options
    public static final int WNOHANG = 0x1;
    public static final int WUNTRACED = 0x2;
    public static final int WSTOPPED = 0x2;
    public static final int WEXITED = 0x4;
    public static final int WCONTINUED = 0x8;
    public static final int WNOWAIT = 0x1000000;
    public static final int __WNOTHREAD = 0x20000000;
    public static final int __WALL = 0x40000000;
    public static final int __WCLONE = 0x80000000;

    // Targets of waitid
    public static final int P_ALL = 0;
    public static final int P_PID = 1;
    public static final int P_PGID = 2;
    public static final int P_PIDFD = 3;

    private Wait() {
    }
}
