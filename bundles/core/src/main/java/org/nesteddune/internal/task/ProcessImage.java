package org.nesteddune.internal.task;

import org.nesteddune.arch.Architecture;
import org.nesteddune.fs.RunningPrograms;
import org.nesteddune.internal.dispatch.SyscallTables;
import org.nesteddune.internal.loader.LoadedProgram;
import org.nesteddune.kernel.Process.ProgramBounds;

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
        Mm mm,
        SyscallTables.Slot dispatch,
        String executable,
        String name,
        byte[] commandLine,
        byte[] environment,
        byte[] auxiliaryVector,
        ProgramBounds bounds) {

    /** A program that has been loaded; its machine and memory become the image's. */
    public static ProcessImage of(
            LoadedProgram program, SyscallTables.Slot dispatch, String path, Job job, RunningPrograms programs) {
        return new ProcessImage(
                program.architecture(),
                program.engine(),
                new Mm(program.machine(), program.memory(), job, programs, program.file()),
                dispatch,
                program.executable(),
                path.substring(path.lastIndexOf('/') + 1),
                program.commandLine(),
                program.environment(),
                program.auxiliaryVector(),
                program.bounds());
    }

    /** The same program on another service of its architecture. */
    ProcessImage on(Architecture other, SyscallTables.Slot otherDispatch) {
        return new ProcessImage(
                other, engine, mm, otherDispatch, executable, name, commandLine, environment, auxiliaryVector, bounds);
    }

    /** The same program in other memory, a child's copy or the parent's own. */
    ProcessImage in(Mm other) {
        return new ProcessImage(
                architecture, engine, other, dispatch, executable, name, commandLine, environment, auxiliaryVector, bounds);
    }
}
