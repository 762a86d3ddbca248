package org.nesteddune.engine.kvm.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.nesteddune.engine.kvm.KvmRunLayout;
import org.nesteddune.host.KickSignal;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;

/**
 * Gets a vCPU out of KVM_RUN from any thread.
 *
 * <p>A kick sets {@code kvm_run.immediate_exit} and then sends a signal to the thread that is between {@link #begin} and
 * {@link #end}. The kernel looks at the flag on its way into the guest, so a signal that comes too early is not needed;
 * and {@link #end} waits for a kicker that has already decided to send, so a signal never reaches a thread that has left.
 * {@link #close} waits likewise, so the flag is never written after its page has gone.
 */
final class KickSwitch {

    private static final int IDLE = 0;
    private static final int RUNNING = 1;
    private static final int KICKING = 2;
    private static final int CLOSED = 3;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(KickSwitch.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final long flag;
    private volatile int state = IDLE;
    private Thread thread;
    private int tid;
    private volatile boolean deferred;

    KickSwitch(long run) {
        flag = run + KvmRunLayout.IMMEDIATE_EXIT;
        KickSignal.install();
    }

    /**
     * Any thread. While a kick waits to be reported a further one adds nothing, and its signal would only hold the vCPU's
     * thread up: kicks without pause would never let it get anywhere.
     */
    void kick() {
        int before = state;
        for (int spins = 0; before != CLOSED; before = state) {
            if (before == KICKING) {
                spins = pause(spins);
            } else if (STATE.compareAndSet(this, before, KICKING)) {
                if (!pending()) {
                    Memory.putByteVolatile(flag, (byte) 1);
                    if (before == RUNNING) {
                        KickSignal.send(tid);
                    }
                }
                state = before;
                return;
            }
        }
    }

    /** Marks the calling thread as the one that runs the vCPU. */
    void begin() {
        Thread current = Thread.currentThread();
        if (current != thread) {
            thread = current;
            tid = (int) Linux.gettid();
        }
        move(IDLE, RUNNING);
    }

    /** The vCPU has left KVM_RUN. */
    void end() {
        move(RUNNING, IDLE);
    }

    private void move(int from, int to) {
        int spins = 0;
        while (!STATE.compareAndSet(this, from, to)) {
            if (state == CLOSED) {
                throw new IllegalStateException("the vCPU is closed");
            }
            spins = pause(spins);
        }
    }

    /** Waits for a kicker, who needs a few microseconds unless the host has taken the CPU away from it. */
    private static int pause(int spins) {
        if (spins < 100) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
        return spins + 1;
    }

    /** Whether a kick has not been reported yet. */
    boolean pending() {
        return deferred || Memory.getByteVolatile(flag) != 0;
    }

    /** Takes a pending kick back, because it is being reported. Only the thread that runs the vCPU. */
    boolean take() {
        if (!pending()) {
            return false;
        }
        deferred = false;
        Memory.putByteVolatile(flag, (byte) 0);
        return true;
    }

    /** Keeps a pending kick for the next run, so that this one can go on to where the guest can be stopped. */
    void defer() {
        deferred = true;
        Memory.putByteVolatile(flag, (byte) 0);
    }

    /** Makes kicks harmless for ever. Not while the vCPU runs. */
    void close() {
        if (state != CLOSED) {
            move(IDLE, CLOSED);
            take();
        }
    }
}
