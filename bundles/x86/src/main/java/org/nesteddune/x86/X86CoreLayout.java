package org.nesteddune.x86;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.arch.CoreLayout;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.TracedCpu;
import org.nesteddune.linux.Elf;

/** Registers in core files of x86-64: the sets that a tracer sees. */
final class X86CoreLayout implements CoreLayout {

    private final TracedCpu sets;

    X86CoreLayout(TracedCpu sets) {
        this.sets = sets;
    }

    @Override
    public byte[] generalRegisters(CpuState cpu) {
        return sets.readSet(cpu, Elf.NT_PRSTATUS);
    }

    @Override
    public List<Note> registerNotes(CpuState cpu) {
        List<Note> notes = new ArrayList<>();
        notes.add(new Note("CORE", Elf.NT_FPREGSET, sets.readSet(cpu, Elf.NT_FPREGSET)));
        byte[] extended = sets.readSet(cpu, X86TracedCpu.NT_X86_XSTATE);
        if (extended != null) {
            notes.add(new Note("LINUX", X86TracedCpu.NT_X86_XSTATE, extended));
        }
        return notes;
    }
}
