package org.nesteddune.devices.kvm;

import java.util.BitSet;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;

/**
 * The capabilities ({@code KVM_CAP_*} of {@code linux/kvm.h}) of which guests learn: those whose requests are carried over. Of all others
 * the host's answer is kept from them. Stateless.
 */
final class Capabilities {

    private static final long KVM_CHECK_EXTENSION = 0xae03;
    private static final long KVM_ENABLE_CAP = 0x4068aea3L;

    /** Bytes in {@code struct kvm_enable_cap}, which begins with the number. */
    private static final int ENABLE_CAP = 104;

    private static final BitSet KNOWN = of(
            0, // IRQCHIP
            1, // HLT
            2, // MMU_SHADOW_CACHE_CONTROL
            3, // USER_MEMORY
            4, // SET_TSS_ADDR
            6, // VAPIC
            7, // EXT_CPUID
            8, // CLOCKSOURCE
            9, // NR_VCPUS
            10, // NR_MEMSLOTS
            11, // PIT
            12, // NOP_IO_DELAY
            14, // MP_STATE
            15, // COALESCED_MMIO
            16, // SYNC_MMU
            21, // DESTROY_MEMORY_REGION_WORKS
            22, // USER_NMI
            23, // SET_GUEST_DEBUG
            24, // REINJECT_CONTROL
            25, // IRQ_ROUTING
            26, // IRQ_INJECT_STATUS
            30, // JOIN_MEMORY_REGIONS_WORKS
            31, // MCE
            32, // IRQFD
            33, // PIT2
            34, // SET_BOOT_CPU_ID
            35, // PIT_STATE2
            36, // IOEVENTFD
            37, // SET_IDENTITY_MAP_ADDR
            39, // ADJUST_CLOCK
            40, // INTERNAL_ERROR_DATA
            41, // VCPU_EVENTS
            44, // HYPERV
            45, // HYPERV_VAPIC
            46, // HYPERV_SPIN
            49, // INTR_SHADOW
            50, // DEBUGREGS
            51, // X86_ROBUST_SINGLESTEP
            54, // ENABLE_CAP
            55, // XSAVE
            56, // XCRS
            59, // ASYNC_PF
            60, // TSC_CONTROL
            61, // GET_TSC_KHZ
            66, // MAX_VCPUS
            72, // TSC_DEADLINE_TIMER
            74, // SYNC_REGS
            76, // KVMCLOCK_CTRL
            77, // SIGNAL_MSI
            81, // READONLY_MEM
            82, // IRQFD_RESAMPLE
            89, // DEVICE_CTRL
            95, // EXT_EMUL_CPUID
            96, // HYPERV_TIME
            97, // IOAPIC_POLARITY_IGNORED
            98, // ENABLE_CAP_VM
            100, // IOEVENTFD_NO_LENGTH
            105, // CHECK_EXTENSION_VM
            116, // DISABLE_QUIRKS
            117, // X86_SMM
            118, // MULTI_ADDRESS_SPACE
            121, // SPLIT_IRQCHIP
            122, // IOEVENTFD_ANY_LENGTH
            123, // HYPERV_SYNIC
            127, // VCPU_ATTRIBUTES
            128, // MAX_VCPU_ID
            129, // X2APIC_API
            136, // IMMEDIATE_EXIT
            148, // HYPERV_SYNIC2
            149, // HYPERV_VP_INDEX
            153, // GET_MSR_FEATURES
            154, // HYPERV_EVENTFD
            155, // HYPERV_TLBFLUSH
            157, // NESTED_STATE
            159, // MSR_PLATFORM_INFO
            161, // HYPERV_SEND_IPI
            162, // COALESCED_PIO
            164, // EXCEPTION_PAYLOAD
            167, // HYPERV_CPUID
            168, // MANUAL_DIRTY_LOG_PROTECT2
            173, // PMU_EVENT_FILTER
            182, // HALT_POLL
            183, // ASYNC_PF_INT
            184, // LAST_CPU
            185, // SMALLER_MAXPHYADDR
            187, // STEAL_TIME
            188, // X86_USER_SPACE_MSR
            189, // X86_MSR_FILTER
            190, // ENFORCE_PV_FEATURE_CPUID
            191, // SYS_HYPERV_CPUID
            192, // DIRTY_LOG_RING
            193, // X86_BUS_LOCK_EXIT
            195, // SET_GUEST_DEBUG2
            199, // HYPERV_ENFORCE_CPUID
            200, // SREGS2
            201, // EXIT_HYPERCALL
            203, // BINARY_STATS_FD
            204, // EXIT_ON_EMULATION_FAILURE
            207, // VM_GPA_BITS
            208, // XSAVE2
            209, // SYS_ATTRIBUTES
            212, // PMU_CAPABILITY
            213, // DISABLE_QUIRKS2
            218, // X86_TRIPLE_FAULT_EVENT
            219, // X86_NOTIFY_VMEXIT
            223, // DIRTY_LOG_RING_ACQ_REL
            231, // USER_MEMORY2
            236); // PRE_FAULT_MEMORY

    /** Those that can be enabled for a machine: none has an address or a descriptor among its arguments. */
    private static final BitSet OF_VM = of(
            116, 121, 128, 129, 159, 164, 168, 182, 188, 192, 193, 201, 204, 212, 213, 218, 219, 223);

    /** Those that can be enabled for a vCPU. */
    private static final BitSet OF_VCPU = of(123, 148, 190, 199);

    private Capabilities() {}

    private static BitSet of(int... numbers) {
        BitSet set = new BitSet();
        for (int number : numbers) {
            set.set(number);
        }
        return set;
    }

    private static boolean has(BitSet set, long number) {
        return number >= 0 && number < set.length() && set.get((int) number);
    }

    /** KVM_CHECK_EXTENSION. */
    static long check(KvmFile file, Task task, long number) {
        return has(KNOWN, number) ? Linux.ioctl(file.capable(), KVM_CHECK_EXTENSION, number) : 0;
    }

    /** KVM_ENABLE_CAP. */
    static long enable(KvmFile file, Task task, long argument, boolean vcpu) {
        try (NativeBuffer buffer = new NativeBuffer(ENABLE_CAP)) {
            task.memory().readTo(argument, buffer.address(), ENABLE_CAP);
            long number = Integer.toUnsignedLong(Memory.getInt(buffer.address()));
            return has(vcpu ? OF_VCPU : OF_VM, number)
                    ? Linux.ioctl(file.hostDescriptor(), KVM_ENABLE_CAP, buffer.address())
                    : -Errno.EINVAL;
        }
    }
}
