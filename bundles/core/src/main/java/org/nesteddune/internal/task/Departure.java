package org.nesteddune.internal.task;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.nesteddune.arch.CpuSnapshot;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalInfoLayout;
import org.nesteddune.escape.Departing;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.escape.EscapeRoute;
import org.nesteddune.escape.NativeShell;
import org.nesteddune.internal.trace.ByteMemory;
import org.nesteddune.kernel.GuestTimer;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.ProcessTimers;

/**
 * The attempt of a process to become a native one. All its tasks are called to the boundary between two instructions and wait
 * there ({@link #arrive}); blocked calls are interrupted as for a signal, and what is to be restarted stays undecided. Another
 * thread makes the native process meanwhile. Then either that goes on and the tasks end, but for the first one, which stands for
 * the native process from then on ({@link Emigrant}); or the tasks go on as if nothing had been.
 */
final class Departure implements Departing {

    /** How long tasks may take to come to a boundary: a host call that cannot be interrupted is under way. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final GuestProcess process;
    private final Consumer<String> watcher;
    private final Map<GuestTask, Standing> arrived = new ConcurrentHashMap<>();
    private ProcessTimers.Suspended timers;
    private List<Waiting> waiting = List.of();
    private volatile Thread mover;
    private volatile boolean over;

    /** @param watcher is told of each step before it is made; what it throws ends the attempt. May be null. */
    Departure(GuestProcess process, Consumer<String> watcher) {
        this.process = process;
        this.watcher = watcher;
    }

    /** Whether tasks are to come to the boundary. Any thread. */
    boolean isWanted() {
        return !over;
    }

    /** Waits at the boundary until it is decided what happens; whether the task has left dune. The task's own thread. */
    boolean arrive(GuestTask task) {
        arrived.put(task, new Standing(
                task,
                CpuSnapshot.of(task.cpu(), task.architecture().registers()),
                task.signals().maskToSave(),
                task.call().restart(),
                task.call().toRestart()));
        LockSupport.unpark(mover);
        // Even a task that has to end stays: its memory is being read.
        task.attention().await(() -> over);
        return process.leaving().emigrant() != null;
    }

    /**
     * Makes the native process and lets it go on. On failure everything is as it was.
     *
     * @return the one that stands for it; null if a signal came that is to be delivered first
     */
    Emigrant run(EscapeRoute route) throws EscapeException {
        mover = Thread.currentThread();
        route.check(process);
        DepartureChecks.check(process);
        NativeShell shell = null;
        boolean gone = false;
        try {
            process.leaving().begin(this);
            step("hold");
            hold();
            timers = process.timers().suspend();
            DepartureChecks.check(process);
            route.check(process);
            waiting = waitingNow();
            // What comes later is passed on.
            for (GuestTask task : process.threadGroup().tasks()) {
                if (task.signals().hasDeliverable()) {
                    return null;
                }
            }
            shell = route.prepare(this);
            step("release");
            shell.release();
            Emigrant emigrant = new Emigrant(process, shell.pid(), waiting);
            process.leaving().gone(emigrant);
            gone = true;
            return emigrant;
        } catch (RuntimeException | OutOfMemoryError defect) {
            checkAlive(); // what has ended is not all there
            throw EscapeException.failed(process, defect.toString(), defect);
        } finally {
            if (!gone && shell != null) {
                shell.abandon();
            }
            if (!gone && timers != null) {
                process.timers().resume(timers);
            }
            over = true;
            process.leaving().over(this);
        }
    }

    private void hold() throws EscapeException {
        process.threadGroup().interrupt();
        process.threadGroup().unpark();
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!arrived.keySet().containsAll(process.threadGroup().tasks())) {
            checkAlive();
            Hold held = process.hold();
            if (held != null) {
                // Its tasks come to the boundary and no further.
                throw EscapeException.impossible(process, "it is held: " + held.reason());
            }
            long left = end - System.nanoTime();
            if (left <= 0) {
                throw new EscapeException(late());
            }
            // Now and again: a task that has ended meanwhile tells nobody.
            LockSupport.parkNanos(this, Math.min(left, TimeUnit.MILLISECONDS.toNanos(1)));
        }
    }

    private String late() {
        for (GuestTask task : process.threadGroup().tasks()) {
            if (!arrived.containsKey(task)) {
                String call = task.blockedIn();
                return "task " + task.tid() + " of guest " + process.pid() + " did not come to an instruction boundary in "
                        + TimeUnit.NANOSECONDS.toSeconds(PATIENCE_NANOS) + " seconds"
                        + (call.isEmpty() ? "" : ": it is in " + call);
            }
        }
        return "guest " + process.pid() + " did not come to an instruction boundary";
    }

    private void checkAlive() throws EscapeException {
        if (process.isExiting() || process.threadGroup().tasks().isEmpty()) {
            throw new EscapeException("guest " + process.pid() + " has ended");
        }
    }

    @Override
    public Process process() {
        return process;
    }

    @Override
    public List<Standing> tasks() {
        List<Standing> all = new ArrayList<>();
        GuestTask first = process.threadGroup().first();
        all.add(arrived.get(first));
        for (GuestTask task : process.threadGroup().tasks()) {
            if (task != first) {
                all.add(arrived.get(task));
            }
        }
        return all;
    }

    private List<Waiting> waitingNow() {
        List<Waiting> all = new ArrayList<>();
        process.pendingSignals().list().forEach(info -> all.add(waiting(null, info)));
        for (GuestTask task : process.threadGroup().tasks()) {
            task.pendingSignals().list().forEach(info -> all.add(waiting(task, info)));
        }
        return all;
    }

    private Waiting waiting(GuestTask task, SignalInfo info) {
        byte[] bytes = new byte[SignalInfoLayout.SIZE];
        process.architecture().abi().writeSignalInfo(new ByteMemory(0, bytes), 0, info);
        return new Waiting(task, info.signal(), bytes);
    }

    @Override
    public List<Waiting> waitingSignals() {
        return waiting;
    }

    @Override
    public List<GuestTimer.Setting> intervalTimers() {
        return timers.left();
    }

    @Override
    public void step(String name) throws EscapeException {
        checkAlive();
        if (watcher != null) {
            try {
                watcher.accept(name);
            } catch (RuntimeException refused) {
                throw new EscapeException("stopped before \"" + name + "\": " + refused.getMessage(), refused);
            }
        }
    }
}
