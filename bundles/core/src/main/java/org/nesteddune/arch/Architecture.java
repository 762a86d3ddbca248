package org.nesteddune.arch;

import org.nesteddune.linux.Signal;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A processor architecture as Linux user programs see it. One OSGi service an architecture, with the properties
 * {@value #NAME} and {@value #ELF_MACHINE}. Thread-safe and free of per-guest state.
 */
@ConsumerType
public interface Architecture {

    /** Service property: the architecture's name, a string. */
    String NAME = "dune.architecture";

    /** Service property: the {@code e_machine} of its ELF files, an Integer ({@code linux/elf-em.h}). */
    String ELF_MACHINE = "dune.elf.machine";

    /** The architecture's usual name, {@code x86-64}. */
    String name();

    /** What {@code uname -m} prints, {@code x86_64}. */
    String unameMachine();

    /** The string behind AT_PLATFORM, or null if the architecture has none. */
    String platform();

    /** {@code e_machine} of its ELF files. */
    int elfMachine();

    /**
     * Looks at {@code e_flags} of an executable.
     *
     * @return null if the file's ABI is supported, otherwise a sentence that names the ABI
     */
    default String refusal(int elfFlags) {
        return null;
    }

    /** The size of a page in bytes, a power of two and a multiple of the host's. */
    int pageSize();

    /** The integer registers. */
    RegisterSet registers();

    /** System-call numbers. */
    SyscallNumbers syscallNumbers();

    /** The number of the system call that the CPU is stopped behind. */
    int syscallNumber(CpuState cpu);

    /** Argument 0 to 5 of the system call that the CPU is stopped behind. */
    long syscallArgument(CpuState cpu, int index);

    /**
     * Sets a system call's result by the architecture's own convention.
     *
     * @param result the value, or a negated generic error number (−4095 to −1)
     */
    void setSyscallResult(CpuState cpu, long result);

    /** Puts the CPU back onto the system-call instruction, with all argument registers as they were and this number. */
    void restartSyscall(CpuState cpu, int number);

    /** Puts a fresh CPU at a program's entry point with the stack pointer given, everything else as after exec. */
    void start(CpuState cpu, long entry, long stackPointer);

    /**
     * The same for a program whose file says more about how it is to run.
     *
     * @param elfFlags {@code e_flags} of the program's file
     */
    default void start(CpuState cpu, long entry, long stackPointer, int elfFlags) {
        start(cpu, entry, stackPointer);
    }

    /** The thread pointer (TLS base). */
    long threadPointer(CpuState cpu);

    /** Sets the thread pointer (TLS base). */
    void setThreadPointer(CpuState cpu, long value);

    /** Structures and numbers that differ between architectures. */
    GuestAbi abi();

    /** Signal frames. */
    SignalFrames signalFrames();

    /** Registers in core files; null if there are to be no core files. */
    default CoreLayout coreLayout() {
        return null;
    }

    /** Registers as a tracer sees them; null if programs of this architecture cannot be traced. */
    default TracedCpu tracedCpu() {
        return null;
    }

    /**
     * The text of {@code /proc/cpuinfo}; null if the host's own is right.
     *
     * @param processors how many there are
     */
    default String processorInfo(int processors) {
        return null;
    }

    /** What PR_GET_FP_MODE of prctl(2) tells; −1 for an architecture that has no such modes. */
    default int floatingPointMode() {
        return -1;
    }

    /** {@code si_code} of an illegal instruction; with SI_KERNEL the signal says no address either. */
    default int illegalInstructionCode() {
        return Signal.ILL_ILLOPN;
    }

    /** The signal for an access that is not aligned, where the CPU asks for alignment. */
    default SignalInfo alignmentFault(long address) {
        return SignalInfo.fault(Signal.SIGBUS, Signal.BUS_ADRALN, address);
    }

    /**
     * The signal for an access to an address at which no program can have memory.
     *
     * @return null if it is as for an address where nothing is mapped
     */
    default SignalInfo addressFault(long address) {
        return null;
    }

    /** The shared object that the kernel maps into every process. */
    Vdso vdso();
}
