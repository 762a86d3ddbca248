package org.nesteddune.escape;

import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.SyscallNumbers;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * What an architecture knows of a native process that is made from outside: a little code, and how ptrace(2) sees the
 * registers. One OSGi service an architecture. Stateless.
 *
 * <p>The code carries out a list of system calls. An entry has eight words of 64 bits: the call's number in the lower half of the
 * first one and in the upper half 1 if an error does not matter, six arguments, and the result, which the code writes. An entry
 * with the number −1 ends the list, and so does an error that matters; then the process traps.
 */
@ConsumerType
public interface ShellCode {

    /** Bytes of an entry. */
    int ENTRY = 64;

    /** {@code e_machine} of ELF files of the architecture. */
    int elfMachine();

    /** The numbers of the host's system calls where this code runs. */
    SyscallNumbers syscallNumbers();

    /** Whether {@code struct epoll_event} is packed. */
    boolean packedEpollEvent();

    /** Whether the host's CPU runs this code. */
    boolean isHostCpu();

    /**
     * What a new process begins with: waits without end. Behind that, at {@link #mappingOffset}, it maps a file at an address, its
     * first page to be executed and the rest to be written, and goes to its first byte.
     *
     * @param address where the file comes to lie, a page multiple
     * @param length of the file, a multiple of the page size
     * @param descriptor the file's
     */
    byte[] beginning(long address, long length, int descriptor);

    /** Where the mapping begins in {@link #beginning}. */
    int mappingOffset();

    /** What carries out lists; it begins with a trap, and is less than a page long. */
    byte[] loop();

    /** Behind the trap of {@link #loop}. */
    int loopOffset();

    /** Where a system-call instruction is in {@link #loop}. */
    int callOffset();

    /** Bytes of a system-call instruction. */
    int callLength();

    /** Sets the program counter in registers as PTRACE_GETREGSET gives them (NT_PRSTATUS); nothing is restarted. */
    void jump(byte[] registers, long address);

    /** The same for the beginning of a list. */
    void carryOut(byte[] registers, long address, long list);

    /** The same for a system call's instruction. */
    void call(byte[] registers, long address, long number, long... arguments);

    /** The result of a system call. */
    long result(byte[] registers);

    /** Sets the result of a system call. */
    void result(byte[] registers, long value);

    /** A guest's registers (NT_PRSTATUS), to go on with as they are. */
    byte[] registers(CpuState cpu);

    /** Makes the kernel go on with the call that it has been interrupted in, whose number is given (ERESTART_RESTARTBLOCK). */
    void resume(byte[] registers, int number);

    /** The type of the set that has floating-point and vector state ({@code NT_*}). */
    int vectorSet();

    /**
     * A guest's floating-point and vector state as the host lays it out.
     *
     * @param present the process's own, which tells the layout; becomes the guest's
     * @return whether the host's CPU has all that the guest's has
     */
    boolean vector(byte[] present, CpuState cpu);

    /** Where a thread goes on, by its registers. */
    long programCounter(byte[] registers);

    /** The system call that a thread has been called out of, by its registers; −1 if it was in none. */
    int interruptedCall(byte[] registers);

    /** The six arguments of that call. */
    long[] arguments(byte[] registers);

    /**
     * Gives a guest the registers of a native thread.
     *
     * @param registers NT_PRSTATUS
     * @param vector the set of {@link #vectorSet}
     * @return whether the guest's CPU has all that the thread has used
     */
    boolean adopt(byte[] registers, byte[] vector, CpuState cpu);

    /** Instructions that go to an address, and change nothing that a function's caller relies on. */
    byte[] leap(long address);

    /** Changes data pages of the vDSO so that they need nobody to keep them current. */
    void detachClock(byte[] data);
}
