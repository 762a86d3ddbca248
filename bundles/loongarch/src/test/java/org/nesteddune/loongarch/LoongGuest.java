package org.nesteddune.loongarch;

import org.nesteddune.engine.software.testing.SoftwareGuest;

/** A few instructions of LoongArch64. */
final class LoongGuest extends SoftwareGuest {

    static final int SYSCALL = 0x002b_0000;

    LoongGuest() {
        super(new LoongArchitecture(), new LoongSoftware(), SYSCALL);
    }
}
