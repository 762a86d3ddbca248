package org.nesteddune.linux;

/**
 * Operations of futex(2). Source: {@code include/uapi/linux/futex.h}. Constants only: stateless, safe for any
 * thread.
 */
public final class Futex {
    // Operations and their flags
    public static final int FUTEX_WAIT = 0;
    public static final int FUTEX_WAKE = 1;
    public static final int FUTEX_FD = 2;
    public static final int FUTEX_REQUEUE = 3;
    public static final int FUTEX_CMP_REQUEUE = 4;
    public static final int FUTEX_WAKE_OP = 5;
    public static final int FUTEX_LOCK_PI = 6;
    public static final int FUTEX_UNLOCK_PI = 7;
    public static final int FUTEX_TRYLOCK_PI = 8;
    public static final int FUTEX_WAIT_BITSET = 9;
    public static final int FUTEX_WAKE_BITSET = 10;
    public static final int FUTEX_WAIT_REQUEUE_PI = 11;
    public static final int FUTEX_CMP_REQUEUE_PI = 12;
    public static final int FUTEX_LOCK_PI2 = 13;
    public static final int FUTEX_PRIVATE_FLAG = 128;
    public static final int FUTEX_CLOCK_REALTIME = 256;
    public static final int FUTEX_CMD_MASK = -385;
    public static final int FUTEX_WAIT_PRIVATE = 128;
    public static final int FUTEX_WAKE_PRIVATE = 129;
    public static final int FUTEX_REQUEUE_PRIVATE = 131;
    public static final int FUTEX_CMP_REQUEUE_PRIVATE = 132;
    public static final int FUTEX_WAKE_OP_PRIVATE = 133;
    public static final int FUTEX_LOCK_PI_PRIVATE = 134;
    public static final int FUTEX_LOCK_PI2_PRIVATE = 141;
    public static final int FUTEX_UNLOCK_PI_PRIVATE = 135;
    public static final int FUTEX_TRYLOCK_PI_PRIVATE = 136;
    public static final int FUTEX_WAIT_BITSET_PRIVATE = 137;
    public static final int FUTEX_WAKE_BITSET_PRIVATE = 138;
    public static final int FUTEX_WAIT_REQUEUE_PI_PRIVATE = 139;
    public static final int FUTEX_CMP_REQUEUE_PI_PRIVATE = 140;

    // Words of a priority-inheriting futex
    public static final int FUTEX_WAITERS = 0x80000000;
    public static final int FUTEX_OWNER_DIED = 0x40000000;
    public static final int FUTEX_TID_MASK = 0x3fffffff;

    // FUTEX_WAKE_OP
    public static final int FUTEX_OP_SET = 0;
    public static final int FUTEX_OP_ADD = 1;
    public static final int FUTEX_OP_OR = 2;
    public static final int FUTEX_OP_ANDN = 3;
    public static final int FUTEX_OP_XOR = 4;
    public static final int FUTEX_OP_OPARG_SHIFT = 8;
    public static final int FUTEX_OP_CMP_EQ = 0;
    public static final int FUTEX_OP_CMP_NE = 1;
    public static final int FUTEX_OP_CMP_LT = 2;
    public static final int FUTEX_OP_CMP_LE = 3;
    public static final int FUTEX_OP_CMP_GT = 4;
    public static final int FUTEX_OP_CMP_GE = 5;

    // Bit sets
    public static final int FUTEX_BITSET_MATCH_ANY = 0xffffffff;

    // futex_waitv
    public static final int FUTEX_32 = 2;
    public static final int FUTEX_WAITV_MAX = 128;

    // Flags of futex_wait, futex_wake and futex_requeue
    public static final int FUTEX2_SIZE_U32 = 2;
    public static final int FUTEX2_NUMA = 4;
    public static final int FUTEX2_MPOL = 8;
    public static final int FUTEX2_PRIVATE = 128;

    private Futex() {
    }
}
