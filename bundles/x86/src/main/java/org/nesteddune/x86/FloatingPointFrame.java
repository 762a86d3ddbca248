package org.nesteddune.x86;

import static org.nesteddune.x86.XStateLayout.SSE;
import static org.nesteddune.x86.XStateLayout.X87;
import static org.nesteddune.x86.XStateLayout.XCOMP_BV;
import static org.nesteddune.x86.XStateLayout.XSTATE_BV;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.Supplier;
import org.nesteddune.arch.CpuState;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;

/**
 * Floating-point and vector state in a signal frame. Source: {@code arch/x86/kernel/fpu/signal.c}, {@code
 * uapi/asm/sigcontext.h}. A guest may write anything into it; what the XRSTOR instruction would refuse is a fault here,
 * and what reaches the CPU is always a state that it takes. Stateless, safe for any thread.
 *
 * <p>The area is in the XSAVE standard form. In the 48 bytes that the processor leaves to software stands {@code struct
 * _fpx_sw_bytes}: magic1, extended_size, xfeatures, xstate_size; behind the area stands magic2.
 */
final class FloatingPointFrame {

    private static final int MAGIC1 = 0x46505853;
    private static final int MAGIC2 = 0x46505845;
    private static final int MAGIC2_SIZE = 4;

    // struct _fpx_sw_bytes
    private static final int SW_MAGIC1 = XStateLayout.SOFTWARE;
    private static final int SW_EXTENDED_SIZE = XStateLayout.SOFTWARE + 4;
    private static final int SW_XFEATURES = XStateLayout.SOFTWARE + 8;
    private static final int SW_XSTATE_SIZE = XStateLayout.SOFTWARE + 16;

    private static final VarHandle SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final Supplier<XStateLayout> layout;

    /** @param layout asked at every signal, so that the processor is not before the first one */
    FloatingPointFrame(Supplier<XStateLayout> layout) {
        this.layout = layout;
    }

    /** Whether a CPU has more than what FXSAVE saves. */
    static boolean isExtended(int vectorSize) {
        return vectorSize >= XStateLayout.EXTENDED;
    }

    /** Bytes that a frame needs for it. */
    static int size(int vectorSize) {
        return isExtended(vectorSize) ? vectorSize + MAGIC2_SIZE : vectorSize;
    }

    /** Writes a CPU's state to an address aligned to 64. */
    void save(CpuState cpu, GuestMemory memory, long address) {
        int vectorSize = cpu.vectorSize();
        byte[] area = new byte[size(vectorSize)];
        cpu.readVector(area);
        Arrays.fill(area, XStateLayout.SOFTWARE, XStateLayout.HEADER, (byte) 0);
        INT.set(area, SW_MAGIC1, MAGIC1);
        INT.set(area, SW_EXTENDED_SIZE, vectorSize + MAGIC2_SIZE);
        LONG.set(area, SW_XFEATURES, layout.get().components(vectorSize));
        INT.set(area, SW_XSTATE_SIZE, vectorSize);
        if (isExtended(vectorSize)) {
            // These two always count as in use, so that a handler that knows only FXSAVE's form can change them.
            LONG.set(area, XSTATE_BV, (long) LONG.get(area, XSTATE_BV) | X87 | SSE);
            INT.set(area, vectorSize, MAGIC2);
        }
        memory.write(address, area, 0, area.length);
    }

    /** Gives a CPU the state in which a handler, as a program, begins. */
    void reset(CpuState cpu) {
        byte[] current = new byte[cpu.vectorSize()];
        cpu.readVector(current);
        write(cpu, initial(current));
    }

    /**
     * Takes a state back.
     *
     * @param address where it is, or 0 for the initial state
     */
    void restore(CpuState cpu, GuestMemory memory, long address) {
        int vectorSize = cpu.vectorSize();
        byte[] current = new byte[vectorSize];
        cpu.readVector(current);
        byte[] result = initial(current);
        if (address != 0) {
            byte[] area = new byte[size(vectorSize)];
            memory.read(address, area, 0, XStateLayout.HEADER);
            if (isWhole(memory, address, area, vectorSize)) {
                memory.read(address, area, 0, vectorSize);
                restoreExtended(area, current, result, address);
            } else {
                restoreLegacy(area, current, result, address);
            }
        }
        write(cpu, result);
    }

    /** Whether the area is more than FXSAVE's, by both magic numbers. */
    private static boolean isWhole(GuestMemory memory, long address, byte[] area, int vectorSize) {
        return isExtended(vectorSize)
                && (int) INT.get(area, SW_MAGIC1) == MAGIC1
                && memory.readInt(address + vectorSize) == MAGIC2;
    }

    /** As FXRSTOR: x87 and SSE from the area, the rest initial. */
    private static void restoreLegacy(byte[] area, byte[] current, byte[] result, long address) {
        if ((address & 15) != 0) {
            throw new GuestFault(address);
        }
        checkMxcsr(area, current, address);
        System.arraycopy(area, 0, result, 0, XStateLayout.SOFTWARE);
    }

    /** As XRSTOR of the components that the frame's software bytes name. */
    private void restoreExtended(byte[] area, byte[] current, byte[] result, long address) {
        long carried = layout.get().components(current.length);
        long wanted = (long) LONG.get(area, SW_XFEATURES) & carried;
        long inUse = (long) LONG.get(area, XSTATE_BV);
        if ((address & 63) != 0
                || (inUse & ~(carried | (long) LONG.get(current, XSTATE_BV))) != 0
                || (long) LONG.get(area, XCOMP_BV) != 0
                || (long) LONG.get(area, XCOMP_BV + 8) != 0) {
            throw new GuestFault(address);
        }
        if ((wanted & (SSE | XStateLayout.AVX)) != 0) {
            checkMxcsr(area, current, address);
            System.arraycopy(area, XStateLayout.MXCSR, result, XStateLayout.MXCSR, 4);
        }
        inUse &= wanted;
        if ((inUse & X87) != 0) {
            System.arraycopy(area, 0, result, 0, XStateLayout.MXCSR);
            System.arraycopy(area, XStateLayout.ST0, result, XStateLayout.ST0, XStateLayout.XMM0 - XStateLayout.ST0);
        }
        if ((inUse & SSE) != 0) {
            System.arraycopy(area, XStateLayout.XMM0, result, XStateLayout.XMM0, 256);
        }
        long header = (long) LONG.get(result, XSTATE_BV);
        for (long rest = carried & ~(X87 | SSE); rest != 0; rest &= rest - 1) {
            long component = Long.lowestOneBit(rest);
            int offset = layout.get().offset(component);
            if ((inUse & component) != 0) {
                System.arraycopy(area, offset, result, offset, layout.get().size(component));
                header |= component;
            } else {
                header &= ~component;
            }
        }
        LONG.set(result, XSTATE_BV, header);
    }

    /** A reserved bit in MXCSR raises #GP, at XRSTOR as at FXRSTOR. */
    private static void checkMxcsr(byte[] area, byte[] current, long address) {
        int mask = (int) INT.get(current, XStateLayout.MXCSR_MASK);
        if (mask == 0) {
            mask = XStateLayout.DEFAULT_MXCSR_MASK;
        }
        if (((int) INT.get(area, XStateLayout.MXCSR) & ~mask) != 0) {
            throw new GuestFault(address);
        }
    }

    /**
     * The initial state of all that a frame carries; what it does not carry stays as it is. x87 and SSE are written out
     * rather than marked as initial, because MXCSR belongs to neither.
     */
    private byte[] initial(byte[] current) {
        byte[] state = current.clone();
        Arrays.fill(state, 0, XStateLayout.HEADER, (byte) 0);
        SHORT.set(state, XStateLayout.FCW, XStateLayout.INITIAL_FCW);
        INT.set(state, XStateLayout.MXCSR, XStateLayout.INITIAL_MXCSR);
        INT.set(state, XStateLayout.MXCSR_MASK, (int) INT.get(current, XStateLayout.MXCSR_MASK));
        if (isExtended(state.length)) {
            long before = (long) LONG.get(current, XSTATE_BV);
            long carried = layout.get().components(state.length);
            LONG.set(state, XSTATE_BV, before & ~carried | X87 | SSE);
            Arrays.fill(state, XCOMP_BV, XStateLayout.EXTENDED, (byte) 0);
            if ((before & carried & XStateLayout.PKRU) != 0) {
                // A program that has protection keys always has this in use.
                LONG.set(state, XSTATE_BV, (long) LONG.get(state, XSTATE_BV) | XStateLayout.PKRU);
                INT.set(state, layout.get().offset(XStateLayout.PKRU), XStateLayout.INITIAL_PKRU);
            }
        }
        return state;
    }

    private static void write(CpuState cpu, byte[] state) {
        if (!cpu.writeVector(state)) {
            throw new GuestFault(cpu.get(X86Registers.RSP));
        }
    }
}
