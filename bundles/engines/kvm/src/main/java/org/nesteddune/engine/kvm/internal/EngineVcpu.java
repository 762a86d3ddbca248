package org.nesteddune.engine.kvm.internal;

import org.nesteddune.arch.CpuState;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.engine.kvm.KvmProcessor;
import org.nesteddune.engine.kvm.KvmVcpu;
import org.nesteddune.linux.Errno;

/** A vCPU in the core's hands. What is KVM's lives on in the machine when this is closed, to be used again. */
final class EngineVcpu implements Vcpu {

    private final EngineMachine machine;
    private final VcpuParts parts;
    private final KvmVcpu vcpu;
    private final KvmProcessor processor;
    private final KickSwitch kicks;
    private final ExitCounters counters;
    /** Whether an exit has left the vCPU in a state that nothing is known of, such as a triple fault's. */
    private boolean failed;
    private boolean closed;

    EngineVcpu(EngineMachine machine, VcpuParts parts) {
        this.machine = machine;
        this.parts = parts;
        this.vcpu = parts.vcpu();
        this.processor = parts.processor();
        this.counters = parts.counters();
        this.kicks = new KickSwitch(vcpu.run());
    }

    @Override
    public CpuState state() {
        return processor.state();
    }

    @Override
    public Exit run() {
        if (closed) {
            throw new IllegalStateException("the vCPU is closed");
        }
        Exit exit = kicks.take() ? Exit.INTERRUPTED : null;
        try {
            while (exit == null) {
                exit = processor.prepare();
                if (exit == null) {
                    kicks.begin();
                    try {
                        exit = enter();
                    } finally {
                        kicks.end();
                    }
                }
            }
        } catch (EngineException e) {
            exit = new Exit.Failed(e.getMessage() + "\n" + processor.dump());
        }
        counters.count(exit);
        failed |= exit instanceof Exit.Failed;
        return exit;
    }

    private Exit enter() {
        while (true) {
            long result = vcpu.enter();
            if (result != -Errno.EINTR) {
                Exit exit = processor.leave(result);
                if (exit == null) {
                    counters.countRunOn();
                }
                return exit;
            }
            if (!kicks.pending()) {
                // A signal for the JVM, or the second half of a kick that has been reported.
                counters.countRunOn();
            } else if (processor.leaveInterrupted()) {
                kicks.take();
                return Exit.INTERRUPTED;
            } else {
                kicks.defer();
                counters.countRunOn();
            }
        }
    }

    @Override
    public void kick() {
        kicks.kick();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            kicks.close();
            machine.release(parts, !failed);
        }
    }
}
