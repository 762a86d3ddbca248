package org.nesteddune.mips;

import java.util.List;
import org.nesteddune.arch.CoreLayout;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.TracedCpu;
import org.nesteddune.linux.Elf;

/** Registers in core files of MIPS: the sets that a tracer sees. */
final class MipsCoreLayout implements CoreLayout {

    private final TracedCpu sets;

    MipsCoreLayout(TracedCpu sets) {
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
