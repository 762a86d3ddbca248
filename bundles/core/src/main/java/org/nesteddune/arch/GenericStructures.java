package org.nesteddune.arch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nesteddune.memory.GuestMemory;

/**
 * Structures of {@code asm-generic} on 64-bit machines whose bytes lie as the host's. Source: {@code uapi/asm-generic/stat.h}, {@code
 * signal.h}. Stateless.
 *
 * <pre>
 * struct stat                                       struct sigaction
 *   0 st_dev    20 st_nlink  48 st_size     72 st_atime    0 sa_handler
 *   8 st_ino    24 st_uid    56 st_blksize  88 st_mtime    8 sa_flags
 *  16 st_mode   28 st_gid    64 st_blocks  104 st_ctime   16 sa_mask
 *               32 st_rdev
 * </pre>
 */
final class GenericStructures {

    static final int STAT_SIZE = 128;
    private static final int SIGACTION_SIZE = 24;

    private GenericStructures() {
    }

    static SignalAction readSignalAction(GuestMemory memory, long address) {
        byte[] bytes = new byte[SIGACTION_SIZE];
        memory.read(address, bytes, 0, SIGACTION_SIZE);
        ByteBuffer action = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        return new SignalAction(action.getLong(0), action.getLong(8), 0, new SignalSet(action.getLong(16), 0));
    }

    static void writeSignalAction(GuestMemory memory, long address, SignalAction action) {
        byte[] bytes = new byte[SIGACTION_SIZE];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(0, action.handler())
                .putLong(8, action.flags())
                .putLong(16, action.mask().low());
        memory.write(address, bytes, 0, SIGACTION_SIZE);
    }

    static void writeStat(GuestMemory memory, long address, FileStatus status) {
        byte[] bytes = new byte[STAT_SIZE];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(0, status.device)
                .putLong(8, status.inode)
                .putInt(16, status.mode)
                .putInt(20, (int) status.links)
                .putInt(24, status.uid)
                .putInt(28, status.gid)
                .putLong(32, status.specialDevice)
                .putLong(48, status.size)
                .putInt(56, (int) status.blockSize)
                .putLong(64, status.blocks)
                .putLong(72, status.accessSeconds)
                .putLong(80, status.accessNanos)
                .putLong(88, status.modifySeconds)
                .putLong(96, status.modifyNanos)
                .putLong(104, status.changeSeconds)
                .putLong(112, status.changeNanos);
        memory.write(address, bytes, 0, STAT_SIZE);
    }
}
