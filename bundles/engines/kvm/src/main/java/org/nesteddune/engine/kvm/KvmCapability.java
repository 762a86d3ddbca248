package org.nesteddune.engine.kvm;

/**
 * What can be asked of KVM_CHECK_EXTENSION. Source: {@code include/uapi/linux/kvm.h}; the answer is 0 for no, and
 * otherwise what the comment says.
 */
public enum KvmCapability {
    /** Guest memory from the host process. */
    KVM_CAP_USER_MEMORY(3),
    /** How many vCPUs are recommended. */
    KVM_CAP_NR_VCPUS(9),
    /** How many memory slots a machine can have. */
    KVM_CAP_NR_MEMSLOTS(10),
    /** Changes of host mappings reach the guest. */
    KVM_CAP_SYNC_MMU(16),
    /** Pending exceptions can be read. */
    KVM_CAP_VCPU_EVENTS(41),
    /** Extended processor state can be read and written (x86). */
    KVM_CAP_XSAVE(55),
    /** Extended control registers can be written (x86). */
    KVM_CAP_XCRS(56),
    /** How many vCPUs a machine can have. */
    KVM_CAP_MAX_VCPUS(66),
    /** Registers in the shared {@code kvm_run}: a mask of the sets that can be there. */
    KVM_CAP_SYNC_REGS(74),
    /** The {@code immediate_exit} field of {@code kvm_run} is heeded. */
    KVM_CAP_IMMEDIATE_EXIT(136),
    /** Bytes that KVM_GET_XSAVE2 writes, at least 4096 (x86). */
    KVM_CAP_XSAVE2(208);

    private final int number;

    KvmCapability(int number) {
        this.number = number;
    }

    /** The number that the kernel knows it by. */
    public int number() {
        return number;
    }
}
