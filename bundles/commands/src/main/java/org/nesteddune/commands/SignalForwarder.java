package org.nesteddune.commands;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.host.HostSignals;
import org.nesteddune.host.HostSignals.Received;
import org.nesteddune.host.KickSignal;
import org.nesteddune.linux.Signal;

/**
 * Passes the signals that this process gets on to a guest while it is open: those of the terminal's keys and window to the
 * process group that has the terminal in dune, all others to the guest itself. When the guest stops, so does this process if
 * the guest is all it is there for: the user gets the shell back, and {@code fg} lets both go on.
 */
final class SignalForwarder implements AutoCloseable {

    /** The first real-time signal that the C library leaves to programs. */
    private static final int FIRST_FREE_REAL_TIME = 34;

    private static final int[] SIGNALS = IntStream.concat(
                    IntStream.of(Signal.SIGHUP, Signal.SIGINT, Signal.SIGQUIT, Signal.SIGUSR1, Signal.SIGUSR2,
                            Signal.SIGALRM, Signal.SIGTERM, Signal.SIGCONT, Signal.SIGTSTP, Signal.SIGURG, Signal.SIGWINCH,
                            Signal.SIGIO, Signal.SIGPWR),
                    IntStream.rangeClosed(FIRST_FREE_REAL_TIME, Signal.NSIG).filter(n -> n != KickSignal.NUMBER))
            .toArray();

    /** How long a SIGCONT may take to be heard after this process has gone on, in milliseconds. */
    private static final int CONTINUE_PATIENCE = 500;

    private final Guest guest;
    private final HostSignals signals;
    private volatile CountDownLatch continued = new CountDownLatch(1);
    private boolean stops;

    private SignalForwarder(Guest guest) {
        this.guest = guest;
        signals = HostSignals.listen(SIGNALS, this::heard);
    }

    /** Begins to pass signals on, unless another guest gets them already. */
    static SignalForwarder to(Guest guest) {
        return new SignalForwarder(guest);
    }

    /**
     * From now on this process stops when the guest has stopped.
     *
     * @param dune that runs the guest, and nothing but it and its descendants
     */
    SignalForwarder stopWithGuest(Dune dune) {
        stops = true;
        guest.onStop(signal -> {
            if (signal != 0) {
                Thread stopper = new Thread(() -> stop(dune, signal), "job-stop");
                stopper.setDaemon(true);
                stopper.start();
            }
        });
        return this;
    }

    private void heard(Received received) {
        int signal = received.signal();
        switch (signal) {
            case Signal.SIGINT, Signal.SIGQUIT, Signal.SIGWINCH -> {
                if (received.isFromKernel()) {
                    guest.signalForeground(signal);
                } else {
                    guest.signal(signal);
                }
            }
            case Signal.SIGTSTP -> {
                if (received.isFromKernel()) {
                    guest.signalForeground(signal);
                } else {
                    guest.signalGroup(signal);
                }
            }
            // Shells send these two to all processes of a job.
            case Signal.SIGHUP -> guest.signalGroup(signal);
            case Signal.SIGCONT -> {
                continued.countDown();
                guest.signalGroup(signal);
            }
            default -> guest.signal(signal);
        }
    }

    private void stop(Dune dune, int signal) {
        // Who stops with SIGSTOP may have left somebody behind who lets it go on.
        if (signal == Signal.SIGSTOP && dune.guests().stream().anyMatch(each -> isActive(each.info().state()))) {
            return;
        }
        CountDownLatch goingOn = new CountDownLatch(1);
        continued = goingOn;
        if (signals != null) {
            signals.stop(signal);
        }
        try {
            if (!goingOn.await(CONTINUE_PATIENCE, TimeUnit.MILLISECONDS)) {
                // No shell looks after this process, so it was not stopped, and the guest must not be either.
                guest.signalGroup(Signal.SIGCONT);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isActive(char state) {
        return state != Guest.Info.STOPPED && state != Guest.Info.ENDED;
    }

    /** Gives the signals back to whoever had them. */
    @Override
    public void close() {
        if (stops) {
            guest.onStop(null);
        }
        if (signals != null) {
            signals.close();
        }
    }
}
