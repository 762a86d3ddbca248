package org.nesteddune.internal.trace;

import org.nesteddune.linux.Signal;

/** Names of {@code si_code}, which depend on the signal. Stateless. */
final class SignalCodes {

    private static final ConstantSet ANY = ConstantSet.of(Signal.class, "SI_*");
    private static final ConstantSet ILL = ConstantSet.of(Signal.class, "ILL_*");
    private static final ConstantSet FPE = ConstantSet.of(Signal.class, "FPE_*");
    private static final ConstantSet SEGV = ConstantSet.of(Signal.class, "SEGV_*");
    private static final ConstantSet BUS = ConstantSet.of(Signal.class, "BUS_*");
    private static final ConstantSet TRAP = ConstantSet.of(Signal.class, "TRAP_*");
    private static final ConstantSet CLD = ConstantSet.of(Signal.class, "CLD_*");
    private static final ConstantSet SYS = ConstantSet.of(Signal.class, "SYS_*");

    private SignalCodes() {
    }

    /** The name of a signal's code, or the number. */
    static String name(int signal, int code) {
        ConstantSet own = switch (signal) {
            case Signal.SIGILL -> ILL;
            case Signal.SIGFPE -> FPE;
            case Signal.SIGSEGV -> SEGV;
            case Signal.SIGBUS -> BUS;
            case Signal.SIGTRAP -> TRAP;
            case Signal.SIGCHLD -> CLD;
            case Signal.SIGSYS -> SYS;
            default -> ANY;
        };
        String name = code <= 0 || code == Signal.SI_KERNEL ? ANY.name(code) : own.name(code);
        return name == null ? Integer.toString(code) : name;
    }

    /** Whether the signal came from a fault, so that {@code si_addr} is what counts. */
    static boolean hasAddress(int signal, int code) {
        boolean fault = switch (signal) {
            case Signal.SIGILL, Signal.SIGFPE, Signal.SIGSEGV, Signal.SIGBUS, Signal.SIGTRAP -> true;
            default -> false;
        };
        return fault && code > 0;
    }
}
