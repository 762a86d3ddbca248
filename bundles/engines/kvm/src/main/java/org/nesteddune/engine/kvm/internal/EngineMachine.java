package org.nesteddune.engine.kvm.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.Machine;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.engine.kvm.KvmMachine;
import org.nesteddune.engine.kvm.KvmVcpu;
import org.nesteddune.engine.kvm.KvmVm;

/** A virtual machine and its vCPUs. The lock guards which vCPUs there are; memory is guarded by the caller. */
final class EngineMachine implements Machine {

    private final KvmVm vm;
    private final KvmMachine guest;
    private final Deque<VcpuParts> idle = new ArrayDeque<>();
    private final List<VcpuParts> all = new ArrayList<>();
    private boolean closed;

    EngineMachine(KvmVm vm, KvmMachine guest) {
        this.vm = vm;
        this.guest = guest;
    }

    @Override
    public void map(long guestAddress, long host, long length, int protection, boolean large) {
        guest.map(guestAddress, host, length, protection, large);
    }

    @Override
    public void unmap(long guestAddress, long length) {
        guest.unmap(guestAddress, length);
    }

    @Override
    public boolean isMapped(long guestAddress, int protection) {
        return guest.isMapped(guestAddress, protection);
    }

    @Override
    public long[] hardwareCapabilities() {
        return guest.hardwareCapabilities();
    }

    @Override
    public Vcpu createVcpu() {
        return new EngineVcpu(this, take());
    }

    /** A vCPU in its first state. */
    synchronized VcpuParts take() {
        if (closed) {
            throw new EngineException("the machine is closed");
        }
        VcpuParts parts = idle.poll();
        if (parts != null) {
            parts.processor().reset();
            return parts;
        }
        KvmVcpu vcpu = vm.createVcpu();
        try {
            parts = new VcpuParts(vcpu, guest.createProcessor(vcpu), new ExitCounters());
        } catch (RuntimeException | Error e) {
            vcpu.close();
            throw e;
        }
        all.add(parts);
        return parts;
    }

    /**
     * Takes a vCPU back that nobody runs any more.
     *
     * @param usable whether it can be used again; if not, it rests until the machine is closed
     */
    synchronized void release(VcpuParts parts, boolean usable) {
        if (!closed && usable) {
            idle.push(parts);
        }
    }

    @Override
    public synchronized List<ExitCount> exitCounts() {
        long[] sums = ExitCounters.sums();
        all.forEach(parts -> parts.counters().addTo(sums));
        return ExitCounters.list(sums);
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            all.forEach(VcpuParts::close);
            vm.close();
            guest.close();
        }
    }
}
