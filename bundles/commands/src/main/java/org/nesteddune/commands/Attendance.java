package org.nesteddune.commands;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Signal;

/**
 * A shell command's wait for its guest. While it is the shell's job in the foreground, this process's signals are the
 * guest's. When the guest stops, so does the job, and what the user makes of the job ({@code fg}, {@code bg}) lets the guest go on.
 */
final class Attendance {

    /** How often the job's state is looked at once it has left the foreground, in milliseconds; shells tell nobody of it. */
    private static final int INTERVAL = 100;

    private final Guest guest;
    private final ShellJob job;
    private final TerminalState terminal;
    private final boolean onTerminal;
    private final Semaphore stops = new Semaphore(0);
    private SignalForwarder forwarder;

    Attendance(Call call, Guest guest, GuestStreams streams, TerminalState terminal) {
        this.guest = guest;
        this.terminal = terminal;
        job = call.job();
        onTerminal = streams.terminal() != GuestSpec.Terminal.NONE;
        if (streams.terminal() == GuestSpec.Terminal.FOREGROUND) {
            forwarder = SignalForwarder.to(guest);
        }
    }

    /** Waits for the guest's end. Interrupting the waiting thread is how a shell passes the user's Ctrl-C on. */
    ExitStatus await() throws CommandException {
        if (job != null) {
            guest.onStop(signal -> {
                if (signal != 0) {
                    stops.release();
                }
            });
        }
        try {
            CompletableFuture<ExitStatus> end = guest.exit().toCompletableFuture();
            end.whenComplete((status, failure) -> stops.release());
            ShellJob.State state = ShellJob.State.FOREGROUND;
            while (true) {
                try {
                    if (state == ShellJob.State.FOREGROUND) {
                        stops.acquire();
                    } else if (!stops.tryAcquire(INTERVAL, TimeUnit.MILLISECONDS)) {
                        state = follow(state);
                        continue;
                    }
                    if (end.isDone()) {
                        return end.get();
                    }
                    if (state != ShellJob.State.SUSPENDED) {
                        suspend();
                        state = ShellJob.State.SUSPENDED;
                    }
                } catch (InterruptedException e) {
                    guest.signal(Signal.SIGINT);
                } catch (ExecutionException e) {
                    throw new CommandException(Command.FAULT, "the guest was lost: " + e.getCause());
                }
            }
        } finally {
            guest.onStop(null);
            giveSignalsBack();
        }
    }

    private void suspend() {
        giveSignalsBack();
        if (onTerminal) {
            terminal.restore();
        }
        job.suspend();
    }

    /** Does with the guest what the user has done with the job. */
    private ShellJob.State follow(ShellJob.State before) {
        ShellJob.State now = job.state();
        if (now == before || now == ShellJob.State.SUSPENDED) {
            return before;
        }
        if (now == ShellJob.State.FOREGROUND && onTerminal) {
            guest.bringToForeground();
            forwarder = SignalForwarder.to(guest);
        }
        guest.signalGroup(Signal.SIGCONT);
        return now;
    }

    private void giveSignalsBack() {
        if (forwarder != null) {
            forwarder.close();
            forwarder = null;
        }
    }
}
