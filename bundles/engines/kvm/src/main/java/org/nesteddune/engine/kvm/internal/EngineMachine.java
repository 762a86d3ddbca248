package org.nesteddune.engine.kvm.internal;

import java.util.List;
import org.nesteddune.engine.Machine;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.engine.kvm.KvmVcpu;

/** A machine in the core's hands. What is KVM's may live on when this is closed. Memory is guarded by the caller. */
final class EngineMachine implements Machine {

    private final MachineStock stock;
    private final int vcpuLimit;
    private volatile MachineParts parts;
    /** Null as long as the machine has not been used, and the parts may still be exchanged. */
    private volatile VcpuPool pool;
    private List<ExitCount> lastCounts;

    /**
     * @param stock where the parts come from and go back to
     * @param vcpuLimit how many vCPUs there may be at most
     */
    EngineMachine(MachineStock stock, MachineParts parts, int vcpuLimit) {
        this.stock = stock;
        this.parts = parts;
        this.vcpuLimit = vcpuLimit;
    }

    /** The vCPUs; from the first call on the parts stay as they are. */
    private VcpuPool pool() {
        VcpuPool made = pool;
        return made != null ? made : begin(0);
    }

    /**
     * Begins to use the parts.
     *
     * @param host where the guest's memory is, or 0 if that is not known yet
     */
    private synchronized VcpuPool begin(long host) {
        if (pool == null) {
            if (host != 0 && lastCounts == null) {
                parts = stock.exchange(parts, host);
            }
            MachineParts used = parts;
            pool = new VcpuPool(() -> makeVcpu(used), vcpuLimit, used.vm().kvm().movesVcpusCheaply(), used.vcpus());
        }
        return pool;
    }

    private static HardwareVcpu makeVcpu(MachineParts parts) {
        KvmVcpu vcpu = parts.vm().createVcpu();
        try {
            return new HardwareVcpu(vcpu, parts.guest().createProcessor(vcpu));
        } catch (RuntimeException | Error e) {
            vcpu.close();
            throw e;
        }
    }

    @Override
    public void map(long guest, long host, long length, int protection, boolean large) {
        if (pool == null) {
            begin(host);
        }
        parts.guest().map(guest, host, length, protection, large);
    }

    @Override
    public void unmap(long guest, long length) {
        parts.guest().unmap(guest, length);
    }

    @Override
    public boolean isMapped(long guest, int protection) {
        return parts.guest().isMapped(guest, protection);
    }

    @Override
    public long[] hardwareCapabilities() {
        return parts.guest().hardwareCapabilities();
    }

    @Override
    public Vcpu createVcpu() {
        VcpuPool vcpus = pool();
        vcpus.require();
        return new EngineVcpu(vcpus, parts.guest().createState());
    }

    /** A vCPU of KVM's for a measurement, after which the machine cannot be used again. */
    HardwareVcpu bareVcpu() {
        return pool().spare();
    }

    @Override
    public synchronized List<ExitCount> exitCounts() {
        return lastCounts != null ? lastCounts : pool().exitCounts();
    }

    @Override
    public synchronized void close() {
        if (lastCounts == null) {
            lastCounts = pool().exitCounts();
            stock.giveBack(parts, pool.close());
        }
    }
}
