package org.nesteddune.engine.software;

import org.nesteddune.engine.software.ir.BlockBuilder;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * What an architecture adds to the software engine. One OSGi service an architecture, with the property {@link
 * org.nesteddune.arch.Architecture#ELF_MACHINE}. Thread-safe, without state of any guest.
 */
@ConsumerType
public interface SoftwareArchitecture {

    /**
     * Where the page of {@link #commonPage} lies in every guest: behind the last address that is the guest's own ({@link
     * org.nesteddune.mm.AddressSpaceOptions#ADDRESS_LIMIT}).
     */
    long COMMON_PAGE = org.nesteddune.mm.AddressSpaceOptions.ADDRESS_LIMIT;

    /** How the registers are kept. */
    RegisterFile registers();

    /**
     * What instructions are made of, in bytes: they are multiples of it, and so are their addresses. {@link InstructionFetch} fetches no
     * less.
     */
    default int instructionUnit() {
        return Integer.BYTES;
    }

    /**
     * Decodes one block: instructions that run one after the other up to a jump, which is the last. It may end sooner
     * (with {@link BlockBuilder#jump} to what follows), and must where {@link BlockBuilder#isFull}.
     *
     * @param pc address of the first instruction
     * @param code where instructions are fetched from; the first one is executable
     * @param block takes the operations
     */
    void decode(long pc, InstructionFetch code, BlockBuilder block);

    /**
     * Does what an operation {@link org.nesteddune.engine.software.ir.Op#CALL} asks for: instructions that are too rare or too
     * long to be told in operations. Changes of registers must be the last that it does, because accesses to memory may not
     * return.
     *
     * @param function which, the number that the decoder has given
     * @return what goes into the operation's register
     */
    long call(GuestCpu cpu, int function, long a, long b);

    /**
     * The registers that {@link #call} may read or write in {@link GuestCpu#registers}. All others it must leave alone.
     */
    int[] callRegisters();

    /**
     * A register that no instruction writes: while it is not 0, accesses that are not aligned end with {@link
     * org.nesteddune.engine.Exit.AlignmentFault}. −1 if all accesses are made whatever their address.
     */
    default int alignmentRegister() {
        return -1;
    }

    /** When floating-point operations may be the host's. */
    FloatGuard floatGuard();

    /** AT_HWCAP and AT_HWCAP2, see {@link org.nesteddune.engine.Machine#hardwareCapabilities}. */
    long[] hardwareCapabilities();

    /**
     * Instructions that every guest finds at {@link #COMMON_PAGE}, such as the return from a signal handler; at most a page.
     * In units of 4 bytes, not modified by anyone.
     */
    int[] commonPage();
}
