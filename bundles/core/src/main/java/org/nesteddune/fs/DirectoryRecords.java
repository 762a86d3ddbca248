package org.nesteddune.fs;

import org.nesteddune.memory.GuestMemory;

/**
 * {@code struct linux_dirent64} ({@code linux/dirent.h}), the same on every machine. Stateless.
 *
 * <pre>
 *  0 d_ino (64 bits)   8 d_off (64)   16 d_reclen (16)   18 d_type (8)   19 d_name, with its NUL; padded to 8
 * </pre>
 */
public final class DirectoryRecords {

    /** Offset of the name. */
    public static final int NAME = 19;

    private DirectoryRecords() {}

    /** Bytes in a record with a name of so many bytes. */
    public static int size(int nameLength) {
        return NAME + nameLength + 1 + 7 & ~7;
    }

    /**
     * Writes a record to guest memory if there is room.
     *
     * @param next position of the next record
     * @return its size, or 0 if it does not fit
     */
    static int write(GuestMemory memory, long address, long room, Node.Entry entry, long next) {
        int length = entry.name().length();
        int size = size(length);
        if (size > room) {
            return 0;
        }
        byte[] record = new byte[size];
        putLong(record, 0, entry.inode());
        putLong(record, 8, next);
        record[16] = (byte) size;
        record[17] = (byte) (size >> 8);
        record[18] = (byte) entry.type();
        for (int i = 0; i < length; i++) {
            record[NAME + i] = (byte) entry.name().charAt(i);
        }
        memory.write(address, record, 0, size);
        return size;
    }

    private static void putLong(byte[] target, int offset, long value) {
        for (int i = 0; i < 8; i++) {
            target[offset + i] = (byte) (value >>> 8 * i);
        }
    }
}
