package org.nesteddune.riscv;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nesteddune.engine.software.testing.VdsoContract;

class VdsoTest extends VdsoContract<RiscvArchitecture> {

    VdsoTest() {
        super(RiscvArchitecture::new, RiscvGuest::new, RiscvRegisters.A0, RiscvRegisters.A0, RiscvRegisters.RA);
    }

    @Test
    void imageHasWhatOtherKernelsHave() {
        try (RiscvArchitecture architecture = new RiscvArchitecture()) {
            assertThat(function(architecture.vdso().image(), "__vdso_rt_sigreturn")).isPositive();
            assertThat(function(architecture.vdso().image(), "__vdso_flush_icache")).isPositive();
            assertThat(function(architecture.vdso().image(), "__vdso_riscv_hwprobe")).isPositive();
        }
    }
}
