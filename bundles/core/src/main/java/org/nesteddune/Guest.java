package org.nesteddune;

import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.IntConsumer;
import org.nesteddune.escape.EscapeException;
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

    /**
     * Makes the guest go on outside dune, as a process of the host like any other, from exactly where it is. It stays what it was
     * for its parent in dune and for this object: signals to it are passed on, and its end is the native process's.
     *
     * @return the native process's id
     * @throws EscapeException if that is impossible, with the reason; the guest goes on in dune as if nothing had been asked
     */
    int escape() throws EscapeException;

    /** Facts of the moment. */
    Info info();

    /** System calls and exits so far; empty unless statistics were asked for. */
    Statistics statistics();

    /** Starts, replaces or (null) ends the trace of system calls. */
    void trace(TraceSink sink);

    /**
     * Gives the lines of the trace to one more, beside those whom {@link #trace} or others have named: those of this guest alone, not of
     * processes that it makes. The last line is that of its end. A guest that nobody watches pays nothing.
     */
    void watch(TraceSink viewer);

    /** Ends what {@link #watch} has begun; a line that is being written may still come. */
    void unwatch(TraceSink viewer);

    /** Starts counting if that was not asked for at the start. */
    void enableStatistics();

    /** What it has done so far; always counted. */
    Activity activity();

    /** Its mappings by ascending address, as {@code /proc/PID/maps} has them; none of a guest that has ended. */
    List<Mapping> mappings();

    /** Its open descriptors, by number; empty when it has ended. */
    List<Descriptor> descriptors();

    /**
     * Holds the guest until {@link #release}: its threads are brought to an instruction boundary and run no further. Calls that wait go
     * on waiting, timers go on, signals that it handles are kept, those that end it do so; unlike a stop by SIGSTOP no parent is told,
     * and no call is interrupted. Processes that it has made are not held with it. Returns when it is held. Once held, a further reason replaces the
     * first.
     *
     * @param reason for those who look: {@link Info#blockedIn} then is {@code held: } and this
     * @return false if it has ended or escaped, or a thread has not come to a boundary in ten seconds because the host carries out a call that
     *     cannot be interrupted: then the guest goes on
     */
    boolean hold(String reason);

    /** Lets the guest go on after {@link #hold}; one that is held because what it runs on is away stays so. */
    void release();

    /**
     * Facts of the moment.
     *
     * @param state as {@code ps} writes it: R running, S sleeping in a call, T stopped, Z ended, H held
     * @param command the program and its arguments
     * @param blockedIn the system call that its first thread waits in; {@code held: } and why if it is held; or ""
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
            String blockedIn) {

        /** The state of a guest that a signal has stopped. */
        public static final char STOPPED = 'T';

        /** The state of a guest that has ended. */
        public static final char ENDED = 'Z';

        /** The state of a guest that waits for what it runs on, or for an operator. */
        public static final char HELD = 'H';

        /** Whether a signal has stopped it. */
        public boolean isStopped() {
            return state == STOPPED;
        }

        /** Whether it has ended. */
        public boolean hasEnded() {
            return state == ENDED;
        }

        /** Whether it is held, by whomever. */
        public boolean isHeld() {
            return state == HELD;
        }
    }

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

    /**
     * What a guest has done since it was made.
     *
     * @param calls system calls that its threads have begun
     * @param exits how often its threads have left guest code: for these calls, for faults, and because they were wanted
     */
    record Activity(long calls, long exits) {}

    /**
     * One mapping.
     *
     * @param start its first address
     * @param end the first address behind it
     * @param permissions {@code rwx}, each {@code -} where it is missing, and {@code s} for shared or {@code p} for private
     * @param offset of {@code start} in the file
     * @param name the file's path as the guest sees it; {@code [heap]}, {@code [stack]} …; or ""
     * @param residentBytes how much of it is in memory, whoever shares it
     */
    record Mapping(long start, long end, String permissions, long offset, String name, long residentBytes) {

        /** Its length in bytes. */
        public long length() {
            return end - start;
        }
    }

    /**
     * One open descriptor.
     *
     * @param number the guest's
     * @param path as {@code /proc/PID/fd} shows it: the file's path, or {@code socket:[17]}, {@code anon_inode:kvm-vm} and the like
     */
    record Descriptor(int number, String path) {}

    /** Takes trace lines, without line ends. Called on the guest's threads, possibly several at a time; must not throw. */
    @FunctionalInterface
    interface TraceSink {
        void line(String line);
    }
}
