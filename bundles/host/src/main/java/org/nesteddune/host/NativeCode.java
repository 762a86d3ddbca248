package org.nesteddune.host;

import com.sun.jna.Function;
import com.sun.jna.Pointer;
import org.nesteddune.linux.Mman;

/**
 * Machine code of the host that Java has emitted, in executable memory of its own, and calls to such code.
 *
 * <p>For the few instructions that the JVM has no words for (the time-stamp counter, CPUID). What is called must keep to
 * the C calling convention of the host and must not block, for it keeps the JVM out of no safepoint but cannot be
 * interrupted either. A call costs about a microsecond. Thread-safe; not to be closed while a call is under way.
 */
public final class NativeCode implements AutoCloseable {
    private final long length;
    private long address;

    /**
     * Copies code to executable memory.
     *
     * @throws HostException when the host gives no executable memory
     */
    public NativeCode(byte[] code) {
        length = ((long) code.length + Linux.PAGE_SIZE - 1) / Linux.PAGE_SIZE * Linux.PAGE_SIZE;
        long memory = HostException.check("mmap", Linux.mmap(0, length, Mman.PROT_READ | Mman.PROT_WRITE,
            Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS, -1, 0), length);
        Memory.copyTo(memory, code, 0, code.length);
        long result = Linux.mprotect(memory, length, Mman.PROT_READ | Mman.PROT_EXEC);
        if (result < 0) {
            Linux.munmap(memory, length);
            throw new HostException("mprotect(PROT_EXEC)", (int) -result, memory, length);
        }
        address = memory;
    }

    /**
     * The address of the first instruction.
     *
     * @throws IllegalStateException when closed
     */
    public long address() {
        if (address == 0) {
            throw new IllegalStateException("closed");
        }
        return address;
    }

    /** Calls the code at its first instruction with up to six integer arguments and returns its integer result. */
    public long call(long... arguments) {
        return callFunction(address(), arguments);
    }

    /** Calls a function of the host's C calling convention at any address: a wrong one ends the JVM. */
    public static long callFunction(long function, long... arguments) {
        Object[] boxed = new Object[arguments.length];
        for (int i = 0; i < boxed.length; i++) {
            boxed[i] = arguments[i];
        }
        return Function.getFunction(new Pointer(function)).invokeLong(boxed);
    }

    /**
     * The address of a function of the C library, for code that calls it.
     *
     * @throws UnsatisfiedLinkError when there is none of that name
     */
    public static long libraryFunction(String name) {
        return LibC.addressOf(name);
    }

    /** Gives the memory back. Closing twice does nothing. */
    @Override
    public void close() {
        long old = address;
        address = 0;
        if (old != 0) {
            Linux.munmap(old, length);
        }
    }
}
