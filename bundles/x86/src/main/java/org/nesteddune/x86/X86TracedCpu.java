package org.nesteddune.x86;

import static org.nesteddune.x86.X86Registers.*;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Supplier;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.TracedCpu;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;

/**
 * Registers of x86-64 as a tracer sees them: {@code struct user_regs_struct} (NT_PRSTATUS), FXSAVE's area (NT_PRFPREG) and
 * XSAVE's (NT_X86_XSTATE). Source: arch/x86/kernel/ptrace.c. There are no debug registers, so no hardware breakpoints.
 */
final class X86TracedCpu implements TracedCpu {

    /** {@code linux/elf.h}. */
    static final int NT_X86_XSTATE = 0x202;

    private static final int FXSAVE_SIZE = 512;

    // Entries that are no register of ours: selectors, which never change.
    private static final int CS = -0x33;
    private static final int SS = -0x2b;
    private static final int NULL_SELECTOR = -0x10000;

    /** {@code struct user_regs_struct}: registers, or negated selectors. */
    private static final int[] REGISTERS = {
        R15, R14, R13, R12, RBP, RBX, R11, R10, R9, R8, RAX, RCX, RDX, RSI, RDI, ORIG_RAX, RIP, CS, RFLAGS, RSP, SS,
        FS_BASE, GS_BASE, NULL_SELECTOR, NULL_SELECTOR, NULL_SELECTOR, NULL_SELECTOR
    };

    /** Bytes of {@code struct user}, whose last words are the debug registers ({@code asm/user_64.h}). */
    private static final int USER_SIZE = 912;
    private static final int DEBUG_REGISTERS = 848;

    /** FLAG_MASK: what of the flags may be changed: CF PF AF ZF SF TF DF OF RF AC. */
    private static final long FLAGS = 0x50dd5;

    private static final long TF = 1 << 8;
    private static final long TASK_SIZE_MAX = (1L << 47) - 4096;

    private final Supplier<XStateLayout> layout;

    X86TracedCpu(Supplier<XStateLayout> layout) {
        this.layout = layout;
    }

    @Override
    public byte[] readSet(CpuState cpu, int type) {
        switch (type) {
            case Elf.NT_PRSTATUS -> {
                ByteBuffer registers = buffer(new byte[REGISTERS.length * Long.BYTES]);
                for (int entry : REGISTERS) {
                    registers.putLong(read(cpu, entry));
                }
                return registers.array();
            }
            case Elf.NT_FPREGSET -> {
                byte[] legacy = new byte[FXSAVE_SIZE];
                System.arraycopy(vector(cpu), 0, legacy, 0, Math.min(FXSAVE_SIZE, cpu.vectorSize()));
                return legacy;
            }
            case NT_X86_XSTATE -> {
                byte[] area = vector(cpu);
                if (!FloatingPointFrame.isExtended(area.length)) {
                    return null;
                }
                buffer(area).putLong(XStateLayout.SOFTWARE, layout.get().components(area.length));
                return area;
            }
            default -> {
                return null;
            }
        }
    }

    private static ByteBuffer buffer(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] vector(CpuState cpu) {
        byte[] area = new byte[cpu.vectorSize()];
        cpu.readVector(area);
        return area;
    }

    private static long read(CpuState cpu, int entry) {
        if (entry >= 0) {
            return cpu.get(entry);
        }
        return entry == NULL_SELECTOR ? 0 : -entry;
    }

    @Override
    public long writeSet(CpuState cpu, int type, byte[] content) {
        switch (type) {
            case Elf.NT_PRSTATUS -> {
                return writeRegisters(cpu, buffer(content), content.length / Long.BYTES);
            }
            case Elf.NT_FPREGSET, NT_X86_XSTATE -> {
                byte[] area = vector(cpu);
                if (content.length > area.length) {
                    return -Errno.EFAULT;
                }
                System.arraycopy(content, 0, area, 0, content.length);
                return cpu.writeVector(area) ? 0 : -Errno.EINVAL;
            }
            default -> {
                return -Errno.EINVAL;
            }
        }
    }

    private static long writeRegisters(CpuState cpu, ByteBuffer values, int count) {
        for (int i = 0; i < count; i++) {
            if (!isPossible(REGISTERS[i], values.getLong(i * Long.BYTES))) {
                return -Errno.EIO;
            }
        }
        for (int i = 0; i < count; i++) {
            write(cpu, REGISTERS[i], values.getLong(i * Long.BYTES));
        }
        return 0;
    }

    private static boolean isPossible(int entry, long value) {
        return switch (entry) {
            case FS_BASE, GS_BASE -> Long.compareUnsigned(value, TASK_SIZE_MAX) < 0;
            case CS, SS -> (value & 0xffff) == -entry;
            case NULL_SELECTOR -> (value & 0xffff) == 0 || (value & 0xffff) == -SS;
            default -> true;
        };
    }

    private static void write(CpuState cpu, int entry, long value) {
        if (entry == RFLAGS) {
            cpu.set(RFLAGS, cpu.get(RFLAGS) & ~FLAGS | value & FLAGS);
        } else if (entry >= 0) {
            cpu.set(entry, value);
        }
    }

    @Override
    public long readUser(CpuState cpu, long offset) {
        if (offset < 0 || offset % Long.BYTES != 0 || offset >= USER_SIZE) {
            throw new ErrnoException(Errno.EIO);
        }
        int index = (int) offset / Long.BYTES;
        return index < REGISTERS.length ? read(cpu, REGISTERS[index]) : 0;
    }

    @Override
    public long writeUser(CpuState cpu, long offset, long value) {
        if (offset < 0 || offset % Long.BYTES != 0 || offset >= USER_SIZE) {
            return -Errno.EIO;
        }
        int index = (int) offset / Long.BYTES;
        if (index >= REGISTERS.length) {
            // Debug registers may be cleared, which they are.
            return offset >= DEBUG_REGISTERS && value == 0 ? 0 : -Errno.EIO;
        }
        if (!isPossible(REGISTERS[index], value)) {
            return -Errno.EIO;
        }
        write(cpu, REGISTERS[index], value);
        return 0;
    }

    @Override
    public void singleStep(CpuState cpu, boolean on) {
        long flags = cpu.get(RFLAGS);
        cpu.set(RFLAGS, on ? flags | TF : flags & ~TF);
    }

    @Override
    public long syscallResult(CpuState cpu) {
        return cpu.get(RAX);
    }
}
