package org.nesteddune.internal.task;

import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.Machine;
import org.nesteddune.internal.dispatch.SyscallTables;
import org.nesteddune.kernel.Process.ProgramBounds;
import org.nesteddune.mm.AddressSpace;

/**
 * What a process runs: a loaded program with its memory and machine.
 *
 * @param engine the engine's name
 * @param dispatch where the architecture's current dispatch table is found
 * @param executable guest path of the program, after scripts' interpreters
 * @param name first value of the task's name, from the path that was asked for
 */
public record ProcessImage(
        Architecture architecture,
        String engine,
        Machine machine,
        AddressSpace memory,
        SyscallTables.Slot dispatch,
        String executable,
        String name,
        byte[] commandLine,
        byte[] environment,
        byte[] auxiliaryVector,
        ProgramBounds bounds) {}
