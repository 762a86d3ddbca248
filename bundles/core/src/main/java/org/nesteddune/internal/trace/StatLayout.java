package org.nesteddune.internal.trace;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.memory.GuestMemory;

/**
 * Where mode, size and special device lie in an architecture's {@code struct stat}. Architectures only say how to write
 * the structure, so a marked one is written and the marks are looked for: the trace then needs nothing of its own from
 * an architecture. Immutable.
 *
 * @param mode offset of {@code st_mode}, −1 if not found
 * @param size offset of {@code st_size}, −1 if not found
 */
record StatLayout(int mode, int size) {

    private static final int MODE = 0x5a3c69f1;
    private static final long SIZE = 0x1d2c3b4a59687786L;

    static StatLayout of(GuestAbi abi) {
        FileStatus marked = new FileStatus();
        marked.mode = MODE;
        marked.size = SIZE;
        byte[] bytes = new byte[Math.max(abi.statSize(), 0)];
        ByteMemory memory = new ByteMemory(0, bytes);
        abi.writeStat(memory, 0, marked);
        return new StatLayout(find(memory, bytes.length, MODE, 4), find(memory, bytes.length, SIZE, 8));
    }

    private static int find(GuestMemory memory, int length, long mark, int bytes) {
        for (int offset = 0; offset + bytes <= length; offset++) {
            long value = bytes == 4 ? memory.readInt(offset) : memory.readLong(offset);
            if (value == mark) {
                return offset;
            }
        }
        return -1;
    }
}
