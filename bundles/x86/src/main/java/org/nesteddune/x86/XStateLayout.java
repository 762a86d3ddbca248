package org.nesteddune.x86;

/**
 * Where the components of floating-point and vector state lie in an XSAVE area in standard form. The legacy area (x87
 * and SSE, 512 bytes) and the header (64 bytes) have fixed places; those of the rest are the processor's and come from
 * CPUID leaf 0xd (Intel SDM volume 1, chapter 13). Immutable.
 *
 * <pre>
 *   0 FCW FSW FTW FOP  24 MXCSR  28 MXCSR_MASK  32 st0-7  160 xmm0-15  464 reserved for software (48)
 * 512 XSTATE_BV  520 XCOMP_BV  528 reserved (48)
 * 576 extended components
 * </pre>
 */
final class XStateLayout {

    static final int FCW = 0;
    static final int MXCSR = 24;
    static final int MXCSR_MASK = 28;
    static final int ST0 = 32;
    static final int XMM0 = 160;
    static final int SOFTWARE = 464;
    static final int HEADER = 512;
    static final int XSTATE_BV = HEADER;
    static final int XCOMP_BV = HEADER + 8;
    static final int EXTENDED = 576;

    /** All x87 exceptions masked, 64-bit precision: after FNINIT. */
    static final short INITIAL_FCW = 0x37f;
    /** All SSE exceptions masked: after a reset. */
    static final int INITIAL_MXCSR = 0x1f80;
    /** The valid bits of MXCSR where a processor gives no mask. */
    static final int DEFAULT_MXCSR_MASK = 0xffbf;
    /** What Linux gives every program: access to key 0 only ({@code init_pkru_value}). */
    static final int INITIAL_PKRU = 0x55555554;

    static final long X87 = 1 << 0;
    static final long SSE = 1 << 1;
    static final long AVX = 1 << 2;
    static final long PKRU = 1 << 9;

    /** Those that a signal frame carries: x87, SSE, AVX, the three of AVX-512, protection keys. */
    private static final long CARRIED = X87 | SSE | AVX | 7 << 5 | PKRU;

    private static final int COMPONENTS = 10;

    private final int[] offsets;
    private final int[] sizes;

    /**
     * @param offsets of components 0 to 9; the first two do not count
     * @param sizes of components 0 to 9; 0 for one that the processor does not have
     */
    XStateLayout(int[] offsets, int[] sizes) {
        this.offsets = offsets.clone();
        this.sizes = sizes.clone();
    }

    /** The layout of this machine's processor, or where that is none of x86-64, the one that Intel's have. */
    static XStateLayout host() {
        return Host.LAYOUT;
    }

    /** The components that a frame carries for a CPU whose vector state has a size in bytes. */
    long components(int vectorSize) {
        long components = X87 | SSE;
        for (int i = 2; i < COMPONENTS; i++) {
            if (sizes[i] != 0 && offsets[i] + sizes[i] <= vectorSize) {
                components |= 1L << i;
            }
        }
        return components & CARRIED;
    }

    /** Where a component begins. */
    int offset(long component) {
        return offsets[Long.numberOfTrailingZeros(component)];
    }

    /** Bytes of a component. */
    int size(long component) {
        return sizes[Long.numberOfTrailingZeros(component)];
    }

    private static final class Host {
        static final XStateLayout LAYOUT = HostCpu.isX86() ? measure() : intel();

        private static XStateLayout measure() {
            int[] offsets = new int[COMPONENTS];
            int[] sizes = new int[COMPONENTS];
            try (HostCpu cpu = new HostCpu()) {
                long enabled = cpu.xcr0();
                for (int i = 2; i < COMPONENTS; i++) {
                    if ((enabled >>> i & 1) != 0) {
                        int[] leaf = cpu.cpuid(0xd, i);
                        sizes[i] = leaf[0];
                        offsets[i] = leaf[1];
                    }
                }
            }
            return new XStateLayout(offsets, sizes);
        }

        private static XStateLayout intel() {
            return new XStateLayout(
                    new int[] {0, 0, 576, 960, 1024, 1088, 1152, 1664, 0, 2688},
                    new int[] {0, 0, 256, 64, 64, 64, 512, 1024, 0, 8});
        }
    }
}
