package org.nesteddune.riscv;

import org.nesteddune.engine.software.testing.SoftwareGuest;

/** A few instructions of RISC-V. */
final class RiscvGuest extends SoftwareGuest {

    static final int ECALL = 0x0000_0073;

    RiscvGuest() {
        super(new RiscvArchitecture(), new RiscvSoftware(), ECALL);
    }
}
