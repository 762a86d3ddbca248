package org.nesteddune.x86;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.memory.GuestMemory;

/**
 * The structures in which x86-64 has a layout of its own. Its numbers are the generic ones. Stateless, safe for any
 * thread.
 *
 * <pre>
 * struct stat (arch/x86/include/uapi/asm/stat.h)          struct sigaction (asm/signal.h)
 *   0 st_dev    24 st_mode   40 st_rdev     72 st_atime      0 sa_handler
 *   8 st_ino    28 st_uid    48 st_size     88 st_mtime      8 sa_flags
 *  16 st_nlink  32 st_gid    56 st_blksize 104 st_ctime     16 sa_restorer
 *               36 (pad)     64 st_blocks  120 (3 unused)   24 sa_mask
 * </pre>
 */
final class X86Abi implements GuestAbi {

    private static final int STAT_SIZE = 144;
    private static final int SIGACTION_SIZE = 32;

    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    @Override
    public boolean packedEpollEvent() {
        return true;
    }

    @Override
    public boolean paddedSemaphoreTimes() {
        return true;
    }

    @Override
    public SignalAction readSignalAction(GuestMemory memory, long address) {
        byte[] bytes = new byte[SIGACTION_SIZE];
        memory.read(address, bytes, 0, SIGACTION_SIZE);
        return new SignalAction(
                (long) LONG.get(bytes, 0), (long) LONG.get(bytes, 8), (long) LONG.get(bytes, 16),
                new SignalSet((long) LONG.get(bytes, 24), 0));
    }

    @Override
    public void writeSignalAction(GuestMemory memory, long address, SignalAction action) {
        byte[] bytes = new byte[SIGACTION_SIZE];
        LONG.set(bytes, 0, action.handler());
        LONG.set(bytes, 8, action.flags());
        LONG.set(bytes, 16, action.restorer());
        LONG.set(bytes, 24, action.mask().low());
        memory.write(address, bytes, 0, SIGACTION_SIZE);
    }

    @Override
    public void writeStat(GuestMemory memory, long address, FileStatus status) {
        // One short-lived array is cheaper than eighteen checked writes.
        byte[] bytes = new byte[STAT_SIZE];
        LONG.set(bytes, 0, status.device);
        LONG.set(bytes, 8, status.inode);
        LONG.set(bytes, 16, status.links);
        INT.set(bytes, 24, status.mode);
        INT.set(bytes, 28, status.uid);
        INT.set(bytes, 32, status.gid);
        LONG.set(bytes, 40, status.specialDevice);
        LONG.set(bytes, 48, status.size);
        LONG.set(bytes, 56, status.blockSize);
        LONG.set(bytes, 64, status.blocks);
        LONG.set(bytes, 72, status.accessSeconds);
        LONG.set(bytes, 80, (long) status.accessNanos);
        LONG.set(bytes, 88, status.modifySeconds);
        LONG.set(bytes, 96, (long) status.modifyNanos);
        LONG.set(bytes, 104, status.changeSeconds);
        LONG.set(bytes, 112, (long) status.changeNanos);
        memory.write(address, bytes, 0, STAT_SIZE);
    }

    @Override
    public int statSize() {
        return STAT_SIZE;
    }
}
