package org.nesteddune.loongarch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.SignalFrames;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.linux.Signal;
import org.nesteddune.memory.GuestMemory;

/**
 * The signal frames of LoongArch64. Source: {@code arch/loongarch/kernel/signal.c}, {@code uapi/asm/sigcontext.h}, {@code
 * uapi/asm/ucontext.h}. Stateless, safe for any thread.
 *
 * <pre>
 *   1136  end, a multiple of 16
 *   1120    sctx_info of the end: magic 0, size 0
 *    592    lsx_context: 32 registers of 16 bytes, fcc (8), fcsr (4); then to the next multiple of 16
 *    576    sctx_info of LSX: magic, size with this record (544)
 *    304    uc_mcontext (struct sigcontext): sc_pc, sc_regs (256), sc_flags; then to the next multiple of 16
 *    168    uc_sigmask, and room for more
 *    144    uc_stack
 *    128  struct ucontext                     a2 of the handler
 *      0  struct siginfo                      sp and a1 of the handler
 * </pre>
 */
final class LoongSignalFrames implements SignalFrames {

    private static final int CONTEXT = 128;
    private static final int STACK = CONTEXT + 16;
    private static final int MASK = CONTEXT + 40;
    private static final int MACHINE = CONTEXT + 176;
    private static final int PC = MACHINE;
    private static final int REGISTERS = MACHINE + 8;
    private static final int FLAGS = MACHINE + 264;
    private static final int EXTENSIONS = MACHINE + 272;
    private static final int INFO_SIZE = 16;
    private static final int LSX_SIZE = INFO_SIZE + 528;
    private static final int SIZE = EXTENSIONS + LSX_SIZE + INFO_SIZE;

    // uapi/asm/sigcontext.h
    private static final int SC_USED_FP = 1;
    private static final int FPU_CTX_MAGIC = 0x4650_5501;
    private static final int LSX_CTX_MAGIC = 0x5358_0001;
    private static final int FPU_CONTEXT = 8 * 32 + 16;
    private static final int LSX_CONTEXT = 16 * 32 + 16;

    /** More records than there are kinds of make no sense; the kernel would go on through them. */
    private static final int MOST_RECORDS = 64;

    private static final int SIGINFO_SIZE = 128;

    private final LoongAbi abi;

    LoongSignalFrames(LoongAbi abi) {
        this.abi = abi;
    }

    @Override
    public void push(CpuState cpu, GuestMemory memory, Delivery delivery) {
        long frame = (delivery.top(0) & -16) - SIZE;
        delivery.check(frame);
        byte[] bytes = new byte[SIZE];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        save(cpu, buffer, delivery);
        memory.write(frame + CONTEXT, bytes, CONTEXT, SIZE - CONTEXT);
        if ((delivery.action().flags() & Signal.SA_SIGINFO) != 0) {
            abi.writeSignalInfo(memory, frame, delivery.info());
        } else {
            memory.clear(frame, SIGINFO_SIZE);
        }
        cpu.set(LoongRegisters.A0, delivery.signal());
        cpu.set(LoongRegisters.A1, frame);
        cpu.set(LoongRegisters.A2, frame + CONTEXT);
        cpu.set(LoongRegisters.SP, frame);
        cpu.set(LoongRegisters.RA, SoftwareArchitecture.COMMON_PAGE);
        cpu.set(LoongRegisters.PC, delivery.action().handler());
    }

    private static void save(CpuState cpu, ByteBuffer frame, Delivery delivery) {
        AlternateStack alternate = delivery.alternateStack();
        frame.putLong(STACK, alternate.base())
                .putInt(STACK + 8, alternate.flags())
                .putLong(STACK + 16, alternate.size())
                .putLong(MASK, delivery.mask().low())
                .putLong(PC, cpu.get(LoongRegisters.PC));
        for (int i = 1; i < 32; i++) {
            frame.putLong(REGISTERS + 8 * i, cpu.get(i));
        }
        frame.putInt(FLAGS, SC_USED_FP).putInt(EXTENSIONS, LSX_CTX_MAGIC).putInt(EXTENSIONS + 4, LSX_SIZE);
        ByteBuffer vectors = vectors(cpu);
        int context = EXTENSIONS + INFO_SIZE;
        for (int i = 0; i < 32; i++) {
            frame.putLong(context + 16 * i, word(vectors, LoongRegisters.F0 + i))
                    .putLong(context + 16 * i + 8, word(vectors, LoongRegisters.H0 + i));
        }
        for (int i = 0; i < 8; i++) {
            frame.put(context + 512 + i, (byte) word(vectors, LoongRegisters.FCC0 + i));
        }
        frame.putInt(context + 520, (int) control(vectors));
    }

    static ByteBuffer vectors(CpuState cpu) {
        byte[] bytes = new byte[cpu.vectorSize()];
        cpu.readVector(bytes);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    static int offset(int register) {
        return 8 * (register - LoongRegisters.F0);
    }

    static long word(ByteBuffer vectors, int register) {
        return vectors.getLong(offset(register));
    }

    /** The control register, with the cause of the last instruction. */
    static long control(ByteBuffer vectors) {
        return FloatControl.resolved(
                word(vectors, LoongRegisters.FCSR), (int) word(vectors, LoongRegisters.LAST),
                word(vectors, LoongRegisters.LAST_A), word(vectors, LoongRegisters.LAST_B),
                word(vectors, LoongRegisters.LAST_C));
    }

    /** Sets the control register, with a cause. */
    static void setControl(ByteBuffer vectors, int value) {
        vectors.putLong(offset(LoongRegisters.FCSR), value & FloatControl.WRITABLE);
        vectors.putLong(offset(LoongRegisters.LAST), 0);
    }

    @Override
    public Restored pop(CpuState cpu, GuestMemory memory) {
        long address = cpu.get(LoongRegisters.SP);
        byte[] bytes = new byte[EXTENSIONS];
        memory.read(address + CONTEXT, bytes, CONTEXT, EXTENSIONS - CONTEXT);
        ByteBuffer frame = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        boolean whole = restoreVectors(cpu, memory, address + EXTENSIONS);
        if (whole) {
            for (int i = 1; i < 32; i++) {
                cpu.set(i, frame.getLong(REGISTERS + 8 * i));
            }
            cpu.set(LoongRegisters.PC, frame.getLong(PC));
        }
        return new Restored(
                new SignalSet(frame.getLong(MASK), 0),
                new AlternateStack(frame.getLong(STACK), frame.getInt(STACK + 8), frame.getLong(STACK + 16)),
                whole);
    }

    /** Goes through the records; false if there is one that nobody knows. */
    private static boolean restoreVectors(CpuState cpu, GuestMemory memory, long extensions) {
        long record = extensions;
        long found = 0;
        boolean lsx = false;
        for (int i = 0; i < MOST_RECORDS; i++) {
            int magic = memory.readInt(record);
            int size = memory.readInt(record + 4);
            if (magic == 0) {
                if (found != 0) {
                    restore(cpu, memory, found + INFO_SIZE, lsx);
                }
                return true;
            }
            lsx = magic == LSX_CTX_MAGIC;
            if (!lsx && magic != FPU_CTX_MAGIC
                    || Integer.compareUnsigned(size, INFO_SIZE + (lsx ? LSX_CONTEXT : FPU_CONTEXT)) < 0) {
                return false;
            }
            found = record;
            record += size & 0xffff_ffffL;
        }
        return false;
    }

    private static void restore(CpuState cpu, GuestMemory memory, long context, boolean lsx) {
        byte[] bytes = new byte[lsx ? LSX_CONTEXT : FPU_CONTEXT];
        memory.read(context, bytes, 0, bytes.length);
        ByteBuffer record = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer vectors = vectors(cpu);
        int step = lsx ? 16 : 8;
        for (int i = 0; i < 32; i++) {
            vectors.putLong(offset(LoongRegisters.F0 + i), record.getLong(step * i));
            if (lsx) {
                vectors.putLong(offset(LoongRegisters.H0 + i), record.getLong(step * i + 8));
            }
        }
        for (int i = 0; i < 8; i++) {
            vectors.putLong(offset(LoongRegisters.FCC0 + i), record.get(step * 32 + i) & 1);
        }
        setControl(vectors, record.getInt(step * 32 + 8));
        cpu.writeVector(vectors.array());
    }
}
