package org.nesteddune.engine.kvm.internal;

import org.nesteddune.arch.CpuState;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.engine.kvm.KvmProcessor;
import org.nesteddune.engine.kvm.KvmState;
import org.nesteddune.linux.Errno;

/**
 * A guest thread in the core's hands: its state, and the vCPU that it is bound to, if any. It keeps the vCPU between two
 * runs unless another thread takes it meanwhile.
 */
final class EngineVcpu implements Vcpu {

    private final VcpuPool pool;
    private final KvmState state;
    private final KickSwitch kicks = new KickSwitch();
    /** The owner's while it runs; changed by another thread only while that has {@link KickSwitch#take taken} this one. */
    private HardwareVcpu vcpu;
    /** What went wrong when the state was to be saved, or null. */
    private EngineException lost;
    /** Whether an exit has left the vCPU in a state that nothing is known of, such as a triple fault's. */
    private boolean failed;
    private boolean closed;

    EngineVcpu(VcpuPool pool, KvmState state) {
        this.pool = pool;
        this.state = state;
    }

    KickSwitch kicks() {
        return kicks;
    }

    @Override
    public CpuState state() {
        return state;
    }

    @Override
    public Exit run() {
        kicks.begin();
        Exit exit;
        try {
            exit = runBound();
        } catch (EngineException e) {
            exit = new Exit.Failed(vcpu == null ? e.getMessage() : e.getMessage() + "\n" + vcpu.processor.dump());
        } finally {
            kicks.end();
        }
        // In this order: whoever gets into line and still finds us running has been there before we looked.
        if (pool.isCrowded() && kicks.take()) {
            if (vcpu != null && !failed) {
                leaveVcpu();
            }
            kicks.giveBack();
        }
        return exit;
    }

    private Exit runBound() {
        if (vcpu != null) {
            vcpu.used = true;
        }
        while (true) {
            if (kicks.report()) {
                return count(Exit.INTERRUPTED);
            }
            if (vcpu == null && !enterVcpu()) {
                continue;
            }
            Exit exit = vcpu.processor.prepare();
            if (exit == null) {
                exit = enter();
            }
            if (exit != null) {
                return count(exit);
            }
        }
    }

    private Exit count(Exit exit) {
        failed |= exit instanceof Exit.Failed;
        if (vcpu == null) {
            pool.countOther(exit);
        } else {
            vcpu.counters.count(exit);
        }
        return exit;
    }

    /** Runs until there is something to do: an exit, or null to begin again from {@link KvmProcessor#prepare}. */
    private Exit enter() {
        kicks.arm();
        if (kicks.pending()) {
            return null;
        }
        while (true) {
            long result = vcpu.vcpu.enter();
            if (result != -Errno.EINTR) {
                Exit exit = vcpu.processor.leave(result);
                if (exit == null) {
                    vcpu.counters.countRunOn();
                }
                return exit;
            }
            // A kick; or a nudge because others wait; or a signal for the JVM, or the second half of an old kick.
            kicks.arm();
            boolean kicked = kicks.pending();
            if ((kicked || pool.isCrowded()) && vcpu.processor.leaveInterrupted()) {
                if (!kicked) {
                    vcpu.counters.countRunOn();
                    leaveVcpu();
                }
                return null;
            }
            vcpu.counters.countRunOn();
        }
    }

    /** Binds a vCPU, waiting for one if need be; false if a kick came first. */
    private boolean enterVcpu() {
        if (lost != null) {
            throw lost;
        }
        HardwareVcpu got = pool.acquire(this);
        if (got == null) {
            return false;
        }
        got.used = true;
        got.runner = Thread.currentThread().getId();
        got.since = System.nanoTime() | 1;
        got.processor.bind(state);
        vcpu = got;
        kicks.bind(got.vcpu.run());
        return true;
    }

    /** Lets the vCPU go to another thread. */
    private void leaveVcpu() {
        HardwareVcpu left = vcpu;
        evict();
        pool.release(left);
    }

    /** Whether the vCPU is of no use to others. Only by whoever has taken this. */
    boolean hasFailed() {
        return failed;
    }

    /** Takes the state off the vCPU. Only by the owner while it runs, or by whoever has taken it. */
    void evict() {
        HardwareVcpu left = vcpu;
        kicks.bind(0);
        vcpu = null;
        try {
            left.processor.unbind();
        } catch (EngineException e) {
            lost = e;
        }
    }

    @Override
    public void kick() {
        kicks.kick();
    }

    @Override
    public void close() {
        if (!closed) {
            kicks.close();
            closed = true;
            if (vcpu != null) {
                vcpu.processor.forget();
                if (failed) {
                    pool.retire(vcpu);
                } else {
                    pool.release(vcpu);
                }
                vcpu = null;
            }
            state.close();
        }
    }
}
