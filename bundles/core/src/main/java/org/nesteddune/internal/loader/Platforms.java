package org.nesteddune.internal.loader;

import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.ExecutionEngine;

/** The backends of the moment. Looked up for each program, never kept. */
public interface Platforms {

    /**
     * The architecture of an ELF machine.
     *
     * @param path of the program, for the message
     * @throws LoadException if there is none; the message names the machine and what is installed
     */
    Architecture architecture(int elfMachine, String path) throws LoadException;

    /** Whether an architecture that was given is still there. */
    boolean isThere(Architecture architecture);

    /** Whether an engine that was given is still there. */
    boolean isThere(ExecutionEngine engine);

    /**
     * An engine that runs an architecture.
     *
     * @param name the engine that was asked for, or null for the best
     * @throws LoadException if there is none; the message says what to do
     */
    ExecutionEngine engine(Architecture architecture, String name) throws LoadException;
}
