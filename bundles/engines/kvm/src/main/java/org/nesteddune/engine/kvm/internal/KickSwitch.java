package org.nesteddune.engine.kvm.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.nesteddune.engine.kvm.KvmRunLayout;
import org.nesteddune.host.KickSignal;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;

/**
 * Says whether a guest thread runs, and gets it out of KVM_RUN, or out of its wait for a vCPU, from any thread.
 *
 * <pre>
 *   IDLE ⇄ RUNNING     by the owner, around each run; RUNNING includes the wait for a vCPU
 *   IDLE, RUNNING ⇄ BUSY     by a kicker, who goes back to where it came from, or from IDLE by whoever takes the vCPU
 *   IDLE → CLOSED
 * </pre>
 *
 * <p>A kick is remembered here until it is reported. If the thread is running on a vCPU, the kick also sets {@code
 * kvm_run.immediate_exit} there and then sends a signal. The kernel looks at the flag on its way into the guest, so a
 * signal that comes too early is not needed; and the owner waits for a kicker that has already begun before it leaves
 * RUNNING, so a signal never reaches a thread that has left, and the flag is never written after its page has gone.
 */
final class KickSwitch {

    private static final int IDLE = 0;
    private static final int RUNNING = 1;
    private static final int BUSY = 2;
    private static final int CLOSED = 3;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(KickSwitch.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile int state = IDLE;
    private volatile boolean pending;
    /** The host address of the {@code immediate_exit} of the vCPU that the thread is bound to, or 0. */
    private volatile long flag;
    private Thread thread;
    private int tid;

    KickSwitch() {
        KickSignal.install();
    }

    /**
     * Any thread. While a kick waits to be reported a further one adds nothing, and its signal would only hold the vCPU's
     * thread up: kicks without pause would never let it get anywhere.
     */
    void kick() {
        int before = state;
        for (int spins = 0; before != CLOSED; before = state) {
            if (before == BUSY) {
                spins = pause(spins);
            } else if (STATE.compareAndSet(this, before, BUSY)) {
                if (!pending) {
                    pending = true;
                    if (before == RUNNING) {
                        wake();
                    }
                }
                state = before;
                return;
            }
        }
    }

    /**
     * Makes the thread leave KVM_RUN if it is there, without a kick to report. Any thread; does nothing where somebody else
     * is at work on the thread, and waits for nobody.
     */
    void nudge() {
        if (STATE.compareAndSet(this, RUNNING, BUSY)) {
            if (!pending) {
                wake();
            }
            state = RUNNING;
        }
    }

    private void wake() {
        long address = flag;
        if (address != 0) {
            Memory.putByteVolatile(address, (byte) 1);
            KickSignal.send(tid);
        } else {
            LockSupport.unpark(thread);
        }
    }

    /** Marks the calling thread as the one that runs. */
    void begin() {
        Thread current = Thread.currentThread();
        if (current != thread) {
            // No kicker looks at these before the state says RUNNING, and none is left from the last time it did.
            thread = current;
            tid = (int) Linux.gettid();
        }
        move(IDLE, RUNNING);
    }

    /** The thread has left. */
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

    /**
     * Keeps an idle thread from running until {@link #giveBack}. Any thread; not for long.
     *
     * @return false if it is not idle
     */
    boolean take() {
        return STATE.compareAndSet(this, IDLE, BUSY);
    }

    /** Ends what {@link #take} began. */
    void giveBack() {
        state = IDLE;
    }

    /**
     * Says which vCPU the thread is bound to. Only while it runs, or is taken.
     *
     * @param run the host address of its {@code kvm_run}, or 0 for none
     */
    void bind(long run) {
        flag = run == 0 ? 0 : run + KvmRunLayout.IMMEDIATE_EXIT;
    }

    /**
     * Makes the vCPU ready to be entered, whatever made it leave before. Only the thread that runs.
     *
     * <p>The order is what keeps a kick from being lost: it is remembered before the flag is set, and here the flag is
     * cleared before what is remembered is looked at.
     */
    void arm() {
        long address = flag;
        if (Memory.getByteVolatile(address) != 0) {
            Memory.putByteVolatile(address, (byte) 0);
        }
    }

    /** Whether a kick has not been reported yet. */
    boolean pending() {
        return pending;
    }

    /** Takes a pending kick back, because it is being reported. Only the thread that runs. */
    boolean report() {
        if (!pending) {
            return false;
        }
        pending = false;
        return true;
    }

    /** Makes kicks harmless for ever. Not while the thread runs. */
    void close() {
        if (state != CLOSED) {
            move(IDLE, CLOSED);
            pending = false;
        }
    }
}
