package org.nesteddune.mips;

import org.nesteddune.engine.software.testing.VdsoContract;

class VdsoTest extends VdsoContract<MipsArchitecture> {

    VdsoTest() {
        super(MipsArchitecture::new, MipsGuest::new, MipsRegisters.A0, MipsRegisters.V0, MipsRegisters.RA);
    }
}
