package org.nesteddune.arch;

/**
 * What a process wants done about a signal.
 *
 * @param handler guest address, or {@link #DEFAULT} or {@link #IGNORE}
 * @param flags {@code SA_*} with their generic values
 * @param restorer guest address of the return trampoline where {@code SA_RESTORER} is set
 * @param mask signals blocked while the handler runs
 */
public record SignalAction(long handler, long flags, long restorer, SignalSet mask) {

    /** SIG_DFL. */
    public static final long DEFAULT = 0;

    /** SIG_IGN. */
    public static final long IGNORE = 1;

    /** The state of every signal in a new program. */
    public static final SignalAction INITIAL = new SignalAction(DEFAULT, 0, 0, SignalSet.EMPTY);

    /** What ignores a signal. */
    public static final SignalAction IGNORING = new SignalAction(IGNORE, 0, 0, SignalSet.EMPTY);

    /** The same with the default in place of the handler; the rest stays, as where the kernel resets a handler itself. */
    public SignalAction byDefault() {
        return new SignalAction(DEFAULT, flags, restorer, mask);
    }

    /** Whether a handler of the guest is to run. */
    public boolean isHandled() {
        return handler != DEFAULT && handler != IGNORE;
    }
}
