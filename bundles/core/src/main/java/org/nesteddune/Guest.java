package org.nesteddune;

import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.IntConsumer;
import org.nesteddune.kernel.ExitStatus;
import org.osgi.annotation.versioning.ProviderType;

/** A guest process. Thread-safe; usable after the guest's end. */
@ProviderType
public interface Guest {

    int pid();

    /** A number that the guest has in common with the one that was entered and all its descendants; never used again. */
    long job();

    /** The name of its profile, or "" if it has none. */
    String profile();

    /** Completes when the guest has ended and everything it held is freed; on a thread of the runtime's. */
    CompletionStage<ExitStatus> exit();

    /** Sends a generic signal number, as {@code kill} does. */
    void signal(int signal);

    /** Sends a generic signal number to all processes of the guest's process group. */
    void signalGroup(int signal);

    /**
     * Passes on a signal that this JVM got from the terminal it was started on: to the process group that has the terminal,
     * which need not be the guest's own if it is a shell. If no guest has the terminal, to this guest.
     */
    void signalForeground(int signal);

    /** Gives the terminal to this guest, if it was started with it; a shell's {@code fg} does so. */
    void bringToForeground();

    /**
     * Says who learns that the guest has stopped or goes on, as a shell does of its jobs. Called on a thread of the runtime's
     * and must not wait.
     *
     * @param listener gets the number of the stop signal, or 0 when the guest goes on; null for nobody
     */
    void onStop(IntConsumer listener);

    /** Facts of the moment. */
    Info info();

    /** System calls and exits so far; empty unless statistics were asked for. */
    Statistics statistics();

    /** Starts, replaces or (null) ends the trace of system calls. */
    void trace(TraceSink sink);

    /** Starts counting if that was not asked for at the start. */
    void enableStatistics();

    /**
     * Facts of the moment.
     *
     * @param state as {@code ps} writes it: R running, S sleeping in a call, T stopped, Z ended, H held
     * @param command the program and its arguments
     * @param terminal the controlling terminal's name, or ""
     */
    record Info(
            int pid,
            int parentPid,
            int uid,
            char state,
            String architecture,
            String engine,
            int threads,
            long virtualBytes,
            long residentBytes,
            long userNanos,
            long systemNanos,
            long startTimeMillis,
            String executable,
            List<String> command,
            String workingDirectory,
            String blockedIn) {}

    /**
     * Counters.
     *
     * @param calls by name, most time first
     * @param exits by kind
     * @param userNanos with that of the descendants that were waited for, as {@code systemNanos}
     */
    record Statistics(
            List<CallCount> calls, List<ExitCount> exits, String engine, long wallNanos, long userNanos,
            long systemNanos) {}

    /**
     * One system call's counters.
     *
     * @param served false if it got ENOSYS for want of a handler
     */
    record CallCount(String name, long count, long errors, long nanos, boolean served) {}

    /** How often a vCPU was left for one reason. */
    record ExitCount(String kind, long count) {}

    /** Takes trace lines, without line ends. Called on the guest's threads, one line at a time. */
    @FunctionalInterface
    interface TraceSink {
        void line(String line);
    }
}
