package org.nesteddune.riscv;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.SignalFrames;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.memory.GuestMemory;

/**
 * The signal frames of RISC-V. Source: {@code arch/riscv/kernel/signal.c}, {@code uapi/asm/sigcontext.h}, {@code uapi/asm/ucontext.h}.
 * Stateless, safe for any thread.
 *
 * <pre>
 *   1088  end, a multiple of 16
 *   1080    magic and size of the first extension: both 0, since there is none
 *   1076    reserved, 0
 *    560    sc_fpregs: f0 to f31, fcsr (4); then room for quadruple precision
 *    304  uc_mcontext (struct sigcontext), sc_regs: pc, x1 to x31
 *    168    uc_sigmask, and room for more
 *    144    uc_stack
 *    128  struct ucontext                     a2 of the handler
 *      0  struct siginfo                      sp and a1 of the handler
 * </pre>
 */
final class RiscvSignalFrames implements SignalFrames {

    private static final int CONTEXT = 128;
    private static final int STACK = CONTEXT + 16;
    private static final int MASK = CONTEXT + 40;
    private static final int PC = CONTEXT + 176;
    private static final int FLOATS = PC + 256;
    private static final int CONTROL = FLOATS + 256;
    private static final int RESERVED = FLOATS + 516;
    private static final int EXTENSION = RESERVED + 4;
    private static final int SIZE = FLOATS + 528;

    private final GuestAbi abi;

    RiscvSignalFrames(GuestAbi abi) {
        this.abi = abi;
    }

    @Override
    public int minimumStackSize() {
        return SIZE;
    }

    @Override
    public void push(CpuState cpu, GuestMemory memory, Delivery delivery) {
        long frame = delivery.top(0) - SIZE & -16;
        delivery.check(frame);
        byte[] bytes = new byte[SIZE];
        save(cpu, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), delivery);
        memory.write(frame + CONTEXT, bytes, CONTEXT, SIZE - CONTEXT);
        abi.writeSignalInfo(memory, frame, delivery.info());
        cpu.set(RiscvRegisters.A0, delivery.signal());
        cpu.set(RiscvRegisters.A1, frame);
        cpu.set(RiscvRegisters.A2, frame + CONTEXT);
        cpu.set(RiscvRegisters.SP, frame);
        cpu.set(RiscvRegisters.RA, SoftwareArchitecture.COMMON_PAGE);
        cpu.set(RiscvRegisters.PC, delivery.action().handler() & ~1L);
    }

    private static void save(CpuState cpu, ByteBuffer frame, Delivery delivery) {
        AlternateStack alternate = delivery.alternateStack();
        frame.putLong(STACK, alternate.base())
                .putInt(STACK + 8, alternate.flags())
                .putLong(STACK + 16, alternate.size())
                .putLong(MASK, delivery.mask().low())
                .putLong(PC, cpu.get(RiscvRegisters.PC));
        for (int i = 1; i < 32; i++) {
            frame.putLong(PC + 8 * i, cpu.get(i));
        }
        ByteBuffer floats = floats(cpu);
        for (int i = 0; i < 32; i++) {
            frame.putLong(FLOATS + 8 * i, word(floats, RiscvRegisters.F0 + i));
        }
        frame.putInt(CONTROL, (int) word(floats, RiscvRegisters.FCSR));
    }

    /** The floating-point part of the state. */
    static ByteBuffer floats(CpuState cpu) {
        byte[] bytes = new byte[cpu.vectorSize()];
        cpu.readVector(bytes);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    static int offset(int register) {
        return 8 * (register - RiscvRegisters.F0);
    }

    static long word(ByteBuffer floats, int register) {
        return floats.getLong(offset(register));
    }

    @Override
    public Restored pop(CpuState cpu, GuestMemory memory) {
        byte[] bytes = new byte[SIZE];
        memory.read(cpu.get(RiscvRegisters.SP) + CONTEXT, bytes, CONTEXT, SIZE - CONTEXT);
        ByteBuffer frame = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 1; i < 32; i++) {
            cpu.set(i, frame.getLong(PC + 8 * i));
        }
        cpu.set(RiscvRegisters.PC, frame.getLong(PC) & ~1L);
        ByteBuffer floats = floats(cpu);
        for (int i = 0; i < 32; i++) {
            floats.putLong(offset(RiscvRegisters.F0 + i), frame.getLong(FLOATS + 8 * i));
        }
        floats.putLong(offset(RiscvRegisters.FCSR), frame.getInt(CONTROL) & FloatControl.WRITABLE);
        cpu.writeVector(floats.array());
        return new Restored(
                new SignalSet(frame.getLong(MASK), 0),
                new AlternateStack(frame.getLong(STACK), frame.getInt(STACK + 8), frame.getLong(STACK + 16)),
                frame.getInt(RESERVED) == 0 && frame.getLong(EXTENSION) == 0);
    }
}
