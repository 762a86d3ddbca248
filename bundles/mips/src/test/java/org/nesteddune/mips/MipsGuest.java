package org.nesteddune.mips;

import org.nesteddune.engine.software.testing.SoftwareGuest;

/** A few instructions of MIPS64. */
final class MipsGuest extends SoftwareGuest {

    static final int SYSCALL = 0x0000_000c;

    MipsGuest() {
        super(new MipsArchitecture(), new MipsSoftware(), SYSCALL);
    }
}
