package org.nesteddune.arch;

import org.nesteddune.linux.Signal;

/**
 * A {@code siginfo_t} in neutral form.
 *
 * @param signal generic signal number
 * @param code {@code si_code}; its sign and value say which of the other parts count
 * @param pid sender or child, as the receiving guest knows it
 * @param uid sender's or child's real user id
 * @param value {@code si_value}, or the exit status of a child
 * @param address fault address, or {@code si_band}, or a timer's overrun in the lower and id in the upper half
 * @param userTime of a child, in clock ticks (USER_HZ, 100 a second); of SEGV_BNDERR the lower bound
 * @param systemTime of a child, in clock ticks; of SEGV_BNDERR the upper bound
 */
public record SignalInfo(
        int signal, int code, int pid, int uid, long value, long address, long userTime, long systemTime) {

    /** A signal from the kernel itself about nothing in particular (SI_KERNEL, 0x80). */
    public static SignalInfo kernel(int signal) {
        return new SignalInfo(signal, 0x80, 0, 0, 0, 0, 0, 0);
    }

    /** A CPU fault. */
    public static SignalInfo fault(int signal, int code, long address) {
        return new SignalInfo(signal, code, 0, 0, 0, address, 0, 0);
    }

    /** A value that is not within bounds (SIGSEGV, SEGV_BNDERR). */
    public static SignalInfo bounds(long value, long lower, long upper) {
        return new SignalInfo(Signal.SIGSEGV, Signal.SEGV_BNDERR, 0, 0, 0, value, lower, upper);
    }

    /** A signal that a process sent by {@code kill} (SI_USER, 0) or otherwise, by its code. */
    public static SignalInfo from(int signal, int code, int pid, int uid) {
        return new SignalInfo(signal, code, pid, uid, 0, 0, 0, 0);
    }
}
