package org.nesteddune.riscv;

import java.util.List;
import org.nesteddune.arch.CoreLayout;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.TracedCpu;
import org.nesteddune.linux.Elf;

/** Registers in core files of RISC-V: the sets that a tracer sees. */
final class RiscvCoreLayout implements CoreLayout {

    private final TracedCpu sets;

    RiscvCoreLayout(TracedCpu sets) {
        this.sets = sets;
    }

    @Override
    public byte[] generalRegisters(CpuState cpu) {
        return sets.readSet(cpu, Elf.NT_PRSTATUS);
    }

    @Override
    public List<Note> registerNotes(CpuState cpu) {
        return List.of(new Note("CORE", Elf.NT_FPREGSET, sets.readSet(cpu, Elf.NT_FPREGSET)));
    }
}
