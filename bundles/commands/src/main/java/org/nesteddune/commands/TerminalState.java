package org.nesteddune.commands;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.linux.Ioctl;

/**
 * The settings of a terminal as they were, to be put back when a guest that changed them was killed. A guest that ends by
 * itself has its changes stand, as {@code stty} wants it.
 */
final class TerminalState implements AutoCloseable {

    /** {@code struct termios} of asm-generic/termbits.h has 36 bytes; other hosts' at most 64. */
    private static final int SIZE = 64;

    private final int descriptor;
    private final NativeBuffer settings;

    private TerminalState(int descriptor, NativeBuffer settings) {
        this.descriptor = descriptor;
        this.settings = settings;
    }

    /** The settings of the terminal behind a descriptor; nothing if it is not one. */
    static TerminalState save(int descriptor) {
        NativeBuffer settings = new NativeBuffer(SIZE);
        if (Linux.ioctl(descriptor, Ioctl.TCGETS, settings.address()) == 0) {
            return new TerminalState(descriptor, settings);
        }
        settings.close();
        return new TerminalState(-1, null);
    }

    /** Puts the settings back unless another process group has the terminal now. */
    void restore() {
        if (settings != null && isForeground()) {
            Linux.ioctl(descriptor, Ioctl.TCSETSW, settings.address());
        }
    }

    /** Changing a terminal from the background would stop this process. */
    private boolean isForeground() {
        try (NativeBuffer group = new NativeBuffer(4)) {
            return Linux.ioctl(descriptor, Ioctl.TIOCGPGRP, group.address()) == 0
                    && Memory.getInt(group.address()) == Linux.call(SyscallNumbers.SYS_getpgid, 0);
        }
    }

    @Override
    public void close() {
        if (settings != null) {
            settings.close();
        }
    }
}
