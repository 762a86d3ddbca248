package org.nesteddune.mips;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.TracedCpu;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;

/**
 * Registers of MIPS as a tracer sees them. {@code elf_gregset_t} of n64: 45 doublewords, r0 to r31, lo, hi, pc, BadVAddr, Status, Cause,
 * the rest 0; PTRACE_GETREGS shows 38 of them. {@code elf_fpregset_t}: 32 doublewords, FCSR and FIR. The words of PTRACE_PEEKUSR are
 * numbered, not addressed. Source: {@code arch/mips/kernel/ptrace.c}, {@code uapi/asm/ptrace.h}, {@code asm/elf.h}. There is no single
 * step, and no watch register. Stateless.
 */
final class MipsTracedCpu implements TracedCpu {

    private static final int GENERAL = 45;
    private static final int SHOWN = 38;
    private static final int LO = 32;
    private static final int HI = 33;
    private static final int PC = 34;
    private static final int FLOATS = 32;
    private static final int FLOAT_SIZE = 8 * FLOATS + 8;

    // Numbers of PTRACE_PEEKUSR
    private static final int FPR_BASE = 32;
    private static final int USER_PC = 64;
    private static final int USER_CAUSE = 65;
    private static final int USER_BADVADDR = 66;
    private static final int USER_HI = 67;
    private static final int USER_LO = 68;
    private static final int USER_FCSR = 69;
    private static final int USER_FIR = 70;

    @Override
    public byte[] readSet(CpuState cpu, int type) {
        switch (type) {
            case Elf.NT_PRSTATUS -> {
                ByteBuffer set = buffer(new byte[8 * GENERAL]);
                for (int i = 0; i <= PC; i++) {
                    set.putLong(cpu.get(general(i)));
                }
                return set.array();
            }
            case Elf.NT_FPREGSET -> {
                ByteBuffer floats = vector(cpu);
                ByteBuffer set = buffer(new byte[FLOAT_SIZE]);
                for (int i = 0; i < FLOATS; i++) {
                    set.putLong(floats.getLong(8 * i));
                }
                set.putInt((int) MipsSignalFrames.control(floats)).putInt((int) FloatControl.IMPLEMENTATION);
                return set.array();
            }
            default -> {
                return null;
            }
        }
    }

    /** Of the registers in a set. */
    private static int general(int index) {
        return switch (index) {
            case LO -> MipsRegisters.LO;
            case HI -> MipsRegisters.HI;
            case PC -> MipsRegisters.PC;
            default -> index;
        };
    }

    /** At a call's beginning number and fourth argument are what a tracer makes of v0 and a3. */
    private static void setGeneral(CpuState cpu, int register, long value) {
        cpu.set(register, value);
        if (register == MipsRegisters.V0) {
            cpu.set(MipsRegisters.ORIG_V0, value);
        } else if (register == MipsRegisters.A3) {
            cpu.set(MipsRegisters.ORIG_A3, value);
        }
    }

    private static ByteBuffer buffer(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer vector(CpuState cpu) {
        byte[] bytes = new byte[cpu.vectorSize()];
        cpu.readVector(bytes);
        return buffer(bytes);
    }

    @Override
    public int generalSize() {
        return 8 * SHOWN;
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
                for (int i = 1; i <= PC && 8 * i < content.length; i++) {
                    setGeneral(cpu, general(i), set.getLong(8 * i));
                }
                return 0;
            }
            case Elf.NT_FPREGSET -> {
                ByteBuffer floats = vector(cpu);
                for (int i = 0; i < FLOATS && 8 * i < content.length; i++) {
                    floats.putLong(8 * i, set.getLong(8 * i));
                }
                if (content.length > 8 * FLOATS) {
                    FloatControl.restore(floats, set.getInt(8 * FLOATS));
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
    public long readUser(CpuState cpu, long number) {
        if (number >= 0 && number < FPR_BASE) {
            return cpu.get((int) number);
        }
        if (number >= FPR_BASE && number < USER_PC) {
            return vector(cpu).getLong(8 * ((int) number - FPR_BASE));
        }
        if (number < 0 || number > USER_FIR) {
            throw new ErrnoException(Errno.EIO);
        }
        return switch ((int) number) {
            case USER_PC -> cpu.get(MipsRegisters.PC);
            case USER_HI -> cpu.get(MipsRegisters.HI);
            case USER_LO -> cpu.get(MipsRegisters.LO);
            case USER_FCSR -> (int) MipsSignalFrames.control(vector(cpu));
            case USER_FIR -> FloatControl.IMPLEMENTATION;
            default -> 0; // USER_CAUSE, USER_BADVADDR: what a kernel notes of the last exception
        };
    }

    @Override
    public long writeUser(CpuState cpu, long number, long value) {
        if (number >= 0 && number < FPR_BASE) {
            if (number != 0) {
                setGeneral(cpu, (int) number, value);
            }
            return 0;
        }
        if (number >= FPR_BASE && number < USER_PC) {
            ByteBuffer floats = vector(cpu);
            floats.putLong(8 * ((int) number - FPR_BASE), value);
            cpu.writeVector(floats.array());
            return 0;
        }
        if (number < 0 || number > USER_FCSR || number == USER_CAUSE || number == USER_BADVADDR) {
            return -Errno.EIO;
        }
        switch ((int) number) {
            case USER_PC -> cpu.set(MipsRegisters.PC, value);
            case USER_HI -> cpu.set(MipsRegisters.HI, value);
            case USER_LO -> cpu.set(MipsRegisters.LO, value);
            default -> {
                ByteBuffer floats = vector(cpu);
                FloatControl.restore(floats, value);
                cpu.writeVector(floats.array());
            }
        }
        return 0;
    }

    @Override
    public void singleStep(CpuState cpu, boolean on) {
        // PTRACE_SINGLESTEP is refused.
    }

    /** v0 has the number there. */
    @Override
    public boolean hasResultAtEntry() {
        return false;
    }

    @Override
    public long syscallResult(CpuState cpu) {
        long value = cpu.get(MipsRegisters.V0);
        return cpu.get(MipsRegisters.A3) != 0 ? -value : value;
    }
}
