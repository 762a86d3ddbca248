package org.nesteddune.linux;

/**
 * Flags of clone(2), clone3(2), unshare(2), and scheduling policies. Source: {@code
 * include/uapi/linux/sched.h}. Constants only: stateless, safe for any thread.
 */
public final class Clone {
    // Flags; the lowest byte is the signal at the end
    public static final int CSIGNAL = 0xff;
    public static final int CLONE_VM = 0x100;
    public static final int CLONE_FS = 0x200;
    public static final int CLONE_FILES = 0x400;
    public static final int CLONE_SIGHAND = 0x800;
    public static final int CLONE_PIDFD = 0x1000;
    public static final int CLONE_PTRACE = 0x2000;
    public static final int CLONE_VFORK = 0x4000;
    public static final int CLONE_PARENT = 0x8000;
    public static final int CLONE_THREAD = 0x10000;
    public static final int CLONE_NEWNS = 0x20000;
    public static final int CLONE_SYSVSEM = 0x40000;
    public static final int CLONE_SETTLS = 0x80000;
    public static final int CLONE_PARENT_SETTID = 0x100000;
    public static final int CLONE_CHILD_CLEARTID = 0x200000;
    public static final int CLONE_DETACHED = 0x400000;
    public static final int CLONE_UNTRACED = 0x800000;
    public static final int CLONE_CHILD_SETTID = 0x1000000;
    public static final int CLONE_NEWCGROUP = 0x2000000;
    public static final int CLONE_NEWUTS = 0x4000000;
    public static final int CLONE_NEWIPC = 0x8000000;
    public static final int CLONE_NEWUSER = 0x10000000;
    public static final int CLONE_NEWPID = 0x20000000;
    public static final int CLONE_NEWNET = 0x40000000;
    public static final long CLONE_IO = 0x80000000L;
    public static final long CLONE_CLEAR_SIGHAND = 0x100000000L;
    public static final long CLONE_INTO_CGROUP = 0x200000000L;
    public static final int CLONE_NEWTIME = 0x80;

    // Sizes of the versions of struct clone_args
    public static final int CLONE_ARGS_SIZE_VER0 = 64;
    public static final int CLONE_ARGS_SIZE_VER1 = 80;
    public static final int CLONE_ARGS_SIZE_VER2 = 88;

    // Scheduling policies
    public static final int SCHED_NORMAL = 0x0;
    public static final int SCHED_FIFO = 0x1;
    public static final int SCHED_RR = 0x2;
    public static final int SCHED_BATCH = 0x3;
    public static final int SCHED_IDLE = 0x5;
    public static final int SCHED_DEADLINE = 0x6;
    public static final int SCHED_RESET_ON_FORK = 0x40000000;

    private Clone() {
    }
}
