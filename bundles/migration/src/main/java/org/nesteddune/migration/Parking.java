package org.nesteddune.migration;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nesteddune.escape.EntryRoute.Steps;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.host.Linux;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.Signal;
import org.nesteddune.migration.TimedCall.KeptWait;

/**
 * Empties a process whose threads stand still, and lets them wait in the table's code. What could fail is done first, and taken back if
 * something does. For the thread that traces.
 */
final class Parking {

    /** All signals but the one that the process's own code stops by. */
    static final long BLOCKED = ~Signal.bit(Signal.SIGTRAP);

    private static final long NONE = 0;
    private static final int RSEQ_FLAG_UNREGISTER = 1;
    private static final long[] NO_SEQUENCES = new long[3];
    private static final int TIMERS = 3;

    private final Shell shell;
    private final List<NativeMap> kept;
    private final Map<Integer, long[]> sequences;
    private final Map<Integer, KeptWait> waits;

    /**
     * @param kept mappings that stay, ascending
     * @param sequences restartable sequences of its threads
     * @param waits threads that go on waiting for a time, with what they need
     */
    Parking(Shell shell, List<NativeMap> kept, Map<Integer, long[]> sequences, Map<Integer, KeptWait> waits) {
        this.shell = shell;
        this.kept = kept;
        this.sequences = new HashMap<>(sequences);
        this.waits = new HashMap<>(waits);
        waits.keySet().forEach(shell::keepsWaiting);
    }

    List<NativeMap> kept() {
        return kept;
    }

    Map<Integer, long[]> sequences() {
        return sequences;
    }

    /**
     * Does all that can be taken back.
     *
     * @throws EscapeException if the process is as it was, or gone
     */
    void prepare(Steps steps) throws EscapeException {
        boolean good = false;
        try {
            steps.step("take signals");
            takeSignals();
            steps.step("forget restartable sequences");
            forgetSequences();
            steps.step("empty");
            good = true;
        } finally {
            if (!good) {
                restore();
            }
        }
    }

    /** Does the rest. */
    void park() throws EscapeException {
        empty();
        keepWaiting();
        for (int tid : shell.threads()) {
            shell.tracer().mask(tid, NONE);
            shell.park(tid);
        }
    }

    /** Parks a process that has been made something else in part. */
    void parkAgain() throws EscapeException {
        shell.disconnect();
        for (int tid : shell.threads()) {
            shell.interrupt(tid);
            shell.tracer().mask(tid, BLOCKED);
        }
        shell.cover();
        for (int tid : shell.threads()) {
            // The kernel writes there whenever the thread goes on.
            long[] area = sequences.getOrDefault(tid, NO_SEQUENCES);
            Script script = script(tid);
            script.attempt("rseq", area[0], area[1], RSEQ_FLAG_UNREGISTER, area[2]);
            script.run();
        }
        park();
    }

    private Script script(int tid) {
        return new Script(shell, shell.code().syscallNumbers(), tid);
    }

    /** Threads that wait for a time find what they look at; there is nothing else in its memory. */
    private void keepWaiting() throws EscapeException {
        waits.keySet().removeIf(tid -> !shell.isWaiting(tid));
        Script script = script(shell.pid());
        for (KeptWait wait : waits.values()) {
            long first = wait.address() & -Linux.PAGE_SIZE;
            long end = wait.address() + wait.content().length + Linux.PAGE_SIZE - 1 & -Linux.PAGE_SIZE;
            for (long page = first; page < end; page += Linux.PAGE_SIZE) {
                // Another thread's wait may have it already.
                script.attempt("mmap", page, Linux.PAGE_SIZE, Mman.PROT_READ | Mman.PROT_WRITE,
                        Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_FIXED_NOREPLACE, -1, 0);
            }
        }
        script.run();
        for (KeptWait wait : waits.values()) {
            if (wait.content().length != 0) {
                MemoryCopy.write(shell.pid(), wait.address(), wait.content());
            }
        }
    }

    private void forgetSequences() throws EscapeException {
        for (Map.Entry<Integer, long[]> each : sequences.entrySet()) {
            long[] area = each.getValue();
            if (area[0] != 0) {
                Script script = script(each.getKey());
                script.add("rseq", "forget its restartable sequences", area[0], area[1], RSEQ_FLAG_UNREGISTER, area[2]);
                script.run();
            }
        }
    }

    /** Takes back what has been done before it is emptied. */
    private void restore() throws EscapeException {
        for (Map.Entry<Integer, long[]> each : sequences.entrySet()) {
            long[] area = each.getValue();
            shell.tracer().mask(each.getKey(), BLOCKED);
            if (area[0] != 0) {
                Script script = script(each.getKey());
                // Or it has not been forgotten yet: EBUSY.
                script.attempt("rseq", area[0], area[1], 0, area[2]);
                script.run();
            }
        }
        shell.giveBackStrays();
    }

    /** Takes everything away; what the kernel should not let go stays until it escapes or ends. All threads stand still. */
    private void empty() throws EscapeException {
        Script script = script(shell.pid());
        script.room(TIMERS, KernelStructures.TIMER);
        long off = script.space(KernelStructures.TIMER);
        for (int which = 0; which < TIMERS; which++) {
            script.attempt("setitimer", which, off, 0);
        }
        for (long[] range : MemoryMove.disposable(shell, kept)) {
            script.attempt("munmap", range[0], range[1] - range[0]);
        }
        script.attempt("close_range", 0, 0xffffffffL, 0);
        script.run();
        Script.writeWaiting(shell, shell.code().syscallNumbers());
    }

    /** Takes the signals that it has blocked until now. */
    private void takeSignals() throws EscapeException {
        for (int tid : shell.threads()) {
            shell.tracer().mask(tid, NONE);
            Script script = script(tid);
            script.add("getpid", "make a call");
            script.run();
        }
    }
}
