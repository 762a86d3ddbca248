package org.nesteddune.commands;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nesteddune.Guest;
import org.nesteddune.host.Linux;
import org.nesteddune.linux.Signal;
import sun.misc.SignalHandler;

/**
 * Passes the signals that this process gets on to a guest while it is open: those of the terminal (Ctrl-C, Ctrl-Z, a new
 * window size) and those of {@code kill}. SIGQUIT stays the JVM's, which writes its threads then; so do the signals of
 * faults. Uses {@code sun.misc.Signal}, for want of anything better in Java; without it nothing is passed on.
 */
final class SignalForwarder implements AutoCloseable {

    private static final String[] NAMES = {"HUP", "INT", "TERM", "USR1", "USR2", "WINCH", "CONT", "TSTP"};

    /** How long a guest may take to stop itself after SIGTSTP before that is taken for a refusal, in milliseconds. */
    private static final int STOP_PATIENCE = 1000;
    private static final int STOP_STEP = 5;

    private final Guest guest;
    private final Map<sun.misc.Signal, SignalHandler> previous = new LinkedHashMap<>();

    private SignalForwarder(Guest guest) {
        this.guest = guest;
    }

    /** Begins to pass signals on. */
    static SignalForwarder to(Guest guest) {
        SignalForwarder forwarder = new SignalForwarder(guest);
        try {
            for (String name : NAMES) {
                forwarder.take(name);
            }
        } catch (NoClassDefFoundError e) {
            // A framework that does not let bundles see sun.misc.
        }
        return forwarder;
    }

    private void take(String name) {
        try {
            sun.misc.Signal signal = new sun.misc.Signal(name);
            previous.put(signal, sun.misc.Signal.handle(signal, this::handle));
        } catch (IllegalArgumentException e) {
            // This JVM wants the signal for itself.
        }
    }

    private void handle(sun.misc.Signal signal) {
        int number = Signal.number(signal.getName());
        guest.signal(number);
        if (number == Signal.SIGTSTP) {
            stopWithGuest();
        }
    }

    /**
     * A guest that obeys Ctrl-Z stops, and then this process has to stop as well, so that the user gets the shell back. The
     * SIGCONT that wakes this process up is passed on like the others.
     */
    private void stopWithGuest() {
        for (int waited = 0; waited < STOP_PATIENCE; waited += STOP_STEP) {
            char state = guest.info().state();
            if (state == 'T') {
                Linux.kill((int) Linux.getpid(), Signal.SIGSTOP);
                return;
            }
            try {
                Thread.sleep(STOP_STEP);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Gives the signals back to whoever had them. */
    @Override
    public void close() {
        Deque<sun.misc.Signal> taken = new ArrayDeque<>(previous.keySet());
        while (!taken.isEmpty()) {
            sun.misc.Signal signal = taken.removeLast();
            sun.misc.Signal.handle(signal, previous.get(signal));
        }
        previous.clear();
    }
}
