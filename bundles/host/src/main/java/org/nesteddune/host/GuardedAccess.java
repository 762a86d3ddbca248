package org.nesteddune.host;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.Signal;

/**
 * Atomic access to a word in a file mapping, which may lose its page at any time because somebody truncates the file.
 *
 * <p>The kernel raises SIGBUS for such an access, and no system call compares and exchanges a word of the caller's choice.
 * So the one instruction that does it lies at an address that is known, and the process's handler of SIGBUS has a few
 * instructions before it: if the signal came from there, the thread goes on behind it with an error; if not, the handler
 * that was there before (the JVM's) gets the signal with everything it expects. Nothing else of the JVM is touched, and
 * the signal's flags and mask stay as they were.
 *
 * <p>Only SIGBUS is guarded: the caller must see to it that the address is mapped, and writable, while it is used. The code
 * is there for x86-64 hosts ({@link #isSupported}). Stateless, safe for any thread.
 */
public final class GuardedAccess {

    // Linux's struct sigaction on x86-64 (arch/x86/include/uapi/asm/signal.h): handler, flags, restorer, mask
    private static final int HANDLER = 0;
    private static final int ACTION_SIZE = 32;
    private static final int SET_SIZE = 8;

    /** SIG_IGN; SIG_DFL is 0. */
    private static final long IGNORE = 1;

    /** Where {@link #code} has its handler, and where it wants the address of the old one. */
    private static final int NEW_HANDLER = 15;

    private static final int OLD_HANDLER = 52;

    private GuardedAccess() {
    }

    /** Whether this host has it. */
    public static boolean isSupported() {
        return Installed.EXCHANGE != 0;
    }

    /**
     * Sets an int to a value if it has the expected one.
     *
     * @param address a multiple of 4 in a writable mapping
     * @return what was found, from 0 to 2^32 − 1 as an unsigned number; −EFAULT if there is no page
     * @throws UnsupportedOperationException if the host does not have it
     */
    public static long compareAndExchangeInt(long address, int expected, int value) {
        if (!isSupported()) {
            throw new UnsupportedOperationException("no guarded access on " + System.getProperty("os.arch"));
        }
        return NativeCode.callFunction(Installed.EXCHANGE, address, expected, value);
    }

    /**
     * {@code long exchange(int *rdi, int esi, int edx)}, and {@code void handler(int, siginfo_t *, ucontext_t *rdx)}.
     * The instruction pointer lies 168 bytes into {@code ucontext_t}: after flags, link and stack (40) and 16 registers.
     */
    private static byte[] code(long oldHandler) {
        byte[] code = {
            (byte) 0x89, (byte) 0xf0,                                       //  0: mov    eax, esi
            (byte) 0xf0, 0x0f, (byte) 0xb1, 0x17,                           //  2: lock cmpxchg [rdi], edx
            (byte) 0xc3,                                                    //  6: ret
            0x48, (byte) 0xc7, (byte) 0xc0, (byte) -Errno.EFAULT, -1, -1, -1, // 7: mov   rax, -EFAULT
            (byte) 0xc3,                                                    // 14: ret
            0x48, (byte) 0x8d, 0x05, -20, -1, -1, -1,                       // 15: lea    rax, [rip - 20] (2)
            0x48, 0x39, (byte) 0x82, (byte) 168, 0, 0, 0,                   // 22: cmp    [rdx + 168], rax
            0x75, 15,                                                       // 29: jne    46
            0x48, (byte) 0x8d, 0x05, -31, -1, -1, -1,                       // 31: lea    rax, [rip - 31] (7)
            0x48, (byte) 0x89, (byte) 0x82, (byte) 168, 0, 0, 0,            // 38: mov    [rdx + 168], rax
            (byte) 0xc3,                                                    // 45: ret
            (byte) 0xff, 0x25, 0, 0, 0, 0,                                  // 46: jmp    [rip] (52)
            0, 0, 0, 0, 0, 0, 0, 0,                                         // 52: the old handler
        };
        ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN).putLong(OLD_HANDLER, oldHandler);
        return code;
    }

    /** The class initialiser is the once. The code stays for as long as the process: its handler may run at any time. */
    private static final class Installed {

        /** The address of the function, 0 if there is none. */
        static final long EXCHANGE = isX86() ? install() : 0;

        private Installed() {
        }

        private static boolean isX86() {
            String host = System.getProperty("os.arch");
            return host.equals("amd64") || host.equals("x86_64");
        }

        private static long install() {
            try (NativeBuffer action = new NativeBuffer(ACTION_SIZE)) {
                HostException.check("rt_sigaction", signalAction(0, action.address()), Signal.SIGBUS);
                long old = Memory.getLong(action.address() + HANDLER);
                if (old == 0 || old == IGNORE) {
                    return 0;
                }
                byte[] bytes = code(old);
                long code = HostException.check("mmap", Linux.mmap(0, bytes.length, Mman.PROT_READ | Mman.PROT_WRITE,
                    Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS, -1, 0), bytes.length);
                Memory.copyTo(code, bytes, 0, bytes.length);
                long result = Linux.mprotect(code, bytes.length, Mman.PROT_READ | Mman.PROT_EXEC);
                if (result == 0) {
                    Memory.putLong(action.address() + HANDLER, code + NEW_HANDLER);
                    result = signalAction(action.address(), 0);
                }
                if (result != 0) {
                    Linux.munmap(code, bytes.length);
                    return 0;
                }
                return code;
            }
        }

        /** Not by the C library: its structure is another, and a library may stand before it. */
        private static long signalAction(long action, long old) {
            return Linux.call(SyscallNumbers.SYS_rt_sigaction, Signal.SIGBUS, action, old, SET_SIZE);
        }
    }
}
