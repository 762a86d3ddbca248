package org.nesteddune.arch;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.linux.Elf;

/** See {@link CoreLayout#of}. */
record TracedCoreLayout(TracedCpu sets, int[] more) implements CoreLayout {

    @Override
    public byte[] generalRegisters(CpuState cpu) {
        return sets.readSet(cpu, Elf.NT_PRSTATUS);
    }

    @Override
    public List<Note> registerNotes(CpuState cpu) {
        List<Note> notes = new ArrayList<>();
        notes.add(new Note("CORE", Elf.NT_FPREGSET, sets.readSet(cpu, Elf.NT_FPREGSET)));
        for (int type : more) {
            byte[] content = sets.readSet(cpu, type);
            if (content != null) {
                notes.add(new Note("LINUX", type, content));
            }
        }
        return notes;
    }
}
