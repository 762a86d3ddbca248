package org.nesteddune.syscalls.ipc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nesteddune.kernel.ipc.IpcPermissions;
import org.nesteddune.memory.GuestMemory;

/**
 * A structure of the guest's while it is put together or taken apart; offsets are given by the callers. For one thread.
 *
 * <p>All structures here begin with {@code struct ipc64_perm} ({@code asm-generic/ipcbuf.h}; the same on x86-64, MIPS64
 * and LoongArch64), 48 bytes: key 0, uid 4, gid 8, cuid 12, cgid 16, mode 20, seq 24.
 */
final class Structure {

    /** Bytes in {@code struct ipc64_perm}. */
    static final int PERMISSIONS = 48;

    private static final int UID = 4;
    private static final int GID = 8;
    private static final int MODE = 20;

    private final ByteBuffer bytes;

    /** Of zeros. */
    Structure(int size) {
        bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** What the guest has at an address. */
    static Structure read(GuestMemory memory, long address, int size) {
        Structure structure = new Structure(size);
        memory.read(address, structure.bytes.array(), 0, size);
        return structure;
    }

    /** Gives it to the guest. */
    void write(GuestMemory memory, long address) {
        memory.write(address, bytes.array(), 0, bytes.capacity());
    }

    Structure putLong(int offset, long value) {
        bytes.putLong(offset, value);
        return this;
    }

    Structure putInt(int offset, int value) {
        bytes.putInt(offset, value);
        return this;
    }

    Structure putInts(int offset, int... values) {
        for (int i = 0; i < values.length; i++) {
            bytes.putInt(offset + i * Integer.BYTES, values[i]);
        }
        return this;
    }

    Structure putShort(int offset, int value) {
        bytes.putShort(offset, (short) value);
        return this;
    }

    long getLong(int offset) {
        return bytes.getLong(offset);
    }

    int getInt(int offset) {
        return bytes.getInt(offset);
    }

    int getUnsignedShort(int offset) {
        return bytes.getShort(offset) & 0xffff;
    }

    int getShort(int offset) {
        return bytes.getShort(offset);
    }

    Structure permissions(IpcPermissions value) {
        return putInts(0, value.key(), value.uid(), value.gid(), value.creatorUid(), value.creatorGid(), value.mode())
                .putShort(24, value.sequence());
    }

    /** What IPC_SET sets. */
    int uid() {
        return getInt(UID);
    }

    int gid() {
        return getInt(GID);
    }

    int mode() {
        return getInt(MODE);
    }
}
