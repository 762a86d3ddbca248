package org.nesteddune.escape;

import java.util.List;
import org.nesteddune.arch.CpuSnapshot;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.kernel.GuestTimer;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.osgi.annotation.versioning.ProviderType;

/** A guest process all of whose tasks stand at an instruction boundary. */
@ProviderType
public interface Departing {

    Process process();

    /** Its tasks as they stand, the first one of the process first. */
    List<Standing> tasks();

    /** Signals that were sent and are blocked, in the order in which they came. */
    List<Waiting> waitingSignals();

    /** What is left of ITIMER_REAL, ITIMER_VIRTUAL and ITIMER_PROF, which stand still. */
    List<GuestTimer.Setting> intervalTimers();

    /**
     * To be called before each step of the move.
     *
     * @param name what is about to be done, for messages: "map memory"
     * @throws EscapeException if the move is to end here, because the guest has been killed meanwhile
     */
    void step(String name) throws EscapeException;

    /**
     * A signal that waits.
     *
     * @param task whom it was sent to; null for the process
     * @param signal generic number
     * @param info {@code siginfo_t} as the architecture lays it out
     */
    record Waiting(Task task, int signal, byte[] info) {}

    /**
     * A task that stands still.
     *
     * @param cpu its registers, behind the system-call instruction where it was called out of a call
     * @param mask the signals that it blocks when no call has replaced them for its time
     * @param restart how a call it was called out of goes on, ERESTARTSYS and its kin (positive); 0 if it was in none
     * @param call the number of that call, its architecture's
     */
    record Standing(Task task, CpuSnapshot cpu, SignalSet mask, int restart, int call) {}
}
