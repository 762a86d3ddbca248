package org.nesteddune.x86.kvm;

import org.nesteddune.engine.kvm.Kvm;
import org.nesteddune.engine.kvm.KvmIoctl;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;

/**
 * The CPU that a guest sees: what KVM can offer, without features that need state or help which a guest here does not
 * have. Made once for a host; immutable, thread-safe.
 *
 * <p>Bits are those of SDM volume 2, CPUID, and APM volume 3, appendix E.
 */
final class CpuFeatures implements AutoCloseable {

    /** x87, SSE, AVX, and the three of AVX-512 (SDM volume 1, 13.1). */
    private static final long XCR0_WANTED = 0xe7;
    private static final long XCR0_ALWAYS = 0x3;
    private static final long XCR0_AVX512 = 0xe0;
    private static final long XCR0_AVX = 0x4;

    /** FXSAVE area and XSAVE header. */
    static final int XSAVE_LEGACY = 512;
    static final int XSAVE_HEADER = 64;

    private static final int MAX_ENTRIES = 256;

    private final NativeBuffer table;
    private final long xcr0;
    private final int vectorSize;
    private final long cr4;
    private final int physicalBits;
    private final int featureEdx;
    private final boolean tscAux;

    private CpuFeatures(NativeBuffer table) {
        this.table = table;
        long sizes = entry(0xd, 0);
        long supported = sizes == 0 ? 0 : Memory.getInt(sizes + KvmX86Layout.CPUID_EAX) & 0xffffffffL;
        long wanted = supported & XCR0_WANTED;
        if ((wanted & XCR0_AVX512) != XCR0_AVX512 || (wanted & XCR0_AVX) == 0) {
            wanted &= ~XCR0_AVX512;
        }
        xcr0 = wanted | XCR0_ALWAYS;
        vectorSize = standardSize();
        mask();
        physicalBits = physicalAddressBits();
        long basic = entry(1, 0);
        featureEdx = basic == 0 ? 0 : Memory.getInt(basic + KvmX86Layout.CPUID_EDX);
        long bits = Processor.CR4_PAE | Processor.CR4_OSFXSR | Processor.CR4_OSXMMEXCPT;
        if (has(1, KvmX86Layout.CPUID_ECX, 26)) {
            bits |= Processor.CR4_OSXSAVE;
        }
        if (has(7, KvmX86Layout.CPUID_EBX, 0)) {
            bits |= Processor.CR4_FSGSBASE;
        }
        cr4 = bits;
        tscAux = has(0x80000001, KvmX86Layout.CPUID_EDX, 27) || has(7, KvmX86Layout.CPUID_ECX, 22);
    }

    /** Asks the host. */
    static CpuFeatures of(Kvm kvm) {
        NativeBuffer table = new NativeBuffer(KvmX86Layout.CPUID_ENTRIES + MAX_ENTRIES * KvmX86Layout.CPUID_ENTRY);
        try {
            Memory.putInt(table.address(), MAX_ENTRIES);
            kvm.ioctl(KvmIoctl.KVM_GET_SUPPORTED_CPUID, table.address());
            return new CpuFeatures(table);
        } catch (RuntimeException | Error e) {
            table.close();
            throw e;
        }
    }

    /** Takes away what needs more than this guest has. */
    private void mask() {
        // MONITOR and VMX are the supervisor's.
        clear(1, 0, KvmX86Layout.CPUID_ECX, 1 << 3 | 1 << 5);
        // PKU and OSPKE, shadow stacks, 5-level paging.
        clear(7, 0, KvmX86Layout.CPUID_ECX, 1 << 3 | 1 << 4 | 1 << 7 | 1 << 16);
        // User interrupts, indirect branch tracking, AMX in BF16, tiles and INT8.
        clear(7, 0, KvmX86Layout.CPUID_EDX, 1 << 5 | 1 << 20 | 1 << 22 | 1 << 24 | 1 << 25);
        // AMX in FP16, LAM; AMX complex; APX and AVX10 come with state of their own.
        clear(7, 1, KvmX86Layout.CPUID_EAX, 1 << 21 | 1 << 26);
        clear(7, 1, KvmX86Layout.CPUID_EDX, 1 << 8 | 1 << 18 | 1 << 19 | 1 << 21);
        if ((xcr0 & XCR0_AVX512) == 0) {
            clear(7, 0, KvmX86Layout.CPUID_EBX, 1 << 16 | 1 << 17 | 1 << 21 | 1 << 26 | 1 << 27 | 1 << 28 | 1 << 30
                    | 1 << 31);
            clear(7, 0, KvmX86Layout.CPUID_ECX, 1 << 1 | 1 << 6 | 1 << 11 | 1 << 12 | 1 << 14);
            clear(7, 0, KvmX86Layout.CPUID_EDX, 1 << 2 | 1 << 3 | 1 << 8 | 1 << 23);
            clear(7, 1, KvmX86Layout.CPUID_EAX, 1 << 5);
        }
        // SVM; speculation barriers and the like stay.
        clear(0x80000001, 0, KvmX86Layout.CPUID_ECX, 1 << 2);
        int count = Memory.getInt(table.address());
        for (int i = 0; i < count; i++) {
            long entry = table.address() + KvmX86Layout.CPUID_ENTRIES + (long) i * KvmX86Layout.CPUID_ENTRY;
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

    private int standardSize() {
        int size = XSAVE_LEGACY + XSAVE_HEADER;
        for (int component = 2; component < 63; component++) {
            if ((xcr0 >>> component & 1) != 0) {
                long entry = entry(0xd, component);
                if (entry != 0) {
                    size = Math.max(size, Memory.getInt(entry + KvmX86Layout.CPUID_EBX)
                            + Memory.getInt(entry + KvmX86Layout.CPUID_EAX));
                }
            }
        }
        return size;
    }

    private int physicalAddressBits() {
        long entry = entry(0x80000008, 0);
        if (entry == 0) {
            return 36;
        }
        int eax = Memory.getInt(entry + KvmX86Layout.CPUID_EAX);
        int guest = eax >>> 16 & 0xff;
        int bits = eax & 0xff;
        return guest != 0 ? Math.min(guest, bits) : bits;
    }

    private long entry(int function, int index) {
        int count = Memory.getInt(table.address());
        for (int i = 0; i < count; i++) {
            long entry = table.address() + KvmX86Layout.CPUID_ENTRIES + (long) i * KvmX86Layout.CPUID_ENTRY;
            if (Memory.getInt(entry + KvmX86Layout.CPUID_FUNCTION) == function
                    && Memory.getInt(entry + KvmX86Layout.CPUID_INDEX) == index) {
                return entry;
            }
        }
        return 0;
    }

    private void clear(int function, int index, int register, int bits) {
        long entry = entry(function, index);
        if (entry != 0) {
            Memory.putInt(entry + register, Memory.getInt(entry + register) & ~bits);
        }
    }

    private boolean has(int function, int register, int bit) {
        long entry = entry(function, 0);
        return entry != 0 && (Memory.getInt(entry + register) >>> bit & 1) != 0;
    }

    /** The address of the {@code struct kvm_cpuid2} for KVM_SET_CPUID2. */
    long table() {
        return table.address();
    }

    /** The user state that is switched on in XCR0. */
    long xcr0() {
        return xcr0;
    }

    /** Bytes of the XSAVE area in its standard form, for what XCR0 has. */
    int vectorSize() {
        return vectorSize;
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
    public void close() {
        table.close();
    }

    @Override
    public String toString() {
        return "XCR0 0x" + Long.toHexString(xcr0) + ", " + vectorSize + " bytes of vector state, " + physicalBits
                + " physical address bits";
    }
}
