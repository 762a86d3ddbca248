package org.nesteddune.fs;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Stat;

/**
 * The host's {@code struct statx} ({@code linux/stat.h}), which is the same on every machine. Stateless.
 *
 * <pre>
 *   0 mask      4 blksize   8 attributes   16 nlink   20 uid   24 gid   28 mode (16 bits)
 *  32 ino      40 size     48 blocks       56 attributes_mask
 *  64 atime    80 btime    96 ctime       112 mtime      (each: 64-bit seconds, 32-bit nanoseconds, padding)
 * 128 rdev_major  132 rdev_minor  136 dev_major  140 dev_minor  144 mnt_id  …  256
 * </pre>
 */
public final class HostStatus {

    /** Bytes in the structure. */
    public static final int STATX_SIZE = 256;

    private HostStatus() {}

    /**
     * Asks the host about an open file.
     *
     * @param scratch at least {@value #STATX_SIZE} + 1 bytes of host memory
     * @return 0 or a negated error number
     */
    public static long query(int descriptor, long scratch, FileStatus status) {
        Memory.putByte(scratch + STATX_SIZE, (byte) 0);
        long result = Linux.statx(descriptor, scratch + STATX_SIZE, Fcntl.AT_EMPTY_PATH,
                Stat.STATX_BASIC_STATS | Stat.STATX_BTIME, scratch);
        if (result == 0) {
            read(scratch, status);
        }
        return result;
    }

    /**
     * Asks the host about a file of its own tree, links followed.
     *
     * @param path absolute, ISO-8859-1 bytes
     * @return 0 or a negated error number
     */
    public static long ofHost(String path, FileStatus status) {
        byte[] bytes = path.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        try (NativeBuffer buffer = new NativeBuffer(STATX_SIZE + bytes.length + 1)) {
            long name = buffer.cString(STATX_SIZE, bytes);
            long result = Linux.statx(Fcntl.AT_FDCWD, name, 0, Stat.STATX_BASIC_STATS, buffer.address());
            if (result == 0) {
                read(buffer.address(), status);
            }
            return result;
        }
    }

    /** Copies a structure at a host address into the neutral form. */
    public static void read(long statx, FileStatus status) {
        status.mask = Memory.getInt(statx);
        status.blockSize = Memory.getInt(statx + 4) & 0xffffffffL;
        status.attributes = Memory.getLong(statx + 8);
        status.links = links(statx);
        status.uid = uid(statx);
        status.gid = Memory.getInt(statx + 24);
        status.mode = mode(statx);
        status.inode = inode(statx);
        status.size = Memory.getLong(statx + 40);
        status.blocks = Memory.getLong(statx + 48);
        status.accessSeconds = Memory.getLong(statx + 64);
        status.accessNanos = Memory.getInt(statx + 72);
        boolean born = (status.mask & Stat.STATX_BTIME) != 0;
        status.birthSeconds = born ? Memory.getLong(statx + 80) : 0;
        status.birthNanos = born ? Memory.getInt(statx + 88) : 0;
        status.changeSeconds = Memory.getLong(statx + 96);
        status.changeNanos = Memory.getInt(statx + 104);
        status.modifySeconds = Memory.getLong(statx + 112);
        status.modifyNanos = Memory.getInt(statx + 120);
        status.specialDevice = specialDevice(statx);
        status.device = device(statx);
    }

    /** Writes the neutral form into a structure at a host address. */
    public static void write(long statx, FileStatus status) {
        Memory.fill(statx, STATX_SIZE, (byte) 0);
        Memory.putInt(statx, status.mask);
        Memory.putInt(statx + 4, (int) status.blockSize);
        Memory.putLong(statx + 8, status.attributes);
        Memory.putInt(statx + 16, (int) status.links);
        Memory.putInt(statx + 20, status.uid);
        Memory.putInt(statx + 24, status.gid);
        Memory.putShort(statx + 28, (short) status.mode);
        Memory.putLong(statx + 32, status.inode);
        Memory.putLong(statx + 40, status.size);
        Memory.putLong(statx + 48, status.blocks);
        time(statx + 64, status.accessSeconds, status.accessNanos);
        time(statx + 80, status.birthSeconds, status.birthNanos);
        time(statx + 96, status.changeSeconds, status.changeNanos);
        time(statx + 112, status.modifySeconds, status.modifyNanos);
        Memory.putInt(statx + 128, FileStatus.major(status.specialDevice));
        Memory.putInt(statx + 132, FileStatus.minor(status.specialDevice));
        Memory.putInt(statx + 136, FileStatus.major(status.device));
        Memory.putInt(statx + 140, FileStatus.minor(status.device));
    }

    private static void time(long target, long seconds, int nanos) {
        Memory.putLong(target, seconds);
        Memory.putInt(target + 8, nanos);
    }

    static int mode(long statx) {
        return Memory.getShort(statx + 28) & 0xffff;
    }

    static long links(long statx) {
        return Memory.getInt(statx + 16) & 0xffffffffL;
    }

    static int uid(long statx) {
        return Memory.getInt(statx + 20);
    }

    static long inode(long statx) {
        return Memory.getLong(statx + 32);
    }

    static long specialDevice(long statx) {
        return FileStatus.encode(Memory.getInt(statx + 128), Memory.getInt(statx + 132));
    }

    static long device(long statx) {
        return FileStatus.encode(Memory.getInt(statx + 136), Memory.getInt(statx + 140));
    }
}
