package org.nesteddune.linux;

/**
 * Limits of getrlimit(2) in the generic numbering, and the targets of getrusage(2) and getpriority(2). Source:
 * {@code include/uapi/asm-generic/resource.h}, {@code linux/resource.h}. MIPS orders limits 5 to 9 otherwise.
 * Constants only: stateless, safe for any thread.
 */
public final class Resource {
    // Limits
    public static final int RLIMIT_CPU = 0;
    public static final int RLIMIT_FSIZE = 1;
    public static final int RLIMIT_DATA = 2;
    public static final int RLIMIT_STACK = 3;
    public static final int RLIMIT_CORE = 4;
    public static final int RLIMIT_RSS = 5;
    public static final int RLIMIT_NPROC = 6;
    public static final int RLIMIT_NOFILE = 7;
    public static final int RLIMIT_MEMLOCK = 8;
    public static final int RLIMIT_AS = 9;
    public static final int RLIMIT_LOCKS = 10;
    public static final int RLIMIT_SIGPENDING = 11;
    public static final int RLIMIT_MSGQUEUE = 12;
    public static final int RLIMIT_NICE = 13;
    public static final int RLIMIT_RTPRIO = 14;
    public static final int RLIMIT_RTTIME = 15;

    // The number of limits
    public static final int RLIM_NLIMITS = 16;

    // No limit
    public static final long RLIM_INFINITY = -1L;

    // getrusage
    public static final int RUSAGE_SELF = 0;
    public static final int RUSAGE_CHILDREN = -1;
    public static final int RUSAGE_BOTH = -2;
    public static final int RUSAGE_THREAD = 1;

    // getpriority
    public static final int PRIO_MIN = -20;
    public static final int PRIO_MAX = 20;
    public static final int PRIO_PROCESS = 0;
    public static final int PRIO_PGRP = 1;
    public static final int PRIO_USER = 2;

    private static final String[] NAMES = {"RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE",
        "RLIMIT_RSS", "RLIMIT_NPROC", "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS",
        "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME"};

    /** The name of a limit, or the number when there is no such limit. */
    public static String name(int limit) {
        return limit >= 0 && limit < NAMES.length ? NAMES[limit] : Integer.toString(limit);
    }

    private Resource() {
    }
}
