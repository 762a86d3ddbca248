package org.nesteddune.arch;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * What ptrace(2) shows of an architecture's registers and changes in them. All methods are about a CPU that does not run.
 * Stateless.
 */
@ConsumerType
public interface TracedCpu {

    /**
     * A set of registers as the kernel lays it out ({@code user_regset}).
     *
     * @param type {@code NT_PRSTATUS}, {@code NT_PRFPREG} or one of the architecture's ({@code linux/elf.h})
     * @return null if there is no such set
     */
    byte[] readSet(CpuState cpu, int type);

    /** How many bytes of NT_PRSTATUS PTRACE_GETREGS shows, where that is not all. */
    default int generalSize() {
        return Integer.MAX_VALUE;
    }

    /** Whether there is a single step; without one, tracers make do with breakpoints. */
    default boolean canStep() {
        return true;
    }

    /**
     * Sets the registers of a set from the beginning of one; what is not there stays as it is.
     *
     * @param content at most as long as {@link #readSet} gives, a multiple of 8
     * @return 0, or a negated error number with all registers as they were
     */
    long writeSet(CpuState cpu, int type, byte[] content);

    /**
     * A word of {@code struct user} (PTRACE_PEEKUSR).
     *
     * @param offset in bytes, as the tracer gave it
     * @throws org.nesteddune.syscall.ErrnoException EIO if there is no such word
     */
    long readUser(CpuState cpu, long offset);

    /** Sets a word of {@code struct user} (PTRACE_POKEUSR); 0 or a negated error number. */
    long writeUser(CpuState cpu, long offset, long value);

    /** Makes the CPU trap behind the next instruction, or not so any more. */
    void singleStep(CpuState cpu, boolean on);

    /** Whether the result is ENOSYS already when a tracer sees a call's beginning. */
    default boolean hasResultAtEntry() {
        return true;
    }

    /** The result register of the system call that the CPU is stopped behind. */
    long syscallResult(CpuState cpu);
}
