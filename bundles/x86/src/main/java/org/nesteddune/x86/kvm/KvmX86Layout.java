package org.nesteddune.x86.kvm;

import org.nesteddune.engine.kvm.KvmRunLayout;

/**
 * KVM's structures on x86. Source: {@code arch/x86/include/uapi/asm/kvm.h}; offsets and sizes in bytes. Constants only.
 *
 * <pre>
 * kvm_regs    rax rbx rcx rdx rsi rdi rsp rbp r8..r15 rip rflags, 8 bytes each
 * kvm_segment base (u64), limit (u32), selector (u16), type, present, dpl, db, s, l, g, avl, unusable (u8 each)
 * kvm_sregs   cs ds es fs gs ss tr ldt, gdt idt (base u64, limit u16), cr0 cr2 cr3 cr4 cr8 efer apic_base, bitmap
 * </pre>
 */
final class KvmX86Layout {

    /** {@code kvm_run.s.regs.regs}. */
    static final int REGS = KvmRunLayout.SYNC_REGS;
    static final int REGS_RSP = REGS + 6 * 8;
    static final int REGS_RIP = REGS + 16 * 8;
    static final int REGS_RFLAGS = REGS + 17 * 8;

    static final int REGS_SIZEOF = 18 * 8;

    /** Bit of {@code kvm_valid_regs} and {@code kvm_dirty_regs}: struct kvm_regs. */
    static final long KVM_SYNC_X86_REGS = 1;

    static final int SEGMENT_BASE = 0;
    static final int SEGMENT_LIMIT = 8;
    static final int SEGMENT_SELECTOR = 12;
    static final int SEGMENT_TYPE = 14;
    static final int SEGMENT_PRESENT = 15;
    static final int SEGMENT_DPL = 16;
    static final int SEGMENT_DB = 17;
    static final int SEGMENT_S = 18;
    static final int SEGMENT_L = 19;
    static final int SEGMENT_G = 20;
    static final int SEGMENT_UNUSABLE = 22;

    static final int SREGS_CS = 0;
    static final int SREGS_DS = 24;
    static final int SREGS_ES = 48;
    static final int SREGS_FS = 72;
    static final int SREGS_GS = 96;
    static final int SREGS_SS = 120;
    static final int SREGS_TR = 144;
    static final int SREGS_LDT = 168;
    static final int SREGS_GDT = 192;
    static final int SREGS_IDT = 208;
    static final int SREGS_CR0 = 224;
    static final int SREGS_CR2 = 232;
    static final int SREGS_CR3 = 240;
    static final int SREGS_CR4 = 248;
    static final int SREGS_EFER = 264;
    static final int SREGS_SIZEOF = 312;
    /** struct kvm_dtable. */
    static final int DTABLE_LIMIT = 8;

    /** struct kvm_cpuid2: nent (u32), padding; entries of {@link #CPUID_ENTRY} bytes follow. */
    static final int CPUID_ENTRIES = 8;
    static final int CPUID_ENTRY = 40;
    static final int CPUID_FUNCTION = 0;
    static final int CPUID_INDEX = 4;
    static final int CPUID_EAX = 12;
    static final int CPUID_EBX = 16;
    static final int CPUID_ECX = 20;
    static final int CPUID_EDX = 24;

    /** struct kvm_msrs: nmsrs (u32), padding; entries of index (u32), reserved (u32), data (u64) follow. */
    static final int MSRS_ENTRIES = 8;
    static final int MSR_ENTRY = 16;
    static final int MSR_DATA = 8;

    /** struct kvm_xcrs: nr_xcrs (u32), flags (u32), entries of xcr (u32), reserved (u32), value (u64). */
    static final int XCRS_VALUE = 16;
    static final int XCRS_SIZEOF = 392;

    /** struct kvm_vcpu_events; its first byte says whether an exception waits to be delivered. */
    static final int EVENTS_EXCEPTION_INJECTED = 0;
    static final int EVENTS_SIZEOF = 64;

    /** struct kvm_device_attr: flags (u32), group (u32), attr (u64), addr (u64). */
    static final int DEVICE_ATTR_ADDR = 16;
    static final int DEVICE_ATTR_SIZEOF = 24;

    private KvmX86Layout() {
    }
}
