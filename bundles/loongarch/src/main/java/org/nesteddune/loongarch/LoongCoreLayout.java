package org.nesteddune.loongarch;

import java.util.List;
import org.nesteddune.arch.CoreLayout;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.TracedCpu;
import org.nesteddune.linux.Elf;

/** Registers in core files of LoongArch64: the sets that a tracer sees. */
final class LoongCoreLayout implements CoreLayout {

    private final TracedCpu sets;

    LoongCoreLayout(TracedCpu sets) {
        this.sets = sets;
    }

    @Override
    public byte[] generalRegisters(CpuState cpu) {
        return sets.readSet(cpu, Elf.NT_PRSTATUS);
    }

    @Override
    public List<Note> registerNotes(CpuState cpu) {
        return List.of(
                new Note("CORE", Elf.NT_FPREGSET, sets.readSet(cpu, Elf.NT_FPREGSET)),
                new Note("LINUX", LoongTracedCpu.NT_LOONGARCH_CPUCFG, sets.readSet(cpu, LoongTracedCpu.NT_LOONGARCH_CPUCFG)),
                new Note("LINUX", LoongTracedCpu.NT_LOONGARCH_LSX, sets.readSet(cpu, LoongTracedCpu.NT_LOONGARCH_LSX)));
    }
}
