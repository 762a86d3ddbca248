package org.nesteddune.riscv;

import org.nesteddune.arch.GuestAbi;

/** What RISC-V has otherwise than {@code asm-generic}. Stateless, safe for any thread. */
final class RiscvAbi implements GuestAbi {

    /** CONFIG_CLONE_BACKWARDS ({@code arch/riscv/Kconfig}). */
    @Override
    public boolean threadPointerBeforeChildTid() {
        return true;
    }
}
