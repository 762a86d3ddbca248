package org.nesteddune.devices.kvm;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.nesteddune.devices.kvm.Request.Counted;
import org.nesteddune.devices.kvm.Request.Form;
import org.nesteddune.devices.kvm.Request.Handler;
import org.nesteddune.devices.kvm.Request.Own;
import org.nesteddune.devices.kvm.Request.Plain;
import org.nesteddune.devices.kvm.Request.Structure;
import org.nesteddune.linux.Errno;

/**
 * The requests that are carried over, by kind of descriptor: numbers and sizes are those of {@code linux/kvm.h} for x86-64. What is not
 * here is ENOTTY, as on a kernel that has not got it; so is what would lead out of the guest (VFIO groups, encrypted machines, SGX,
 * guest_memfd, Xen's pages in the caller's memory).
 */
final class Requests {

    private final Map<Integer, Request> all = new HashMap<>();

    private Requests() {}

    /** All of them. */
    Collection<Request> all() {
        return all.values();
    }

    /** A request by its number, which is the low half of the register; null if it is not carried over. */
    Request find(int number) {
        return all.get(number);
    }

    /** Of the device itself. */
    static Requests ofSystem() {
        return new Requests()
                .plain("KVM_GET_API_VERSION", 0xae00)
                .own("KVM_CREATE_VM", 0xae01, (file, task, type) -> VmFile.create(file, task, type))
                .own("KVM_CHECK_EXTENSION", 0xae03, Capabilities::check)
                .plain("KVM_GET_VCPU_MMAP_SIZE", 0xae04)
                .counted("KVM_GET_MSR_INDEX_LIST", 0xc004ae02, new Counted(0, 4, 4, 4096, 0, 0, false, true))
                .counted("KVM_GET_MSR_FEATURE_INDEX_LIST", 0xc004ae0a, new Counted(0, 4, 4, 4096, 0, 0, false, true))
                .counted("KVM_GET_SUPPORTED_CPUID", 0xc008ae05, cpuid(40, 0, false, true))
                .counted("KVM_GET_EMULATED_CPUID", 0xc008ae09, cpuid(40, 0, false, true))
                .counted("KVM_GET_SUPPORTED_HV_CPUID", 0xc008aec1, cpuid(40, 0, false, true))
                .counted("KVM_GET_MSRS", 0xc008ae88, modelSpecific(true))
                .structure("KVM_X86_GET_MCE_CAP_SUPPORTED", 0x8008ae9d, 8)
                .attributes(0, 0); // KVM_X86_XCOMP_GUEST_SUPP
    }

    /** Of a virtual machine. */
    static Requests ofVm() {
        return new Requests()
                .own("KVM_CHECK_EXTENSION", 0xae03, Capabilities::check)
                .own("KVM_ENABLE_CAP", 0x4068aea3, (file, task, a) -> Capabilities.enable(file, task, a, false))
                .own("KVM_CREATE_VCPU", 0xae41, VcpuFile::create)
                .own("KVM_SET_USER_MEMORY_REGION", 0x4020ae46, VmFile::setRegion)
                .own("KVM_SET_USER_MEMORY_REGION2", 0x40a0ae49, VmFile::setRegion2)
                .own("KVM_CREATE_DEVICE", 0xc00caee0, VmFile::createDevice)
                .own("KVM_GET_DIRTY_LOG", 0x4010ae42, VmFile::getDirtyLog)
                .own("KVM_CLEAR_DIRTY_LOG", 0xc018aec0, VmFile::clearDirtyLog)
                .plain("KVM_RESET_DIRTY_RINGS", 0xaec7)
                .plain("KVM_SET_NR_MMU_PAGES", 0xae44)
                .plain("KVM_GET_NR_MMU_PAGES", 0xae45)
                .plain("KVM_SET_TSS_ADDR", 0xae47)
                .structure("KVM_SET_IDENTITY_MAP_ADDR", 0x4008ae48, 8)
                .plain("KVM_CREATE_IRQCHIP", 0xae60)
                .structure("KVM_IRQ_LINE", 0x4008ae61, 8)
                .structure("KVM_GET_IRQCHIP", 0xc208ae62, 520)
                .structure("KVM_SET_IRQCHIP", 0x8208ae63, 520)
                .plain("KVM_CREATE_PIT", 0xae64)
                .structure("KVM_GET_PIT", 0xc048ae65, 72)
                .structure("KVM_SET_PIT", 0x8048ae66, 72)
                .structure("KVM_IRQ_LINE_STATUS", 0xc008ae67, 8)
                .structure("KVM_REGISTER_COALESCED_MMIO", 0x4010ae67, 16)
                .structure("KVM_UNREGISTER_COALESCED_MMIO", 0x4010ae68, 16)
                .counted("KVM_SET_GSI_ROUTING", 0x4008ae6a, new Counted(0, 8, 48, 4096, Errno.EINVAL, 0, true, false))
                .structure("KVM_REINJECT_CONTROL", 0xae71, 32)
                .own("KVM_IRQFD", 0x4020ae76, EventRequests::interrupt)
                .structure("KVM_CREATE_PIT2", 0x4040ae77, 64)
                .plain("KVM_SET_BOOT_CPU_ID", 0xae78)
                .own("KVM_IOEVENTFD", 0x4040ae79, EventRequests::access)
                .structure("KVM_SET_CLOCK", 0x4030ae7b, 48)
                .structure("KVM_GET_CLOCK", 0x8030ae7c, 48)
                .structure("KVM_GET_PIT2", 0x8070ae9f, 112)
                .structure("KVM_SET_PIT2", 0x4070aea0, 112)
                .plain("KVM_SET_TSC_KHZ", 0xaea2)
                .plain("KVM_GET_TSC_KHZ", 0xaea3)
                .structure("KVM_SIGNAL_MSI", 0x4020aea5, 32)
                .counted("KVM_SET_PMU_EVENT_FILTER", 0x4020aeb2, new Counted(4, 32, 8, 300, Errno.E2BIG, 0, true, false))
                .own("KVM_HYPERV_EVENTFD", 0x4018aebd, EventRequests::hypercall)
                .own("KVM_X86_SET_MSR_FILTER", 0x4188aec6, VmFile::setMsrFilter)
                .own("KVM_GET_STATS_FD", 0xaece, KvmFile::statistics);
    }

    /** Of a virtual CPU. */
    static Requests ofVcpu() {
        return new Requests()
                .own("KVM_RUN", 0xae80, VcpuFile::run)
                .structure("KVM_GET_REGS", 0x8090ae81, 144)
                .structure("KVM_SET_REGS", 0x4090ae82, 144)
                .structure("KVM_GET_SREGS", 0x8138ae83, 312)
                .structure("KVM_SET_SREGS", 0x4138ae84, 312)
                .structure("KVM_GET_SREGS2", 0x8140aecc, 320)
                .structure("KVM_SET_SREGS2", 0x4140aecd, 320)
                .structure("KVM_TRANSLATE", 0xc018ae85, 24)
                .structure("KVM_INTERRUPT", 0x4004ae86, 4)
                .counted("KVM_GET_MSRS", 0xc008ae88, modelSpecific(true))
                .counted("KVM_SET_MSRS", 0x4008ae89, modelSpecific(false))
                .counted("KVM_SET_CPUID", 0x4008ae8a, cpuid(24, Errno.E2BIG, true, false))
                .own("KVM_SET_SIGNAL_MASK", 0x4004ae8b, VcpuFile::setSignalMask)
                .structure("KVM_GET_FPU", 0x81a0ae8c, 416)
                .structure("KVM_SET_FPU", 0x41a0ae8d, 416)
                .structure("KVM_GET_LAPIC", 0x8400ae8e, 1024)
                .structure("KVM_SET_LAPIC", 0x4400ae8f, 1024)
                .counted("KVM_SET_CPUID2", 0x4008ae90, cpuid(40, Errno.E2BIG, true, false))
                .counted("KVM_GET_CPUID2", 0xc008ae91, cpuid(40, 0, false, true))
                .structure("KVM_TPR_ACCESS_REPORTING", 0xc028ae92, 40)
                .structure("KVM_SET_VAPIC_ADDR", 0x4008ae93, 8)
                .structure("KVM_GET_MP_STATE", 0x8004ae98, 4)
                .structure("KVM_SET_MP_STATE", 0x4004ae99, 4)
                .plain("KVM_NMI", 0xae9a)
                .structure("KVM_SET_GUEST_DEBUG", 0x4048ae9b, 72)
                .structure("KVM_X86_SETUP_MCE", 0x4008ae9c, 8)
                .structure("KVM_X86_SET_MCE", 0x4040ae9e, 64)
                .structure("KVM_GET_VCPU_EVENTS", 0x8040ae9f, 64)
                .structure("KVM_SET_VCPU_EVENTS", 0x4040aea0, 64)
                .structure("KVM_GET_DEBUGREGS", 0x8080aea1, 128)
                .structure("KVM_SET_DEBUGREGS", 0x4080aea2, 128)
                .plain("KVM_SET_TSC_KHZ", 0xaea2)
                .plain("KVM_GET_TSC_KHZ", 0xaea3)
                .own("KVM_ENABLE_CAP", 0x4068aea3, (file, task, a) -> Capabilities.enable(file, task, a, true))
                .structure("KVM_GET_XSAVE", 0x9000aea4, 4096)
                .own("KVM_SET_XSAVE", 0x5000aea5, VcpuFile::extendedState)
                .own("KVM_GET_XSAVE2", 0x9000aecf, VcpuFile::getExtendedState)
                .structure("KVM_GET_XCRS", 0x8188aea6, 392)
                .structure("KVM_SET_XCRS", 0x4188aea7, 392)
                .plain("KVM_KVMCLOCK_CTRL", 0xaead)
                .structure("KVM_PRE_FAULT_MEMORY", 0xc040aed5, 64)
                .plain("KVM_SMI", 0xaeb7)
                .counted("KVM_GET_NESTED_STATE", 0xc080aebe, new Counted(4, 0, 1, 1 << 16, 0, 128, false, true))
                .counted("KVM_SET_NESTED_STATE", 0x4080aebf, new Counted(4, 0, 1, 1 << 16, Errno.EINVAL, 128, true, false))
                .counted("KVM_GET_SUPPORTED_HV_CPUID", 0xc008aec1, cpuid(40, 0, false, true))
                .own("KVM_GET_STATS_FD", 0xaece, KvmFile::statistics)
                .attributes(0, 0); // KVM_VCPU_TSC_CTRL, KVM_VCPU_TSC_OFFSET
    }

    /** {@code struct kvm_cpuid}, {@code kvm_cpuid2}; the kernel takes 256 entries at present. */
    private static Counted cpuid(int element, int excess, boolean read, boolean written) {
        return new Counted(0, 8, element, 1024, excess, 0, read, written);
    }

    /** {@code struct kvm_msrs}; the kernel takes 256 entries at present (MAX_IO_MSRS). */
    private static Counted modelSpecific(boolean written) {
        return new Counted(0, 8, 16, 1024, Errno.E2BIG, 0, true, written);
    }

    private Requests plain(String name, int number) {
        return add(name, number, new Plain());
    }

    private Requests structure(String name, int number, int size) {
        return add(name, number, new Structure(size));
    }

    private Requests counted(String name, int number, Counted form) {
        return add(name, number, form);
    }

    private Requests own(String name, int number, Handler handler) {
        return add(name, number, new Own(handler));
    }

    /** The requests about attributes, of which one is carried over: a 64-bit number. */
    private Requests attributes(int group, long attribute) {
        return own("KVM_SET_DEVICE_ATTR", 0x4018aee1, new Attribute(0x4018aee1, group, attribute))
                .own("KVM_GET_DEVICE_ATTR", 0x4018aee2, new Attribute(0x4018aee2, group, attribute))
                .own("KVM_HAS_DEVICE_ATTR", 0x4018aee3, new Attribute(0x4018aee3, group, attribute));
    }

    private Requests add(String name, int number, Form form) {
        all.put(number, new Request(name, number, form));
        return this;
    }
}
