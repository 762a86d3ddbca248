package org.nesteddune.internal.task;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.syscall.ErrnoException;

/**
 * A task's vCPU, which {@link Holds} may take away and the task replaces when it can go on. What is not said to be for any thread
 * belongs to the task's own.
 */
final class TaskVcpu {

    /** How long it may take until there is a machine although architecture and engine are there. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final long PAUSE_NANOS = 2_000_000;

    private final GuestTask task;
    private final Attention attention;

    /** Held while another thread takes the vCPU of a task that waits, and while the task gets one or makes one for another task. */
    private final Object boundary = new Object();

    private volatile Vcpu vcpu;
    private long failingSince;

    /** The vCPU becomes the task's. */
    TaskVcpu(GuestTask task, Attention attention, Vcpu vcpu) {
        this.task = task;
        this.attention = attention;
        this.vcpu = vcpu;
    }

    /** The vCPU of the moment. Any thread. */
    Vcpu present() {
        return vcpu;
    }

    /** Goes on with another one, on which another program is to begin. */
    void replace(Vcpu next) {
        Vcpu old = vcpu;
        vcpu = next;
        old.close();
        if (task.guestProcess().hold() != null) {
            attention.want();
        }
    }

    /**
     * Takes the vCPU away if the task waits, otherwise sends it to where it gives it up. Any thread.
     *
     * @return whether the task has no vCPU any more
     */
    boolean bringToBoundary() {
        synchronized (boundary) {
            if (attention.isWaiting()) {
                giveUp();
            }
        }
        Vcpu current = vcpu;
        current.kick();
        return current instanceof HeldVcpu;
    }

    /** The task has come out of a wait, during which its vCPU may be taken. */
    void passBoundary() {
        if (task.guestProcess().hold() != null) {
            synchronized (boundary) {
                return;
            }
        }
    }

    private void giveUp() {
        Vcpu old = vcpu;
        if (!(old instanceof HeldVcpu)) {
            vcpu = HeldVcpu.of(old, task.architecture().registers());
            old.close();
        }
    }

    /**
     * The task, its process's only one, has come to the boundary by itself: it gives up its vCPU before anybody sees the hold, since
     * whoever ends it closes the machine.
     *
     * @return false if the process is held already
     */
    boolean holdItself(Hold hold) {
        synchronized (boundary) {
            if (task.guestProcess().hold() != null) {
                return false;
            }
            giveUp();
            return task.guestProcess().beginHold(hold);
        }
    }

    /** Whether the task has to wait for what it runs on, or has waited and needs a vCPU. */
    boolean isHeld() {
        return task.guestProcess().hold() != null || vcpu instanceof HeldVcpu;
    }

    /**
     * Does what makes vCPUs for others, or gives the process another program: a hold that begins meanwhile waits for it, so that it
     * finds what has come of it.
     *
     * @throws ErrnoException ERESTARTNOINTR if the process is held already
     */
    <T> T undisturbed(Supplier<T> action) {
        synchronized (boundary) {
            if (isHeld()) {
                throw new ErrnoException(Errno.ERESTARTNOINTR);
            }
            return action.get();
        }
    }

    /** Waits as long as the process is held, then goes on with a vCPU; at once if the task ends. */
    void awaitBackend() {
        Hold hold = task.guestProcess().hold();
        if (hold != null) {
            synchronized (boundary) {
                giveUp();
            }
            attention.await(() -> hold.isOver() || task.isEnding());
        }
        EngineException gone = task.isEnding() ? null : takeUp();
        if (gone == null) {
            failingSince = 0;
            return;
        }
        // Perhaps it goes away again, and the hold is about to come.
        long now = System.nanoTime();
        failingSince = failingSince == 0 ? now : failingSince;
        if (now - failingSince < PATIENCE_NANOS) {
            task.park(now + PAUSE_NANOS);
        } else if (task.guestProcess().hold() == null) {
            task.guestProcess().exit(ExitStatus.signaled(Signal.SIGKILL, "it cannot go on: " + gone.getMessage()));
        }
    }

    /**
     * Gets a vCPU unless the process is held again. A hold that begins meanwhile waits until the vCPU is there, and takes it: else
     * it would find none, and close the machine of the one that is about to come.
     *
     * @return why there is none although there should be one, or null
     */
    private EngineException takeUp() {
        GuestProcess process = task.guestProcess();
        synchronized (boundary) {
            if (process.hold() != null || !(vcpu instanceof HeldVcpu held)) {
                return null;
            }
            try {
                Vcpu next = process.memory().machine().createVcpu();
                Architecture architecture = process.architecture();
                task.continueWith(architecture);
                held.restore(next, architecture.registers());
                vcpu = next;
                return null;
            } catch (EngineException gone) {
                return gone;
            }
        }
    }

    /** Frees the vCPU; the task has ended. */
    void close() {
        vcpu.close();
    }
}
