package org.nesteddune.fs;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Ioctl;

/**
 * The part of a terminal's settings that decides about signals. Numbers of {@code asm-generic/termbits.h}, which all 64-bit
 * hosts but MIPS, POWER and SPARC have. Immutable.
 *
 * @param input {@code c_iflag}
 * @param local {@code c_lflag}
 * @param characters {@code c_cc}
 */
record TerminalSettings(int input, int local, byte[] characters) {

    // c_iflag
    static final int ISTRIP = 0x20;
    static final int IUCLC = 0x200;
    static final int IXON = 0x400;

    // c_lflag
    static final int ISIG = 0x1;
    static final int ICANON = 0x2;
    static final int NOFLSH = 0x80;
    static final int TOSTOP = 0x100;
    static final int IEXTEN = 0x8000;
    static final int EXTPROC = 0x10000;

    // c_cc
    static final int VINTR = 0;
    static final int VQUIT = 1;
    static final int VSTART = 8;
    static final int VSTOP = 9;
    static final int VSUSP = 10;
    static final int VLNEXT = 15;

    /** Bytes of the kernel's {@code struct termios}: four words of flags, the line discipline, NCCS characters. */
    private static final int SIZE = 36;

    private static final int LOCAL = 12;
    private static final int CHARACTERS = 17;
    private static final int NCCS = 19;

    /** The settings of the terminal behind a host descriptor, of either side; null if it has hung up. */
    static TerminalSettings of(int descriptor) {
        try (NativeBuffer buffer = new NativeBuffer(SIZE)) {
            if (Linux.ioctl(descriptor, Ioctl.TCGETS, buffer.address()) < 0) {
                return null;
            }
            byte[] characters = new byte[NCCS];
            Memory.copyFrom(buffer.address() + CHARACTERS, characters, 0, NCCS);
            return new TerminalSettings(
                    Memory.getInt(buffer.address()), Memory.getInt(buffer.address() + LOCAL), characters);
        }
    }

    boolean hasInput(int flag) {
        return (input & flag) != 0;
    }

    boolean hasLocal(int flag) {
        return (local & flag) != 0;
    }

    /** Whether a byte is one of the special characters; 0 stands for none at all. */
    boolean is(int c, int special) {
        return c != 0 && (characters[special] & 0xff) == c;
    }
}
