package org.nesteddune.x86.kvm;

/**
 * Numbers from the processor manuals: Intel SDM volume 3 chapters 2.5 (control registers), 3.4 (segments), 6.3 (vectors)
 * and volume 4 (MSRs); AMD APM volume 2. Selectors are those of Linux ({@code arch/x86/include/asm/segment.h}), because
 * user programs see them. Constants only.
 */
final class Processor {

    static final long CR0 = 1 // PE, protected mode
            | 1 << 1 // MP, monitor coprocessor
            | 1 << 4 // ET
            | 1 << 5 // NE, x87 errors as exceptions
            | 1 << 16 // WP, read-only pages for the supervisor too
            | 1 << 18 // AM, alignment checks where RFLAGS.AC asks for them
            | 1L << 31; // PG, paging

    static final long CR4_PAE = 1 << 5;
    static final long CR4_OSFXSR = 1 << 9;
    static final long CR4_OSXMMEXCPT = 1 << 10;
    static final long CR4_FSGSBASE = 1 << 16;
    static final long CR4_OSXSAVE = 1 << 18;

    static final long EFER_SCE = 1;
    static final long EFER_LME = 1 << 8;
    static final long EFER_LMA = 1 << 10;
    static final long EFER_NXE = 1 << 11;

    static final int MSR_IA32_SYSENTER_CS = 0x174;
    static final int MSR_STAR = 0xc0000081;
    static final int MSR_LSTAR = 0xc0000082;
    static final int MSR_CSTAR = 0xc0000083;
    static final int MSR_SYSCALL_MASK = 0xc0000084;
    static final int MSR_FS_BASE = 0xc0000100;
    static final int MSR_GS_BASE = 0xc0000101;
    static final int MSR_TSC_AUX = 0xc0000103;

    static final long RFLAGS_FIXED = 1 << 1;
    static final long RFLAGS_CF = 1;
    static final long RFLAGS_PF = 1 << 2;
    static final long RFLAGS_AF = 1 << 4;
    static final long RFLAGS_ZF = 1 << 6;
    static final long RFLAGS_SF = 1 << 7;
    static final long RFLAGS_TF = 1 << 8;
    static final long RFLAGS_IF = 1 << 9;
    static final long RFLAGS_DF = 1 << 10;
    static final long RFLAGS_OF = 1 << 11;
    static final long RFLAGS_IOPL = 3 << 12;
    static final long RFLAGS_NT = 1 << 14;
    static final long RFLAGS_RF = 1 << 16;
    static final long RFLAGS_AC = 1 << 18;
    static final long RFLAGS_ID = 1 << 21;
    /** What a user program may have as it likes. */
    static final long RFLAGS_USER = RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_TF | RFLAGS_DF
            | RFLAGS_OF | RFLAGS_NT | RFLAGS_RF | RFLAGS_AC | RFLAGS_ID;
    /** What SYSCALL clears, as on Linux. */
    static final long SYSCALL_MASK = RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_TF | RFLAGS_IF
            | RFLAGS_DF | RFLAGS_OF | RFLAGS_IOPL | RFLAGS_NT | RFLAGS_RF | RFLAGS_AC | RFLAGS_ID;

    static final int KERNEL_CS = 0x10;
    static final int USER_DS = 0x2b;
    static final int USER_CS = 0x33;
    static final int TSS = 0x40;
    /** Its limit is the CPU's number on Linux; here it says whether RDTSCP is there, for the vDSO's {@code getcpu}. */
    static final int CPUNODE = 0x7b;
    /** SYSCALL takes CS 0x10 and SS 0x18; SYSRET, which is not used, would take 0x33 and 0x2b. */
    static final long STAR = 0x23L << 48 | (long) KERNEL_CS << 32;

    // Exceptions
    static final int DE = 0;
    static final int DB = 1;
    static final int BP = 3;
    static final int OF = 4;
    static final int BR = 5;
    static final int UD = 6;
    static final int DF = 8;
    static final int TS = 10;
    static final int NP = 11;
    static final int SS = 12;
    static final int GP = 13;
    static final int PF = 14;
    static final int MF = 16;
    static final int AC = 17;
    static final int XM = 19;
    static final int VECTORS = 32;

    // Error code of a page fault
    static final long PF_PRESENT = 1;
    static final long PF_WRITE = 1 << 1;
    static final long PF_USER = 1 << 2;
    static final long PF_RESERVED = 1 << 3;
    static final long PF_INSTRUCTION = 1 << 4;

    private Processor() {
    }

    /** Whether an exception pushes an error code (SDM volume 3, table 6-1). */
    static boolean pushesErrorCode(int vector) {
        return switch (vector) {
            case DF, TS, NP, SS, GP, PF, AC, 21, 29, 30 -> true;
            default -> false;
        };
    }
}
