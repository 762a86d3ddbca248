package org.nesteddune.kernel;

/**
 * Capability sets of a process, immutable; bit n is capability n of {@code linux/capability.h}.
 *
 * @param effective what is checked
 * @param permitted what may be made effective
 * @param inheritable what an exec may keep
 * @param bounding what an exec may ever gain
 * @param ambient what an exec keeps without the file's help
 * @param secureBits {@code SECBIT_*} of {@code linux/securebits.h}
 */
public record Capabilities(
        long effective, long permitted, long inheritable, long bounding, long ambient, int secureBits) {

    /** CAP_CHECKPOINT_RESTORE, the last one. */
    public static final int LAST = 40;

    /** Every capability there is. */
    public static final long ALL = (1L << (LAST + 1)) - 1;

    public static final int CAP_CHOWN = 0;
    public static final int CAP_DAC_OVERRIDE = 1;
    public static final int CAP_DAC_READ_SEARCH = 2;
    public static final int CAP_FOWNER = 3;
    public static final int CAP_FSETID = 4;
    public static final int CAP_KILL = 5;
    public static final int CAP_SETGID = 6;
    public static final int CAP_SETUID = 7;
    public static final int CAP_SETPCAP = 8;
    public static final int CAP_LINUX_IMMUTABLE = 9;
    public static final int CAP_IPC_LOCK = 14;
    public static final int CAP_IPC_OWNER = 15;
    public static final int CAP_SYS_CHROOT = 18;
    public static final int CAP_SYS_PTRACE = 19;
    public static final int CAP_SYS_ADMIN = 21;
    public static final int CAP_SYS_NICE = 23;
    public static final int CAP_SYS_RESOURCE = 24;
    public static final int CAP_MKNOD = 27;
    public static final int CAP_MAC_OVERRIDE = 32;
    public static final int CAP_WAKE_ALARM = 35;

    /** CAP_FS_SET of security/commoncap.c: what goes and comes with file-system user 0. */
    public static final long FILES = 1L << CAP_CHOWN
            | 1L << CAP_DAC_OVERRIDE
            | 1L << CAP_DAC_READ_SEARCH
            | 1L << CAP_FOWNER
            | 1L << CAP_FSETID
            | 1L << CAP_LINUX_IMMUTABLE
            | 1L << CAP_MKNOD
            | 1L << CAP_MAC_OVERRIDE;

    /** SECBIT_NOROOT. */
    public static final int NO_ROOT = 1;
    /** SECBIT_NO_SETUID_FIXUP. */
    public static final int NO_SETUID_FIXUP = 1 << 2;
    /** SECBIT_KEEP_CAPS: permitted capabilities survive a change from user 0 to another. */
    public static final int KEEP_CAPS = 1 << 4;
    /** SECBIT_NO_CAP_AMBIENT_RAISE. */
    public static final int NO_AMBIENT_RAISE = 1 << 6;

    /** What a fresh process of a user has: everything for user 0, nothing to use for others. */
    public static Capabilities ofUser(int effectiveUid) {
        long granted = effectiveUid == 0 ? ALL : 0;
        return new Capabilities(granted, granted, 0, ALL, 0, 0);
    }

    /** Whether a capability is effective. */
    public boolean has(int capability) {
        return (effective >>> capability & 1) != 0;
    }

    /** The same with another effective set. */
    public Capabilities withEffective(long set) {
        return new Capabilities(set, permitted, inheritable, bounding, ambient, secureBits);
    }

    /** The same with other secure bits. */
    public Capabilities withSecureBits(int bits) {
        return new Capabilities(effective, permitted, inheritable, bounding, ambient, bits);
    }

    /** The same with another ambient set. */
    public Capabilities withAmbient(long set) {
        return new Capabilities(effective, permitted, inheritable, bounding, set, secureBits);
    }

    /** The same with another bounding set. */
    public Capabilities withBounding(long set) {
        return new Capabilities(effective, permitted, inheritable, set, ambient, secureBits);
    }
}
