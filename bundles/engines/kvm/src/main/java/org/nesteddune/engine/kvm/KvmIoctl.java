package org.nesteddune.engine.kvm;

import java.util.Map;

/**
 * Requests of {@code ioctl} on KVM's descriptors that are numbered alike on all 64-bit hosts but those whose {@code
 * asm/ioctl.h} differs (MIPS, PowerPC, SPARC). Source: {@code include/uapi/linux/kvm.h}. Constants only.
 */
public final class KvmIoctl {

    // On /dev/kvm
    public static final long KVM_GET_API_VERSION = 0xae00;
    public static final long KVM_CREATE_VM = 0xae01;
    public static final long KVM_CHECK_EXTENSION = 0xae03;
    public static final long KVM_GET_VCPU_MMAP_SIZE = 0xae04;
    public static final long KVM_GET_SUPPORTED_CPUID = 0xc008ae05L;

    // On a virtual machine
    public static final long KVM_CREATE_VCPU = 0xae41;
    public static final long KVM_SET_USER_MEMORY_REGION = 0x4020ae46L;

    // On a virtual CPU
    public static final long KVM_RUN = 0xae80;
    public static final long KVM_GET_SREGS = 0x8138ae83L;
    public static final long KVM_SET_SREGS = 0x4138ae84L;
    public static final long KVM_GET_MSRS = 0xc008ae88L;
    public static final long KVM_SET_MSRS = 0x4008ae89L;
    public static final long KVM_SET_CPUID2 = 0x4008ae90L;
    public static final long KVM_GET_VCPU_EVENTS = 0x8040ae9fL;
    public static final long KVM_SET_VCPU_EVENTS = 0x4040aea0L;
    public static final long KVM_GET_XSAVE = 0x9000aea4L;
    public static final long KVM_SET_XSAVE = 0x5000aea5L;
    public static final long KVM_GET_XSAVE2 = 0x9000aecfL;
    public static final long KVM_SET_XCRS = 0x4188aea7L;
    public static final long KVM_SET_DEVICE_ATTR = 0x4018aee1L;
    public static final long KVM_GET_DEVICE_ATTR = 0x4018aee2L;

    private static final Map<Long, String> NAMES = Map.ofEntries(
            Map.entry(KVM_GET_API_VERSION, "KVM_GET_API_VERSION"),
            Map.entry(KVM_CREATE_VM, "KVM_CREATE_VM"),
            Map.entry(KVM_CHECK_EXTENSION, "KVM_CHECK_EXTENSION"),
            Map.entry(KVM_GET_VCPU_MMAP_SIZE, "KVM_GET_VCPU_MMAP_SIZE"),
            Map.entry(KVM_GET_SUPPORTED_CPUID, "KVM_GET_SUPPORTED_CPUID"),
            Map.entry(KVM_CREATE_VCPU, "KVM_CREATE_VCPU"),
            Map.entry(KVM_SET_USER_MEMORY_REGION, "KVM_SET_USER_MEMORY_REGION"),
            Map.entry(KVM_RUN, "KVM_RUN"),
            Map.entry(KVM_GET_SREGS, "KVM_GET_SREGS"),
            Map.entry(KVM_SET_SREGS, "KVM_SET_SREGS"),
            Map.entry(KVM_GET_MSRS, "KVM_GET_MSRS"),
            Map.entry(KVM_SET_MSRS, "KVM_SET_MSRS"),
            Map.entry(KVM_SET_CPUID2, "KVM_SET_CPUID2"),
            Map.entry(KVM_GET_VCPU_EVENTS, "KVM_GET_VCPU_EVENTS"),
            Map.entry(KVM_SET_VCPU_EVENTS, "KVM_SET_VCPU_EVENTS"),
            Map.entry(KVM_GET_XSAVE, "KVM_GET_XSAVE"),
            Map.entry(KVM_SET_XSAVE, "KVM_SET_XSAVE"),
            Map.entry(KVM_GET_XSAVE2, "KVM_GET_XSAVE2"),
            Map.entry(KVM_SET_XCRS, "KVM_SET_XCRS"),
            Map.entry(KVM_SET_DEVICE_ATTR, "KVM_SET_DEVICE_ATTR"),
            Map.entry(KVM_GET_DEVICE_ATTR, "KVM_GET_DEVICE_ATTR"));

    private KvmIoctl() {
    }

    /** The name of a request, or its number where it is none of the above. */
    public static String name(long request) {
        String name = NAMES.get(request);
        return name != null ? name : "0x" + Long.toHexString(request);
    }
}
