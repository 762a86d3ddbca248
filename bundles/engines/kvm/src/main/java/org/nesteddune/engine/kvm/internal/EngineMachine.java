package org.nesteddune.engine.kvm.internal;

import java.util.List;
import org.nesteddune.engine.Machine;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.engine.kvm.KvmMachine;
import org.nesteddune.engine.kvm.KvmVcpu;

/** A machine in the core's hands. What is KVM's may live on when this is closed. Memory is guarded by the caller. */
final class EngineMachine implements Machine {

    private final MachineStock stock;
    private final MachineParts parts;
    private final KvmMachine guest;
    private final VcpuPool pool;
    private List<ExitCount> lastCounts;

    /**
     * @param stock where the parts come from and go back to
     * @param vcpuLimit how many vCPUs there may be at most
     */
    EngineMachine(MachineStock stock, MachineParts parts, int vcpuLimit) {
        this.stock = stock;
        this.parts = parts;
        this.guest = parts.guest();
        this.pool = new VcpuPool(this::makeVcpu, vcpuLimit, parts.vm().kvm().movesVcpusCheaply(),
                parts.vcpus());
    }

    private HardwareVcpu makeVcpu() {
        KvmVcpu vcpu = parts.vm().createVcpu();
        try {
            return new HardwareVcpu(vcpu, guest.createProcessor(vcpu));
        } catch (RuntimeException | Error e) {
            vcpu.close();
            throw e;
        }
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
        pool.require();
        return new EngineVcpu(pool, guest.createState());
    }

    /** A vCPU of KVM's for a measurement, after which the machine cannot be used again. */
    HardwareVcpu bareVcpu() {
        return pool.spare();
    }

    @Override
    public synchronized List<ExitCount> exitCounts() {
        return lastCounts != null ? lastCounts : pool.exitCounts();
    }

    @Override
    public synchronized void close() {
        if (lastCounts == null) {
            lastCounts = pool.exitCounts();
            stock.giveBack(parts, pool.close());
        }
    }
}
