package org.nesteddune.host;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/**
 * The functions of the C library that nested-dune uses: syscall(2) and sigaction(2), mapped directly. JNA keeps the
 * error number of the last call for each thread. Stateless but for the registration, safe for any thread.
 */
final class LibC {
    private static final NativeLibrary LIBRARY = library();

    static {
        Native.register(LibC.class, LIBRARY);
    }

    private LibC() {
    }

    /** Makes JNA find symbols in this process, which has the C library loaded, and search nowhere else. */
    private static NativeLibrary library() {
        // Unless this is set, JNA starts ldconfig to learn the system's library directories: 10 ms for nothing.
        if (System.getProperty("jna.platform.library.path") == null) {
            System.setProperty("jna.platform.library.path", "");
        }
        return NativeLibrary.getProcess();
    }

    /** Makes any system call. The function is variadic in C, but its arguments are passed as those of any other. */
    static native long syscall(long number, long a0, long a1, long a2, long a3, long a4, long a5);

    /** Sets the handler of a signal from a {@code struct sigaction} of the C library's layout; 0 or -1. */
    static native int sigaction(int signal, long action, long oldAction);

    /** The address of a function of the C library. */
    static long addressOf(String function) {
        return Pointer.nativeValue(LIBRARY.getFunction(function));
    }
}
