package org.nesteddune.internal.task;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.ExecutionEngine;
import org.nesteddune.internal.dispatch.SyscallTables;
import org.nesteddune.internal.loader.LoadException;
import org.nesteddune.internal.loader.Platforms;
import org.nesteddune.kernel.Process;

/**
 * Brings guests to an instruction boundary when their architecture or engine goes away, keeps their CPU state as plain data,
 * and lets them go on in what comes back. The same is done with one of them for an operator, whose machine then stays.
 *
 * <p>A task in guest code is kicked and waits in {@link TaskState#ATTEND}. One that waits in a call stays there: its state is taken
 * from outside, which is safe because a task that comes out of its wait passes a lock first ({@link TaskVcpu#passBoundary}). All
 * others come to the boundary by themselves. When no task of a memory has a vCPU any more its machine is closed. Thread-safe.
 */
public final class Holds {

    /** How long tasks may take to come to a boundary: a host call that cannot be interrupted is under way. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final long POLL_NANOS = 100_000;

    private final Processes processes;
    private final Platforms platforms;
    private final BiFunction<Architecture, Job, SyscallTables.Slot> dispatch;
    private final BiConsumer<String, Throwable> log;

    /** @param log takes what an operator has to know, with a cause or null */
    public Holds(
            Processes processes,
            Platforms platforms,
            BiFunction<Architecture, Job, SyscallTables.Slot> dispatch,
            BiConsumer<String, Throwable> log) {
        this.processes = processes;
        this.platforms = platforms;
        this.dispatch = dispatch;
        this.log = log;
    }

    /** An architecture goes away; returns when no guest needs it any more. */
    public void leaving(Architecture architecture) {
        hold(image -> image.architecture() == architecture, "architecture " + architecture.name() + " is away");
    }

    /** An engine goes away; returns when no guest needs it any more. */
    public void leaving(ExecutionEngine engine) {
        hold(image -> image.mm().machine().isOf(each -> each == engine), "engine " + engine.name() + " is away");
    }

    private synchronized void hold(Predicate<ProcessImage> uses, String reason) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        Set<GuestProcess> held = new HashSet<>();
        Set<GuestTask> before = null;
        Set<GuestTask> tasks = new HashSet<>();
        // Only when the second look finds the same tasks nobody has made another one before it was at the boundary itself.
        while (!bringToBoundary(uses, reason, held, tasks) || !tasks.equals(before)) {
            if (System.nanoTime() - end > 0) {
                giveUp(held);
                return;
            }
            if (tasks.equals(before)) {
                LockSupport.parkNanos(POLL_NANOS);
            }
            before = tasks;
            tasks = new HashSet<>();
        }
        for (GuestProcess process : held) {
            process.image().mm().machine().detach();
        }
    }

    /**
     * Goes through all processes once. Those that forks make meanwhile are found the next time.
     *
     * @param held gets the processes
     * @param tasks gets their tasks
     * @return whether all tasks are at the boundary
     */
    private boolean bringToBoundary(
            Predicate<ProcessImage> uses, String reason, Set<GuestProcess> held, Set<GuestTask> tasks) {
        boolean complete = true;
        for (Process each : processes.processes()) {
            GuestProcess process = (GuestProcess) each;
            if (process.threadGroup().tasks().isEmpty() || !held.contains(process) && !uses.test(process.image())) {
                continue;
            }
            if (begin(process, hold -> hold.away(reason), Hold::away)) {
                process.runtime().held(process, reason);
                complete = false;
            }
            held.add(process);
            for (GuestTask task : process.threadGroup().tasks()) {
                tasks.add(task);
                complete &= task.taskVcpu().bringToBoundary();
            }
        }
        return complete;
    }

    /**
     * Holds a process whose architecture or engine has gone just before it was there; it goes on with the next {@link #resume}.
     *
     * @param task its only one, and the caller's
     * @return whether it is held
     */
    public boolean settle(GuestTask task) {
        GuestProcess process = task.guestProcess();
        ProcessImage image = process.image();
        // What shares the memory of another process is found together with that one, who made it undisturbed.
        if (process.hold() != null
                || process.threadGroup().tasks().size() != 1
                || image.mm().isShared()
                || platforms.isThere(image.architecture()) && image.mm().machine().isOf(platforms::isThere)) {
            return false;
        }
        Hold hold = new Hold();
        hold.away("what it runs on has just been taken away");
        if (!task.taskVcpu().holdItself(hold)) {
            return false;
        }
        process.runtime().held(process, hold.reason());
        return true;
    }

    /** Some task does not come: all go on as they were. */
    private void giveUp(Set<GuestProcess> held) {
        for (GuestProcess process : held) {
            for (GuestTask task : process.threadGroup().tasks()) {
                if (!task.taskVcpu().bringToBoundary()) {
                    log.accept("guest " + process.pid() + " was not brought to a boundary in time"
                            + (task.blockedIn().isEmpty() ? "" : ": it is in " + task.blockedIn())
                            + "; it goes on in the old classes", null);
                }
            }
            lift(process, hold -> hold.away(null));
        }
    }

    /**
     * Holds a process for an operator until {@link #release}.
     *
     * @return whether it is held: false if it has ended or left dune, or if a task does not come to a boundary in time; then it goes on
     */
    public synchronized boolean hold(GuestProcess process, String reason) {
        begin(process, hold -> hold.operator(reason), hold -> null);
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!process.threadGroup().tasks().isEmpty() && process.leaving().emigrant() == null) {
            // One that is about to leave stays if it can still find that it is held.
            boolean complete = !process.leaving().isUnderWay();
            for (GuestTask task : process.threadGroup().tasks()) {
                complete &= task.taskVcpu().bringToBoundary();
            }
            if (complete && process.leaving().emigrant() == null) {
                process.runtime().held(process, reason);
                return true;
            }
            if (System.nanoTime() - end > 0) {
                break;
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        lift(process, now -> now.operator(null));
        return false;
    }

    /** An operator lets a process go on; without effect if none holds it. */
    public synchronized void release(GuestProcess process) {
        if (process.hold() != null && process.hold().operator() != null) {
            lift(process, hold -> hold.operator(null));
        }
    }

    /**
     * Holds a process for a reason. It may do so itself at the same time ({@link #settle}).
     *
     * @return false if it is held for such a reason already
     */
    private static boolean begin(GuestProcess process, Consumer<Hold> reason, Function<Hold, String> present) {
        Hold made = new Hold();
        reason.accept(made);
        if (process.beginHold(made)) {
            return true;
        }
        if (present.apply(process.hold()) != null) {
            return false;
        }
        reason.accept(process.hold());
        return true;
    }

    /** Lets those guests go on whose architecture and engine are there; whether some are still held. */
    public synchronized boolean resume() {
        boolean left = false;
        Set<Mm> done = new HashSet<>();
        List<GuestProcess> held = new ArrayList<>();
        for (Process each : processes.processes()) {
            GuestProcess process = (GuestProcess) each;
            if (process.hold() != null && process.hold().away() != null && !process.threadGroup().tasks().isEmpty()) {
                held.add(process);
            }
        }
        for (GuestProcess process : held) {
            left |= !resume(process, done);
        }
        return left;
    }

    private boolean resume(GuestProcess process, Set<Mm> done) {
        ProcessImage image = process.image();
        Architecture architecture;
        try {
            architecture = platforms.architecture(image.architecture().elfMachine(), image.executable());
            ExecutionEngine engine = platforms.engine(architecture, image.engine());
            // Processes in vfork have the memory of another.
            if (done.add(image.mm())) {
                image.mm().machine().attach(engine, architecture);
            }
        } catch (LoadException notYet) {
            return false;
        }
        process.continueWith(architecture, dispatch.apply(architecture, process.job()));
        lift(process, hold -> hold.away(null));
        return true;
    }

    /** One reason is over; if there is no other one, the process goes on. */
    private static void lift(GuestProcess process, Consumer<Hold> reason) {
        Hold hold = process.hold();
        if (hold == null) {
            return;
        }
        reason.accept(hold);
        if (hold.away() == null && hold.operator() == null) {
            process.endHold();
            hold.end();
            process.threadGroup().unpark();
            process.runtime().resumed(process);
        }
    }
}
