package org.nesteddune.x86.kvm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;

/**
 * x87, SSE and AVX state of a guest thread, as an XSAVE area in its standard form (SDM volume 1, 13.4). Fetched from the
 * processor when somebody asks, given back before the next run when it has been changed. Guarded by its {@link X86State}.
 *
 * <pre>
 *   0  FCW (u16)   2  FSW (u16)   24  MXCSR (u32)   28  MXCSR_MASK   32  registers
 * 512  XSTATE_BV (u64)   520  XCOMP_BV (u64)   528  48 bytes of zero   576  further components
 * </pre>
 */
final class VectorState implements AutoCloseable {

    static final int FCW = 0;
    static final int FSW = 2;
    static final int MXCSR = 24;
    static final int MXCSR_MASK = 28;
    private static final int XSTATE_BV = 512;
    private static final int XCOMP_BV = 520;
    private static final int HEADER_END = CpuFeatures.XSAVE_LEGACY + CpuFeatures.XSAVE_HEADER;

    /** What FXSAVE leaves free for software at the end of its area; Linux's signal frames have something there. */
    private static final int SOFTWARE = 464;

    private static final short FCW_INITIAL = 0x37f;
    private static final int MXCSR_INITIAL = 0x1f80;
    private static final long X87_AND_SSE = 3;

    private final CpuFeatures features;
    private final int size;
    private X86Processor processor;
    /** Null as long as the state has been the initial one and nobody has looked at it. */
    private NativeBuffer area;
    /** Whether what is here is the thread's. */
    private boolean known = true;
    /** Whether what the processor has is the thread's. */
    private boolean loaded;

    /** The state of a new process: what Linux starts programs with. */
    VectorState(CpuFeatures features) {
        this.features = features;
        this.size = features.vectorSize();
    }

    int size() {
        return size;
    }

    /** Comes to run on a processor; a fresh one has the initial state. */
    void attach(X86Processor to, boolean fresh) {
        processor = to;
        loaded = fresh && area == null;
    }

    /** Leaves the processor; what has not been fetched is lost. */
    void detach() {
        processor = null;
        known = true;
    }

    /** The processor has run. */
    void invalidate() {
        known = false;
    }

    /** Sees to it that the state is here. */
    void fetch() {
        if (!known) {
            processor.readVector(area());
            known = true;
        }
    }

    /** The host address of the area with the state in it. */
    private long image() {
        if (known && area == null) {
            writeInitial();
        }
        fetch();
        return area.address();
    }

    private long area() {
        if (area == null) {
            area = new NativeBuffer(features.hostVectorSize());
        }
        return area.address();
    }

    private void writeInitial() {
        long address = area();
        Memory.putShort(address + FCW, FCW_INITIAL);
        Memory.putInt(address + MXCSR, MXCSR_INITIAL);
        Memory.putInt(address + MXCSR_MASK, features.mxcsrMask());
        Memory.putLong(address + XSTATE_BV, X87_AND_SSE);
    }

    void read(byte[] target) {
        Memory.copyFrom(image(), target, 0, size);
    }

    /** The x87 status word in the upper and the control word in the lower half. */
    int x87Words() {
        long address = image();
        return Memory.getShort(address + FSW) << 16 | Memory.getShort(address + FCW) & 0xffff;
    }

    int mxcsr() {
        return Memory.getInt(image() + MXCSR);
    }

    /**
     * Replaces the state.
     *
     * @param source an XSAVE area; one of 512 bytes is an FXSAVE area, and all else gets its initial state
     * @return false if a processor would not take it
     */
    boolean write(byte[] source) {
        byte[] image = new byte[size];
        System.arraycopy(source, 0, image, 0, Math.min(size, source.length));
        ByteBuffer view = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        if (source.length < HEADER_END) {
            if (source.length < CpuFeatures.XSAVE_LEGACY) {
                return false;
            }
            Arrays.fill(image, CpuFeatures.XSAVE_LEGACY, size, (byte) 0);
            view.putLong(XSTATE_BV, X87_AND_SSE);
        }
        Arrays.fill(image, SOFTWARE, CpuFeatures.XSAVE_LEGACY, (byte) 0);
        if (!valid(view, source.length)) {
            return false;
        }
        Memory.copyTo(area(), image, 0, size);
        known = true;
        loaded = false;
        return true;
    }

    /** The checks of KVM_SET_XSAVE (copy_uabi_from_kernel_to_xstate, arch/x86/kernel/fpu/xstate.c). */
    private boolean valid(ByteBuffer view, int length) {
        long components = view.getLong(XSTATE_BV);
        for (int reserved = XCOMP_BV; reserved < HEADER_END; reserved += 8) {
            if (view.getLong(reserved) != 0) {
                return false;
            }
        }
        return (components & ~features.xcr0()) == 0
                && ((components & ~X87_AND_SSE) == 0 || length >= size)
                && (view.getInt(MXCSR) & ~features.mxcsrMask()) == 0;
    }

    /** A copy that is bound to nothing. */
    VectorState copy() {
        VectorState copy = new VectorState(features);
        fetch();
        if (area != null) {
            Memory.copy(area.address(), copy.area(), area.size());
        }
        return copy;
    }

    /** Becomes what a {@link #copy} is, which is used up by that. */
    void take(VectorState copy) {
        if (area != null) {
            area.close();
        }
        area = copy.area;
        copy.area = null;
        known = true;
        loaded = false;
    }

    /** Gives the processor what has been changed here. */
    void flush() {
        if (!loaded) {
            processor.writeVector(image());
            loaded = true;
        }
    }

    @Override
    public void close() {
        if (area != null) {
            area.close();
            area = null;
        }
    }
}
