package org.nesteddune.engine.software;

import org.osgi.annotation.versioning.ProviderType;

/** Reads instructions while a block is decoded. */
@ProviderType
public interface InstructionFetch {

    /**
     * Whether the 32-bit word at an address, a multiple of 4, may be executed. What has been asked for with the answer true counts
     * as part of the block: if it changes, the block is decoded anew.
     */
    boolean isExecutable(long address);

    /**
     * The word at an address. If that is not executable this does not return, and the guest gets the fault with the program counter
     * at the block's first instruction.
     */
    int word(long address);
}
