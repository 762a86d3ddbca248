package org.nesteddune.fs;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.linux.FileSystems;
import org.nesteddune.linux.Stat;

/** Which device files and file systems of the host a guest may use, wherever it finds them. Stateless. */
final class Devices {

    private Devices() {}

    /** Whether the mode is that of a character or block device. */
    static boolean isDevice(int mode) {
        return Stat.S_ISCHR(mode) || Stat.S_ISBLK(mode);
    }

    /**
     * Whether a device gives a guest no more than it has already: null 1:3, zero 1:5, full 1:7, random 1:8, urandom
     * 1:9, tty 5:0, ptmx 5:2, and terminals 136:* to 143:* ({@code Documentation/admin-guide/devices.txt}).
     */
    static boolean isHarmless(int mode, long device) {
        int major = FileStatus.major(device);
        int minor = FileStatus.minor(device);
        return Stat.S_ISCHR(mode)
                && switch (major) {
                    case 1 -> minor == 3 || minor == 5 || minor == 7 || minor == 8 || minor == 9;
                    case 5 -> minor == 0 || minor == 2;
                    default -> major >= 136 && major <= 143;
                };
    }

    /**
     * Whether a file system is a control panel of the host's kernel, which guests may look at and not touch: through
     * it a guest could stop, kill or take apart the runtime.
     *
     * @param type magic number of {@code linux/magic.h}
     */
    static boolean isKernelFileSystem(long type) {
        return type == FileSystems.SYSFS_MAGIC
                || type == FileSystems.CGROUP_SUPER_MAGIC
                || type == FileSystems.CGROUP2_SUPER_MAGIC
                || type == FileSystems.DEBUGFS_MAGIC
                || type == FileSystems.TRACEFS_MAGIC
                || type == FileSystems.SECURITYFS_MAGIC
                || type == (FileSystems.SELINUX_MAGIC & 0xffffffffL)
                || type == FileSystems.SMACK_MAGIC
                || type == FileSystems.PSTOREFS_MAGIC
                || type == (FileSystems.EFIVARFS_MAGIC & 0xffffffffL)
                || type == FileSystems.BINFMTFS_MAGIC
                || type == (FileSystems.BPF_FS_MAGIC & 0xffffffffL)
                || type == FileSystems.RDTGROUP_SUPER_MAGIC
                || type == CONFIGFS_MAGIC;
    }

    /** {@code fs/configfs/mount.c}; not in {@code linux/magic.h}. */
    private static final long CONFIGFS_MAGIC = 0x62656570;
}
