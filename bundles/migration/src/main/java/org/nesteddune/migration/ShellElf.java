package org.nesteddune.migration;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The program that a native process begins as: one page of code at a fixed address (elf(5)). */
final class ShellElf {

    static final int PAGE = 4096;

    private static final int HEADER = 64;
    private static final int PROGRAM_HEADER = 56;
    private static final int ET_EXEC = 2;
    private static final int PT_LOAD = 1;
    private static final int PF_R_X = 5;

    private ShellElf() {}

    /** Where the code lies from the program's address on. */
    static int codeOffset() {
        return HEADER + PROGRAM_HEADER;
    }

    /**
     * Makes the file.
     *
     * @param machine {@code e_machine}
     * @param address where it is to be loaded, a page multiple
     * @param code what it begins with; it fits into a page with the headers
     */
    static byte[] of(int machine, long address, byte[] code) {
        ByteBuffer file = ByteBuffer.allocate(PAGE).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0);
        file.putShort((short) ET_EXEC).putShort((short) machine).putInt(1);
        file.putLong(address + codeOffset()).putLong(HEADER).putLong(0).putInt(0);
        file.putShort((short) HEADER).putShort((short) PROGRAM_HEADER).putShort((short) 1);
        file.putShort((short) 0).putShort((short) 0).putShort((short) 0);
        file.putInt(PT_LOAD).putInt(PF_R_X).putLong(0).putLong(address).putLong(address);
        file.putLong(PAGE).putLong(PAGE).putLong(PAGE);
        file.put(code);
        return file.array();
    }
}
