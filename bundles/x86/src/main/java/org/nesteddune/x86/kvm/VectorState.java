package org.nesteddune.x86.kvm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.nesteddune.engine.kvm.KvmIoctl;
import org.nesteddune.engine.kvm.KvmVcpu;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;

/**
 * x87, SSE and AVX state of a vCPU, as an XSAVE area in its standard form (SDM volume 1, 13.4). Fetched when somebody
 * asks, given back before the next run when somebody has changed it. For one thread at a time.
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
    private static final int MXCSR_MASK = 28;
    private static final int XSTATE_BV = 512;
    private static final int XCOMP_BV = 520;
    private static final int HEADER_END = CpuFeatures.XSAVE_LEGACY + CpuFeatures.XSAVE_HEADER;

    /** What FXSAVE leaves free for software at the end of its area; Linux's signal frames have something there. */
    private static final int SOFTWARE = 464;

    private static final short FCW_INITIAL = 0x37f;
    private static final int MXCSR_INITIAL = 0x1f80;
    private static final int MXCSR_DEFAULT_MASK = 0xffbf;
    private static final long X87_AND_SSE = 3;

    private final KvmVcpu vcpu;
    private final int size;
    private final long xcr0;
    private final int hostSize;
    private NativeBuffer area;
    private boolean fetched;
    private boolean dirty;

    /**
     * @param hostSize bytes that KVM_GET_XSAVE2 writes, or 4096 where there is only KVM_GET_XSAVE
     */
    VectorState(KvmVcpu vcpu, CpuFeatures features, int hostSize) {
        this.vcpu = vcpu;
        this.size = features.vectorSize();
        this.xcr0 = features.xcr0();
        this.hostSize = hostSize;
    }

    int size() {
        return size;
    }

    /** What is here is no longer what the vCPU has. */
    void invalidate() {
        fetched = false;
    }

    private long fetch() {
        if (area == null) {
            area = new NativeBuffer(hostSize);
        }
        long address = area.address();
        if (!fetched && !dirty) {
            vcpu.ioctl(hostSize > 4096 ? KvmIoctl.KVM_GET_XSAVE2 : KvmIoctl.KVM_GET_XSAVE, address);
            fetched = true;
        }
        return address;
    }

    void read(byte[] target) {
        Memory.copyFrom(fetch(), target, 0, size);
    }

    /** The x87 status word in the upper and the control word in the lower half. */
    int x87Words() {
        long address = fetch();
        return Memory.getShort(address + FSW) << 16 | Memory.getShort(address + FCW) & 0xffff;
    }

    int mxcsr() {
        return Memory.getInt(fetch() + MXCSR);
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
        long address = fetch();
        byte[] before = area.bytes(0, size);
        Memory.copyTo(address, image, 0, size);
        if (vcpu.tryIoctl(KvmIoctl.KVM_SET_XSAVE, address) < 0) {
            Memory.copyTo(address, before, 0, size);
            return false;
        }
        dirty = false;
        return true;
    }

    private boolean valid(ByteBuffer view, int length) {
        long components = view.getLong(XSTATE_BV);
        int mask = Memory.getInt(fetch() + MXCSR_MASK);
        if (mask == 0) {
            mask = MXCSR_DEFAULT_MASK;
        }
        return (components & ~xcr0) == 0
                && (components & ~X87_AND_SSE) == 0 | length >= size
                && view.getLong(XCOMP_BV) == 0
                && (view.getInt(MXCSR) & ~mask) == 0;
    }

    /** The state of a new process: what Linux starts programs with. */
    void reset() {
        long address = fetch();
        Memory.fill(address, size, (byte) 0);
        Memory.putShort(address + FCW, FCW_INITIAL);
        Memory.putInt(address + MXCSR, MXCSR_INITIAL);
        Memory.putLong(address + XSTATE_BV, X87_AND_SSE);
        dirty = true;
    }

    /** Gives the vCPU what has been changed here. */
    void flush() {
        if (dirty) {
            vcpu.ioctl(KvmIoctl.KVM_SET_XSAVE, area.address());
            dirty = false;
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
