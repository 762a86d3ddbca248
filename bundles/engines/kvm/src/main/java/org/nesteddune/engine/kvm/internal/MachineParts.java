package org.nesteddune.engine.kvm.internal;

import java.util.List;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.kvm.KvmArchitecture;
import org.nesteddune.engine.kvm.KvmMachine;
import org.nesteddune.engine.kvm.KvmRunLayout;
import org.nesteddune.engine.kvm.KvmVm;
import org.nesteddune.host.Memory;

/**
 * What makes up a machine, and can outlive its guest: making and freeing it takes KVM more than a millisecond.
 *
 * @param architecture whose machine it is
 * @param vcpus those that have been made
 */
record MachineParts(KvmArchitecture architecture, KvmVm vm, KvmMachine guest, List<HardwareVcpu> vcpus) {

    /** A machine with more vCPUs than this is not kept: few guests have so many threads. */
    private static final int MOST_VCPUS = 4;

    /**
     * Makes the machine like a new one. No guest thread is bound to any vCPU, and the guest's memory has gone.
     *
     * @return false if it should not, or cannot, be used again
     */
    boolean renew() {
        if (vcpus.isEmpty() || vcpus.size() > MOST_VCPUS) {
            return false;
        }
        try {
            if (!guest.clear()) {
                return false;
            }
            vcpus.forEach(vcpu -> vcpu.counters.clear());
            return !vm.kvm().movesVcpusCheaply() || rehearse(vcpus.get(0));
        } catch (EngineException e) {
            return false;
        }
    }

    /** Lets KVM build again what it derives from the supervisor's page tables, so that the next guest need not wait. */
    private static boolean rehearse(HardwareVcpu vcpu) {
        Memory.putByteVolatile(vcpu.vcpu.run() + KvmRunLayout.IMMEDIATE_EXIT, (byte) 0);
        vcpu.processor.startExitLoop();
        return vcpu.vcpu.enter() >= 0;
    }

    /** Frees it all. */
    void close() {
        vcpus.forEach(HardwareVcpu::close);
        vm.close();
        guest.close();
    }
}
