package org.nesteddune.internal.loader;

import org.nesteddune.arch.Architecture;
import org.nesteddune.internal.mm.ReplaceableMachine;
import org.nesteddune.fs.RunningPrograms;
import org.nesteddune.kernel.Process.ProgramBounds;
import org.nesteddune.mm.AddressSpace;

/**
 * A program in memory, ready to run.
 *
 * @param entry first instruction: the interpreter's, if there is one
 * @param elfFlags {@code e_flags} of the ELF file
 * @param executable guest path of the ELF file
 * @param file that file
 * @param identity whom it runs as
 * @param readable whether that user may read the program
 */
public record LoadedProgram(
        Architecture architecture,
        String engine,
        ReplaceableMachine machine,
        AddressSpace memory,
        long entry,
        long stackPointer,
        int elfFlags,
        String executable,
        RunningPrograms.Program file,
        byte[] commandLine,
        byte[] environment,
        byte[] auxiliaryVector,
        ProgramBounds bounds,
        ExecCredentials identity,
        boolean readable) {}
