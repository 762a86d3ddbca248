package org.nesteddune.engine.software;

import org.osgi.annotation.versioning.ProviderType;

/** Reads instructions while a block is decoded. */
@ProviderType
public interface InstructionFetch {

    /**
     * Whether the unit of instructions at an address ({@link SoftwareArchitecture#instructionUnit}) may be executed. What has been asked for
     * with the answer true counts as part of the block: if it changes, the block is decoded anew. All units of a block are asked for
     * one after the other, or fetched so.
     */
    boolean isExecutable(long address);

    /**
     * The 32-bit word at an address, of an architecture whose unit that is. If that is not executable this does not return, and the guest gets the fault with the program counter
     * at the block's first instruction.
     */
    int word(long address);

    /** The same for 16 bits, with zeros above, of an architecture whose unit that is. */
    int halfword(long address);
}
