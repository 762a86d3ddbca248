package org.nesteddune.x86.kvm;

import org.nesteddune.engine.kvm.Kvm;
import org.nesteddune.engine.kvm.KvmCapability;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;

/**
 * The CPU that a guest sees: what KVM can offer, without features that need state or help which a guest here does not
 * have. Made once for a host; thread-safe.
 *
 * <p>Bits are those of SDM volume 2, CPUID, and APM volume 3, appendix E.
 */
final class CpuFeatures {

    /** x87, SSE, AVX, and the three of AVX-512 (SDM volume 1, 13.1). */
    private static final long XCR0_WANTED = 0xe7;
    private static final long XCR0_ALWAYS = 0x3;
    private static final long XCR0_AVX512 = 0xe0;
    private static final long XCR0_AVX = 0x4;

    /** FXSAVE area and XSAVE header. */
    static final int XSAVE_LEGACY = 512;
    static final int XSAVE_HEADER = 64;

    /** What KVM_GET_XSAVE writes; KVM_GET_XSAVE2 writes at least as much. */
    static final int HOST_VECTOR_SIZE = 4096;

    /** What MXCSR may have where a processor does not say (SDM volume 1, 11.6.6). */
    private static final int MXCSR_DEFAULT_MASK = 0xffbf;

    private final byte[] cpuid;
    private final long xcr0;
    private final int vectorSize;
    private final int hostVectorSize;
    private final long cr4;
    private final int physicalBits;
    private final int featureEdx;
    private final boolean tscAux;
    /** 0 until a vCPU has said it. */
    private volatile int mxcsrMask;

    private CpuFeatures(CpuidTable table, int hostVectorSize) {
        this.hostVectorSize = hostVectorSize;
        long sizes = table.entry(0xd, 0);
        long supported = sizes == 0 ? 0 : Memory.getInt(sizes + KvmX86Layout.CPUID_EAX) & 0xffffffffL;
        long wanted = supported & XCR0_WANTED;
        if ((wanted & XCR0_AVX512) != XCR0_AVX512 || (wanted & XCR0_AVX) == 0) {
            wanted &= ~XCR0_AVX512;
        }
        xcr0 = wanted | XCR0_ALWAYS;
        vectorSize = standardSize(table, xcr0);
        mask(table);
        physicalBits = physicalAddressBits(table);
        long basic = table.entry(1, 0);
        featureEdx = basic == 0 ? 0 : Memory.getInt(basic + KvmX86Layout.CPUID_EDX);
        long bits = Processor.CR4_PAE | Processor.CR4_OSFXSR | Processor.CR4_OSXMMEXCPT;
        if (table.has(1, KvmX86Layout.CPUID_ECX, 26)) {
            bits |= Processor.CR4_OSXSAVE;
        }
        if (table.has(7, KvmX86Layout.CPUID_EBX, 0)) {
            bits |= Processor.CR4_FSGSBASE;
        }
        cr4 = bits;
        tscAux = table.has(0x80000001, KvmX86Layout.CPUID_EDX, 27) || table.has(7, KvmX86Layout.CPUID_ECX, 22);
        cpuid = table.bytes();
    }

    /** Asks the host. */
    static CpuFeatures of(Kvm kvm) {
        try (CpuidTable table = CpuidTable.supportedBy(kvm)) {
            return new CpuFeatures(table, Math.max(HOST_VECTOR_SIZE, kvm.check(KvmCapability.KVM_CAP_XSAVE2)));
        }
    }

    /** Takes away what needs more than this guest has. */
    private void mask(CpuidTable table) {
        // MONITOR and VMX are the supervisor's.
        table.clear(1, 0, KvmX86Layout.CPUID_ECX, 1 << 3 | 1 << 5);
        // PKU and OSPKE, shadow stacks, 5-level paging.
        table.clear(7, 0, KvmX86Layout.CPUID_ECX, 1 << 3 | 1 << 4 | 1 << 7 | 1 << 16);
        // User interrupts, indirect branch tracking, AMX in BF16, tiles and INT8.
        table.clear(7, 0, KvmX86Layout.CPUID_EDX, 1 << 5 | 1 << 20 | 1 << 22 | 1 << 24 | 1 << 25);
        // AMX in FP16, LAM; AMX complex; APX and AVX10 come with state of their own.
        table.clear(7, 1, KvmX86Layout.CPUID_EAX, 1 << 21 | 1 << 26);
        table.clear(7, 1, KvmX86Layout.CPUID_EDX, 1 << 8 | 1 << 18 | 1 << 19 | 1 << 21);
        if ((xcr0 & XCR0_AVX512) == 0) {
            table.clear(7, 0, KvmX86Layout.CPUID_EBX, 1 << 16 | 1 << 17 | 1 << 21 | 1 << 26 | 1 << 27 | 1 << 28 | 1 << 30
                    | 1 << 31);
            table.clear(7, 0, KvmX86Layout.CPUID_ECX, 1 << 1 | 1 << 6 | 1 << 11 | 1 << 12 | 1 << 14);
            table.clear(7, 0, KvmX86Layout.CPUID_EDX, 1 << 2 | 1 << 3 | 1 << 8 | 1 << 23);
            table.clear(7, 1, KvmX86Layout.CPUID_EAX, 1 << 5);
        }
        // SVM; speculation barriers and the like stay.
        table.clear(0x80000001, 0, KvmX86Layout.CPUID_ECX, 1 << 2);
        int count = table.count();
        for (int i = 0; i < count; i++) {
            long entry = table.at(i);
            int function = Memory.getInt(entry + KvmX86Layout.CPUID_FUNCTION);
            int index = Memory.getInt(entry + KvmX86Layout.CPUID_INDEX);
            if (function == 0xd && index == 0) {
                Memory.putInt(entry + KvmX86Layout.CPUID_EAX, (int) xcr0);
                Memory.putInt(entry + KvmX86Layout.CPUID_EBX, vectorSize);
                Memory.putInt(entry + KvmX86Layout.CPUID_ECX, vectorSize);
                Memory.putInt(entry + KvmX86Layout.CPUID_EDX, 0);
            } else if (function == 0xd && index > 1 && (index > 62 || (xcr0 >>> index & 1) == 0)
                    || function == 0x1d || function == 0x1e) {
                Memory.fill(entry + KvmX86Layout.CPUID_EAX, 16, (byte) 0);
            } else if (function == 0xd && index == 1) {
                // Supervisor states; XSAVEOPT, XSAVEC, XGETBV with ECX 1 and XSAVES itself stay.
                Memory.putInt(entry + KvmX86Layout.CPUID_ECX, 0);
                Memory.putInt(entry + KvmX86Layout.CPUID_EDX, 0);
                Memory.putInt(entry + KvmX86Layout.CPUID_EAX,
                        Memory.getInt(entry + KvmX86Layout.CPUID_EAX) & ~(1 << 4));
            }
        }
    }

    private static int standardSize(CpuidTable table, long xcr0) {
        int size = XSAVE_LEGACY + XSAVE_HEADER;
        for (int component = 2; component < 63; component++) {
            if ((xcr0 >>> component & 1) != 0) {
                long entry = table.entry(0xd, component);
                if (entry != 0) {
                    size = Math.max(size, Memory.getInt(entry + KvmX86Layout.CPUID_EBX)
                            + Memory.getInt(entry + KvmX86Layout.CPUID_EAX));
                }
            }
        }
        return size;
    }

    private static int physicalAddressBits(CpuidTable table) {
        long entry = table.entry(0x80000008, 0);
        if (entry == 0) {
            return 36;
        }
        int eax = Memory.getInt(entry + KvmX86Layout.CPUID_EAX);
        int guest = eax >>> 16 & 0xff;
        int bits = eax & 0xff;
        return guest != 0 ? Math.min(guest, bits) : bits;
    }

    /** The {@code struct kvm_cpuid2} for KVM_SET_CPUID2; not to be changed. */
    byte[] cpuid() {
        return cpuid;
    }

    /** The user state that is switched on in XCR0. */
    long xcr0() {
        return xcr0;
    }

    /** Bytes of the XSAVE area in its standard form, for what XCR0 has. */
    int vectorSize() {
        return vectorSize;
    }

    /** Bytes that KVM_GET_XSAVE2 writes, or {@link #HOST_VECTOR_SIZE} where KVM_GET_XSAVE does. */
    int hostVectorSize() {
        return hostVectorSize;
    }

    /** Bits that MXCSR may have. */
    int mxcsrMask() {
        int mask = mxcsrMask;
        return mask != 0 ? mask : MXCSR_DEFAULT_MASK;
    }

    /** Lets a new vCPU say what is only to be had from one. */
    void ask(X86Processor processor) {
        if (mxcsrMask == 0) {
            try (NativeBuffer area = new NativeBuffer(hostVectorSize)) {
                processor.readVector(area.address());
                mxcsrMask = Memory.getInt(area.address() + VectorState.MXCSR_MASK);
            }
        }
    }

    /** CR4 as far as CPUID warrants it. */
    long cr4() {
        return cr4;
    }

    /** Bits of a guest-physical address. */
    int physicalBits() {
        return physicalBits;
    }

    /** AT_HWCAP: EDX of CPUID 1. */
    long featureEdx() {
        return featureEdx & 0xffffffffL;
    }

    /** Whether RDTSCP or RDPID reads the number of the CPU from an MSR. */
    boolean tscAux() {
        return tscAux;
    }

    @Override
    public String toString() {
        return "XCR0 0x" + Long.toHexString(xcr0) + ", " + vectorSize + " bytes of vector state, " + physicalBits
                + " physical address bits";
    }
}
