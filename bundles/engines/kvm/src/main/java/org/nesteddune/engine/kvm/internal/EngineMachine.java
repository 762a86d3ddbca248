package org.nesteddune.engine.kvm.internal;

import java.util.List;
import org.nesteddune.engine.Machine;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.engine.kvm.KvmMachine;
import org.nesteddune.engine.kvm.KvmVcpu;
import org.nesteddune.engine.kvm.KvmVm;

/** A virtual machine and its vCPUs. Memory is guarded by the caller. */
final class EngineMachine implements Machine {

    private final KvmVm vm;
    private final KvmMachine guest;
    private final VcpuPool pool;
    private boolean closed;

    /**
     * @param vcpuLimit how many vCPUs there may be at most
     */
    EngineMachine(KvmVm vm, KvmMachine guest, int vcpuLimit) {
        this.vm = vm;
        this.guest = guest;
        this.pool = new VcpuPool(this::makeVcpu, vcpuLimit);
    }

    private HardwareVcpu makeVcpu() {
        KvmVcpu vcpu = vm.createVcpu();
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

    /** A vCPU of KVM's for a measurement. */
    HardwareVcpu bareVcpu() {
        return pool.spare();
    }

    @Override
    public List<ExitCount> exitCounts() {
        return pool.exitCounts();
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            pool.close();
            vm.close();
            guest.close();
        }
    }
}
