package org.nesteddune.mips;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.SignalFrames;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.linux.Signal;
import org.nesteddune.memory.GuestMemory;

/**
 * The signal frames of n64. Source: {@code arch/mips/kernel/signal.c}, {@code uapi/asm/sigcontext.h}, {@code uapi/asm/ucontext.h}.
 * Stateless, safe for any thread.
 *
 * <pre>
 *   808  end
 *   792    uc_sigmask (16)
 *   192    uc_mcontext (struct sigcontext, 600): sc_regs 0, sc_fpregs 256, sc_mdhi 512, sc_mdlo 544, sc_pc 576,
 *          sc_fpc_csr 584, sc_used_math 588
 *   168    uc_stack: ss_sp, ss_size, ss_flags
 *   152  struct ucontext                       a2 of the handler
 *    24  struct siginfo (128)                  a1 of the handler
 *     0  room for arguments, and padding       sp of the handler, a multiple of 16
 * </pre>
 */
final class MipsSignalFrames implements SignalFrames {

    private static final int INFO = 24;
    private static final int CONTEXT = 152;
    private static final int STACK = CONTEXT + 16;
    private static final int MACHINE = CONTEXT + 40;
    private static final int REGISTERS = MACHINE;
    private static final int FLOATS = MACHINE + 256;
    private static final int HI = MACHINE + 512;
    private static final int LO = MACHINE + 544;
    private static final int PC = MACHINE + 576;
    private static final int CONTROL = MACHINE + 584;
    private static final int USED_MATH = MACHINE + 588;
    private static final int MASK = MACHINE + 600;
    private static final int SIZE = MASK + 16;

    /** Left free below the stack pointer, where the kernel's emulator of floating-point branches may have instructions. */
    private static final int EMULATION = 32;

    /** USED_FP and USED_FR1. */
    private static final int USED = 3;

    private static final int SIGINFO_SIZE = 128;

    private final MipsAbi abi;

    MipsSignalFrames(MipsAbi abi) {
        this.abi = abi;
    }

    @Override
    public void push(CpuState cpu, GuestMemory memory, Delivery delivery) {
        long frame = (delivery.top(0) - EMULATION - SIZE) & -16;
        delivery.check(frame);
        byte[] bytes = new byte[SIZE];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        save(cpu, buffer, delivery);
        memory.write(frame, bytes, 0, INFO);
        memory.write(frame + CONTEXT, bytes, CONTEXT, SIZE - CONTEXT);
        if ((delivery.action().flags() & Signal.SA_SIGINFO) != 0) {
            abi.writeSignalInfo(memory, frame + INFO, delivery.info());
        } else {
            memory.clear(frame + INFO, SIGINFO_SIZE);
        }
        cpu.set(MipsRegisters.A0, delivery.signal());
        cpu.set(MipsRegisters.A1, frame + INFO);
        cpu.set(MipsRegisters.A2, frame + CONTEXT);
        cpu.set(MipsRegisters.SP, frame);
        cpu.set(MipsRegisters.RA, SoftwareArchitecture.COMMON_PAGE);
        cpu.set(MipsRegisters.T9, delivery.action().handler());
        cpu.set(MipsRegisters.PC, delivery.action().handler());
    }

    private void save(CpuState cpu, ByteBuffer frame, Delivery delivery) {
        AlternateStack alternate = delivery.alternateStack();
        frame.putLong(STACK, alternate.base())
                .putLong(STACK + 8, alternate.size())
                .putInt(STACK + 16, alternate.flags());
        for (int i = 1; i < 32; i++) {
            frame.putLong(REGISTERS + 8 * i, cpu.get(i));
        }
        byte[] vector = new byte[cpu.vectorSize()];
        cpu.readVector(vector);
        ByteBuffer floats = ByteBuffer.wrap(vector).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 32; i++) {
            frame.putLong(FLOATS + 8 * i, floats.getLong(8 * i));
        }
        frame.putInt(CONTROL, (int) control(floats));
        frame.putInt(USED_MATH, USED);
        frame.putLong(HI, cpu.get(MipsRegisters.HI));
        frame.putLong(LO, cpu.get(MipsRegisters.LO));
        frame.putLong(PC, cpu.get(MipsRegisters.PC));
        SignalSet mask = abi.signalSetToGuest(delivery.mask());
        frame.putLong(MASK, mask.low()).putLong(MASK + 8, mask.high());
    }

    /** The control register, with the cause of the last instruction. */
    static long control(ByteBuffer floats) {
        long control = floats.getLong(8 * (MipsRegisters.FCSR - MipsRegisters.F0));
        int last = 8 * (MipsRegisters.LAST - MipsRegisters.F0);
        long instruction = floats.getLong(last);
        return instruction == 0
                ? control
                : FloatControl.resolved(
                        control, (int) instruction, floats.getLong(last + 8), floats.getLong(last + 16),
                        floats.getLong(last + 24));
    }

    @Override
    public Restored pop(CpuState cpu, GuestMemory memory) {
        long address = cpu.get(MipsRegisters.SP);
        byte[] bytes = new byte[SIZE];
        memory.read(address + CONTEXT, bytes, CONTEXT, SIZE - CONTEXT);
        ByteBuffer frame = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 1; i < 32; i++) {
            cpu.set(i, frame.getLong(REGISTERS + 8 * i));
        }
        if ((frame.getInt(USED_MATH) & 1) != 0) {
            byte[] vector = new byte[cpu.vectorSize()];
            cpu.readVector(vector);
            ByteBuffer floats = ByteBuffer.wrap(vector).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < 32; i++) {
                floats.putLong(8 * i, frame.getLong(FLOATS + 8 * i));
            }
            FloatControl.restore(floats, frame.getInt(CONTROL));
            cpu.writeVector(vector);
        }
        cpu.set(MipsRegisters.HI, frame.getLong(HI));
        cpu.set(MipsRegisters.LO, frame.getLong(LO));
        cpu.set(MipsRegisters.PC, frame.getLong(PC));
        return new Restored(
                abi.signalSetFromGuest(new SignalSet(frame.getLong(MASK), frame.getLong(MASK + 8))),
                new AlternateStack(frame.getLong(STACK), frame.getInt(STACK + 16), frame.getLong(STACK + 8)),
                true);
    }
}
