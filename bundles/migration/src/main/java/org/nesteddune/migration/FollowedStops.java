package org.nesteddune.migration;

import java.util.Map;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.linux.Ptrace;
import org.nesteddune.linux.Signal;

/**
 * Has a parked process stopped while its guest is, and only then. What it has begun is seen to its end before the opposite is asked for.
 * For the thread that traces.
 */
final class FollowedStops {

    private final Shell shell;
    private final OwnSignals signals;

    /** Whether the guest is stopped, and the process is to be. */
    private boolean wanted;
    private boolean stopped;
    /** Whether a SIGCONT of ours is on its way. */
    private boolean resuming;

    FollowedStops(Shell shell, OwnSignals signals) {
        this.shell = shell;
        this.signals = signals;
    }

    /** Whether the process is stopped: no signal but SIGCONT and SIGKILL reaches it then. */
    boolean isStopped() {
        return stopped;
    }

    /** Whether the process is to be stopped. */
    boolean isWanted() {
        return wanted;
    }

    /** The guest has stopped. */
    void stop() {
        wanted = true;
        if (!stopped) {
            signals.stop();
        }
    }

    /** The guest goes on. */
    void resume() {
        wanted = false;
        if (stopped) {
            resuming = true;
            // Not the guest's: it may have been stopped again by then.
            signals.resume();
        }
    }

    /** All threads stop with their process, and are told when it goes on. */
    void note(int tid, Tracer.Stop stop) throws EscapeException {
        boolean begins = stop.event() == Ptrace.PTRACE_EVENT_STOP && stop.signal() == Signal.SIGSTOP;
        if (begins) {
            shell.tracer().listen(tid);
        } else {
            shell.tracer().goOn(tid);
        }
        if (tid == shell.pid()) {
            stopped = begins;
            if (begins && (!wanted || hasContinueWaiting())) {
                resume();
            } else if (!begins && resuming) {
                resuming = false;
                if (wanted) {
                    stop();
                }
            }
        }
    }

    /** Whether it was told to go on before it had stopped, which then does not end the stop. */
    private boolean hasContinueWaiting() throws EscapeException {
        Map<String, String> status = new ProcFiles(shell.pid()).fields("status");
        long pending = ProcFiles.set(status, "SigPnd") | ProcFiles.set(status, "ShdPnd");
        return (pending & Signal.bit(Signal.SIGCONT)) != 0;
    }

    /** What has been sent to stop the process may have been taken away. */
    void insist() {
        if (wanted) {
            stop();
        }
    }
}
