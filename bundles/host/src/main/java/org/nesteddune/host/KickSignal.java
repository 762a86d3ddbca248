package org.nesteddune.host;

import org.nesteddune.linux.Signal;

/**
 * The signal that gets a thread out of a blocking system call, which then ends with EINTR (or with what it has done so
 * far). Its handler does nothing and is set without SA_RESTART. There is no C code of our own, and Java code must not run
 * in a signal's context, so the handler is a function of the C library that only computes: {@code abs}.
 *
 * <p>A kick that comes before its thread is inside the call is lost. Whoever kicks therefore repeats until the thread has
 * answered, or the thread blocks the signal and unblocks it in the call itself ({@code ppoll}, {@code pselect6},
 * {@code KVM_SET_SIGNAL_MASK}). Stateless, safe for any thread.
 */
public final class KickSignal {
    /** A real-time signal that neither the C library (32, 33) nor the JVM uses. */
    public static final int NUMBER = 40;

    // struct sigaction of glibc and musl on all 64-bit hosts but MIPS: handler, a mask of 128 bytes, flags, restorer.
    private static final int SIZE = 152;
    private static final int HANDLER = 0;
    private static final int FLAGS = 136;

    private KickSignal() {
    }

    /**
     * Sets the handler. Needed once, before the first kick: without it a kick ends the JVM. Doing it again is harmless.
     *
     * @throws HostException when the host refuses
     */
    public static void install() {
        Installed.once();
    }

    /**
     * Sends the signal to a thread of this process.
     *
     * @param tid the thread, from {@link Linux#gettid}
     * @return 0, or a negative error number: ESRCH when there is no such thread any more
     */
    public static long send(int tid) {
        install();
        return Linux.tgkill(Installed.PID, tid, NUMBER);
    }

    /** The class initialiser is the once. */
    private static final class Installed {
        static final int PID = (int) ProcessHandle.current().pid();

        static {
            try (NativeBuffer action = new NativeBuffer(SIZE)) {
                Memory.putLong(action.address() + HANDLER, LibC.addressOf("abs"));
                Memory.putInt(action.address() + FLAGS, 0);
                if (LibC.sigaction(NUMBER, action.address(), 0) != 0) {
                    throw new HostException("sigaction", com.sun.jna.Native.getLastError(), NUMBER);
                }
            }
        }

        private Installed() {
        }

        static void once() {
        }
    }

    /** The signal as a bit of a 64-bit signal set. */
    public static long mask() {
        return Signal.bit(NUMBER);
    }
}
