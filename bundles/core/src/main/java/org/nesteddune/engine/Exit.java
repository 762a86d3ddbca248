package org.nesteddune.engine;

/**
 * Why a vCPU stopped running guest code. The two frequent kinds are constants, so that a system call costs no
 * allocation.
 */
public sealed interface Exit {

    /** The guest executed its system-call instruction; number and arguments are in the vCPU's state. */
    Exit SYSTEM_CALL = new SystemCall();

    /** A kick was noticed; the guest is at an instruction boundary. */
    Exit INTERRUPTED = new Interrupted();

    /** See {@link #SYSTEM_CALL}. */
    record SystemCall() implements Exit {}

    /** See {@link #INTERRUPTED}. */
    record Interrupted() implements Exit {}

    /**
     * A page is not mapped or forbids the access.
     *
     * @param address the exact guest virtual address
     */
    record MemoryFault(long address, Access access) implements Exit {}

    /**
     * Host memory behind a page that is mapped could not be had, and the engine cannot tell which: a file became
     * shorter than its mapping, or the host ran out of memory.
     */
    record BackingFault() implements Exit {}

    /** An instruction that does not exist or is reserved for the supervisor's use. */
    record IllegalInstruction() implements Exit {}

    /** A breakpoint instruction; the program counter is where the architecture's kernel would report it. */
    record Breakpoint() implements Exit {}

    /**
     * A debug trap; the program counter is where the architecture's kernel would report it.
     *
     * @param code {@code si_code} of the SIGTRAP ({@code TRAP_TRACE} for a single step, {@code TRAP_BRKPT} for an
     *     instruction that traps so, {@code TRAP_HWBKPT}; {@code asm-generic/siginfo.h})
     */
    record DebugTrap(int code) implements Exit {}

    /**
     * An integer or floating-point exception.
     *
     * @param code {@code si_code} of the SIGFPE ({@code FPE_INTDIV} …, {@code asm-generic/siginfo.h})
     */
    record ArithmeticFault(int code) implements Exit {}

    /** A misaligned access where alignment is asked for. */
    record AlignmentFault(long address) implements Exit {}

    /**
     * An address or a number is not within the bounds that an instruction gives for it (SEGV_BNDERR).
     *
     * @param value what was compared
     * @param lower the lower bound; 0 if there is none
     * @param upper the upper bound; −1 if there is none
     */
    record BoundsFault(long value, long lower, long upper) implements Exit {}

    /** A privileged operation or an address that is not canonical: SIGSEGV without an address (SI_KERNEL). */
    record ProtectionFault() implements Exit {}

    /** An access through the stack's registers to an address that cannot exist: SIGBUS without an address (SI_KERNEL). */
    record StackFault() implements Exit {}

    /**
     * The engine cannot go on with this vCPU.
     *
     * @param details everything that is known: the failed host call, registers, the last exit; several lines
     */
    record Failed(String details) implements Exit {}
}
