package org.nesteddune.migration;

import org.nesteddune.host.Memory;

/** Structures of the kernel's that are asked for and set, as 64-bit machines lay them out. Stateless. */
final class KernelStructures {

    /** {@code sigset_t} of the kernel. */
    static final int SIGNAL_SET = 8;

    /** {@code struct sigaction} of the kernel: handler, flags, restorer, mask. */
    static final int SIGNAL_ACTION = 32;

    /** {@code stack_t}: base, flags (32 bits, and padding), size. */
    static final int STACK = 24;

    /** {@code struct itimerval}: interval and value, each a {@code struct timeval}. */
    static final int TIMER = 32;

    /** {@code struct rlimit64}: soft, hard. */
    static final int LIMIT = 16;

    private static final long MICRO = 1_000;
    private static final long SECOND = 1_000_000_000;

    private KernelStructures() {}

    /** A {@code struct timeval} in nanoseconds. */
    static long time(long at) {
        return Memory.getLong(at) * SECOND + Memory.getLong(at + 8) * MICRO;
    }

    /** {@code struct itimerval} of nanoseconds; what is left is never made nothing. */
    static byte[] timer(long interval, long value) {
        return Script.structure(TIMER)
                .putLong(interval / SECOND).putLong(interval % SECOND / MICRO)
                .putLong(value / SECOND).putLong(value < SECOND ? Math.max(1, value / MICRO) : value % SECOND / MICRO)
                .array();
    }

    /** {@code struct rlimit64}. */
    static byte[] limit(long soft, long hard) {
        return Script.structure(LIMIT).putLong(soft).putLong(hard).array();
    }
}
