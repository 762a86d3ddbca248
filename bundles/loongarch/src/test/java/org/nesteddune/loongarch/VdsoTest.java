package org.nesteddune.loongarch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nesteddune.engine.software.testing.VdsoContract;

class VdsoTest extends VdsoContract<LoongArchitecture> {

    VdsoTest() {
        super(LoongArchitecture::new, LoongGuest::new, LoongRegisters.A0, LoongRegisters.A0, LoongRegisters.RA);
    }

    @Test
    void imageIsAsLongAsPages() {
        try (LoongArchitecture architecture = new LoongArchitecture(16384)) {
            assertThat(architecture.vdso().image().length % 16384).isZero();
            assertThat(architecture.vdso().dataLength() % 16384).isZero();
            assertThat(function(architecture.vdso().image(), "__vdso_rt_sigreturn")).isPositive();
        }
    }
}
