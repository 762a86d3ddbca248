package org.nesteddune.arch;

import java.util.List;

/**
 * The integer registers of an architecture, numbered from 0 in the order of their names.
 *
 * @param names lower-case names as the architecture's manual has them
 * @param programCounter number of the program counter
 * @param stackPointer number of the stack pointer
 */
public record RegisterSet(List<String> names, int programCounter, int stackPointer) {

    public RegisterSet {
        names = List.copyOf(names);
        if (programCounter < 0 || programCounter >= names.size() || stackPointer < 0 || stackPointer >= names.size()) {
            throw new IllegalArgumentException("program counter and stack pointer must be among the registers");
        }
    }

    /** How many registers there are. */
    public int count() {
        return names.size();
    }
}
