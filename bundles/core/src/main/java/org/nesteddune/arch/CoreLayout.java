package org.nesteddune.arch;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/** What an architecture lays out of a core file: the registers. The task does not run. Stateless. */
@ConsumerType
public interface CoreLayout {

    /**
     * A note of an ELF file.
     *
     * @param name who defines it, {@code CORE} or {@code LINUX}
     * @param type {@code NT_*} of {@code linux/elf.h}
     */
    record Note(String name, int type, byte[] content) {}

    /** The integer registers ({@code elf_gregset_t}), which stand in NT_PRSTATUS. */
    byte[] generalRegisters(CpuState cpu);

    /** The notes of a task that follow its NT_PRSTATUS, in the kernel's order. */
    List<Note> registerNotes(CpuState cpu);

    /**
     * The sets that a tracer sees, as core files of all architectures have them.
     *
     * @param more the sets that only Linux defines, behind NT_PRFPREG; those that a CPU has not are left out
     */
    static CoreLayout of(TracedCpu sets, int... more) {
        return new TracedCoreLayout(sets, more.clone());
    }
}
