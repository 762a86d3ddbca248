package org.nesteddune.migration;

import org.nesteddune.arch.SignalInfoLayout;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.linux.Signal;

/** What {@code siginfo_t} of the host says of a signal, as {@code asm-generic/siginfo.h} lays it out. Stateless. */
final class NativeSignal {

    static final int SIZE = SignalInfoLayout.SIZE;

    /** Where it says what the signal comes from. */
    static final int CODE = 8;

    /** Of children, and of what another process has sent. */
    static final int PID = 16;
    static final int UID = 20;
    static final int STATUS = 24;

    /** Of what sigqueue(3) has sent. */
    static final int VALUE = 24;

    /** Those come from nobody but the code itself, if the kernel says so. */
    static final SignalSet FAULTS = SignalSet.of(Signal.SIGSEGV, Signal.SIGBUS, Signal.SIGILL, Signal.SIGFPE);

    private NativeSignal() {}

    /** {@code SI_*}, or what kind of fault it is. */
    static int code(byte[] info) {
        return Script.buffer(info).getInt(CODE);
    }
}
