package org.nesteddune.internal.task;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.nesteddune.host.KickSignal;
import org.nesteddune.host.Linux;
import org.nesteddune.linux.Errno;

/**
 * Whether a task is wanted, how it waits, and how it is called out of that. Whoever wants it sets {@link #wanted}, kicks the
 * vCPU, and, while the task is in a blocking host call, sends the kick signal until the task has taken notice: a signal that
 * comes just before the host call begins is lost, so one is not enough. What is not said to be for any thread belongs to the
 * task's own.
 */
final class Attention {

    private final GuestTask task;

    private volatile boolean wanted;
    private volatile boolean blocked;
    private volatile boolean parked;
    private volatile boolean unparked;
    private volatile Thread thread;
    private volatile int hostTid;

    Attention(GuestTask task) {
        this.task = task;
    }

    /** The Java thread that will run the task. */
    void thread(Thread value) {
        thread = value;
    }

    /** The calling thread runs the task from now on. */
    void begin() {
        hostTid = (int) Linux.gettid();
    }

    /** The task looks after signals before guest code runs again. */
    void want() {
        wanted = true;
    }

    /** Any thread. */
    boolean isWanted() {
        return wanted;
    }

    void taken() {
        wanted = false;
    }

    /** Whether the task waits. Any thread. */
    boolean isWaiting() {
        return blocked || parked;
    }

    /** Makes the task look after its signals and its process's state soon. Any thread. */
    void interrupt() {
        wanted = true;
        if (Thread.currentThread() == thread) {
            return;
        }
        task.vcpu().kick();
        if (blocked) {
            task.guestProcess().runtime().nudge(task);
        } else if (parked) {
            LockSupport.unpark(thread);
        }
    }

    /**
     * Sends the kick signal if it is still needed. Any thread.
     *
     * @return whether it may have to be sent again
     */
    boolean nudge() {
        if (!wanted || !blocked) {
            return false;
        }
        KickSignal.send(hostTid);
        return true;
    }

    /** See {@link org.nesteddune.kernel.Task#blockingCallOnce}. */
    long call(long number, long a0, long a1, long a2, long a3, long a4, long a5) {
        blocked = true;
        long result;
        if (wanted && !isTriedFirst(number)) {
            result = -Errno.EINTR;
        } else {
            result = Linux.call(number, a0, a1, a2, a3, a4, a5);
        }
        blocked = false;
        task.taskVcpu().passBoundary();
        if (result != -Errno.EINTR) {
            return result;
        }
        if (isInterrupted()) {
            return -Errno.ERESTARTSYS;
        }
        wanted = false;
        if (isInterrupted()) {
            wanted = true;
        }
        return result;
    }

    /** Whether there is a reason to end a wait. */
    private boolean isInterrupted() {
        GuestProcess process = task.guestProcess();
        return task.isEnding()
                || task.tracee().isTrapWanted()
                || process.leaving().isUnderWay()
                || process.groupStop().holds(task)
                || task.signals().hasDeliverable()
                || task.signals().hasAwaited()
                || task.call().isNativeWaitOver();
    }

    /**
     * Whether a host call is made although the task is wanted elsewhere: those that move data and take locks find out first
     * whether they have to wait at all, and are interrupted only if they do. The kick comes while they wait.
     */
    private boolean isTriedFirst(long number) {
        if (!TransferCalls.contains(number) || task.isEnding()) {
            return false;
        }
        task.guestProcess().runtime().nudgeSoon(task);
        return true;
    }

    /** See {@link org.nesteddune.kernel.Task#park}. */
    long park(long deadline) {
        parked = true;
        try {
            if (wanted && isInterrupted()) {
                return -Errno.ERESTARTSYS;
            }
            if (!unparked) {
                if (deadline == Long.MAX_VALUE) {
                    LockSupport.park(task);
                } else {
                    // On Linux nanoTime is CLOCK_MONOTONIC.
                    long rest = deadline - System.nanoTime();
                    if (rest <= 0) {
                        return -Errno.ETIMEDOUT;
                    }
                    LockSupport.parkNanos(task, rest);
                }
            }
            unparked = false;
            return wanted && isInterrupted() ? -Errno.ERESTARTSYS : 0;
        } finally {
            parked = false;
            task.taskVcpu().passBoundary();
        }
    }

    /** Any thread. */
    void unpark() {
        unparked = true;
        LockSupport.unpark(thread);
    }

    /** Waits for a condition whatever signals come; it is looked at after each {@link #unpark} and {@link #interrupt}. */
    void await(BooleanSupplier condition) {
        parked = true;
        try {
            while (!condition.getAsBoolean()) {
                LockSupport.park(task);
            }
        } finally {
            parked = false;
            task.taskVcpu().passBoundary();
        }
    }
}
