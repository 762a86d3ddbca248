package org.nesteddune.kernel;

/**
 * How a process ended.
 *
 * @param code exit code 0 to 255; 0 if a signal ended it
 * @param signal the signal that ended it, or 0
 * @param message for the operator: what a fatal fault was about, or where the process has gone; or ""
 * @param coreDumped whether a core file was written
 */
public record ExitStatus(int code, int signal, String message, boolean coreDumped) {

    /** Stands beside the signal in the status of {@code wait4} if a core file was written. */
    private static final int CORE = 0x80;

    /** Ended by {@code exit}. */
    public static ExitStatus exited(int code) {
        return new ExitStatus(code & 0xff, 0, "", false);
    }

    /** Not ended, but no guest any more. */
    public static ExitStatus left(String message) {
        return new ExitStatus(0, 0, message, false);
    }

    /** Ended by a signal. */
    public static ExitStatus signaled(int signal, String message) {
        return signaled(signal, message, false);
    }

    /** Ended by a signal; {@code coreDumped} says whether a core file was written. */
    public static ExitStatus signaled(int signal, String message, boolean coreDumped) {
        return new ExitStatus(0, signal, message, coreDumped);
    }

    /**
     * How a process of the host ended.
     *
     * @param wait what {@code wait4} says of its end
     * @param message if a signal ended it
     */
    public static ExitStatus ofWait(int wait, String message) {
        int signal = wait & ~CORE & 0xff;
        return signal == 0 ? exited(wait >> 8) : signaled(signal, message, (wait & CORE) != 0);
    }

    /**
     * Whether {@code waitid} calls it an exit. So it does for MIPS's signal 128, of which the seven bits for a signal's number hold
     * nothing; signal 127 looks like a stop to programs that decode {@link #waitStatus}.
     */
    public boolean isExit() {
        return (signal & ~CORE) == 0;
    }

    /** As a shell gives it: the code, or 128 + signal. */
    public int shellStatus() {
        return signal == 0 ? code : 128 + signal;
    }

    /** As {@code wait4} gives it: code << 8, or the signal with the core flag. */
    public int waitStatus() {
        return signal == 0 ? code << 8 : coreDumped ? signal | CORE : signal;
    }
}
