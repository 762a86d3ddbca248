package org.nesteddune.riscv;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.TracedCpu;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;

/**
 * Registers of RISC-V as a tracer sees them. Source: {@code arch/riscv/kernel/ptrace.c}, {@code uapi/asm/ptrace.h}. There is no single
 * step, and nothing for PTRACE_PEEKUSR. Stateless.
 *
 * <pre>
 * NT_PRSTATUS   32 doublewords: pc, x1 to x31
 * NT_PRFPREG    f0 to f31, fcsr (4), padding (4)
 * </pre>
 */
final class RiscvTracedCpu implements TracedCpu {

    private static final int REGISTERS = 32;
    private static final int CONTROL = 8 * REGISTERS;
    private static final int FLOAT_SIZE = CONTROL + 8;

    @Override
    public byte[] readSet(CpuState cpu, int type) {
        switch (type) {
            case Elf.NT_PRSTATUS -> {
                ByteBuffer set = buffer(new byte[8 * REGISTERS]);
                for (int i = 0; i < REGISTERS; i++) {
                    set.putLong(cpu.get(general(i)));
                }
                return set.array();
            }
            case Elf.NT_FPREGSET -> {
                ByteBuffer floats = RiscvSignalFrames.floats(cpu);
                ByteBuffer set = buffer(new byte[FLOAT_SIZE]);
                for (int i = 0; i < REGISTERS; i++) {
                    set.putLong(RiscvSignalFrames.word(floats, RiscvRegisters.F0 + i));
                }
                return set.putInt((int) RiscvSignalFrames.word(floats, RiscvRegisters.FCSR)).array();
            }
            default -> {
                return null;
            }
        }
    }

    /** Of the registers in a set: in x0's place is pc. */
    private static int general(int index) {
        return index == 0 ? RiscvRegisters.PC : index;
    }

    private static ByteBuffer buffer(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public boolean canStep() {
        return false;
    }

    @Override
    public long writeSet(CpuState cpu, int type, byte[] content) {
        ByteBuffer set = buffer(content);
        switch (type) {
            case Elf.NT_PRSTATUS -> {
                for (int i = 0; i < REGISTERS && 8 * i < content.length; i++) {
                    cpu.set(general(i), i == 0 ? set.getLong(0) & ~1L : set.getLong(8 * i));
                }
                return 0;
            }
            case Elf.NT_FPREGSET -> {
                ByteBuffer floats = RiscvSignalFrames.floats(cpu);
                for (int i = 0; i < REGISTERS && 8 * i < content.length; i++) {
                    floats.putLong(RiscvSignalFrames.offset(RiscvRegisters.F0 + i), set.getLong(8 * i));
                }
                if (content.length > CONTROL) {
                    floats.putLong(
                            RiscvSignalFrames.offset(RiscvRegisters.FCSR), set.getInt(CONTROL) & FloatControl.WRITABLE);
                }
                cpu.writeVector(floats.array());
                return 0;
            }
            default -> {
                return -Errno.EINVAL;
            }
        }
    }

    @Override
    public long readUser(CpuState cpu, long offset) {
        throw new ErrnoException(Errno.EIO);
    }

    @Override
    public long writeUser(CpuState cpu, long offset, long value) {
        return -Errno.EIO;
    }

    @Override
    public void singleStep(CpuState cpu, boolean on) {
        // PTRACE_SINGLESTEP is refused.
    }

    @Override
    public long syscallResult(CpuState cpu) {
        return cpu.get(RiscvRegisters.A0);
    }
}
