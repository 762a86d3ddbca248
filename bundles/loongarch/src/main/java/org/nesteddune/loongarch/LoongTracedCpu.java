package org.nesteddune.loongarch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.TracedCpu;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.syscall.ErrnoException;

/**
 * Registers of LoongArch64 as a tracer sees them. Source: {@code arch/loongarch/kernel/ptrace.c}, {@code uapi/asm/ptrace.h}. The words of
 * PTRACE_PEEKUSR are numbered, not addressed. Stateless.
 *
 * <pre>
 * NT_PRSTATUS          45 doublewords: r0 to r31, orig_a0, pc, the address of the last fault (0 here), 10 of 0
 * NT_PRFPREG           f0 to f31, fcc (a byte each), fcsr (4), padding (4)
 * NT_LOONGARCH_CPUCFG  64 words
 * NT_LOONGARCH_LSX     vr0 to vr31
 * </pre>
 */
final class LoongTracedCpu implements TracedCpu {

    // linux/elf.h
    static final int NT_LOONGARCH_CPUCFG = 0xa00;
    static final int NT_LOONGARCH_LSX = 0xa02;

    private static final int GENERAL = 45;
    private static final int REGISTERS = 32;
    private static final int ORIG_A0 = 32;
    private static final int PC = 33;
    private static final int FAULT = 34;
    private static final int FLAGS = 8 * REGISTERS;
    private static final int CONTROL = FLAGS + 8;
    private static final int FLOAT_SIZE = CONTROL + 8;
    private static final int CONFIGURATION_WORDS = 64;

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
                ByteBuffer vectors = LoongSignalFrames.vectors(cpu);
                ByteBuffer set = buffer(new byte[FLOAT_SIZE]);
                for (int i = 0; i < REGISTERS; i++) {
                    set.putLong(LoongSignalFrames.word(vectors, LoongRegisters.F0 + i));
                }
                for (int i = 0; i < 8; i++) {
                    set.put((byte) LoongSignalFrames.word(vectors, LoongRegisters.FCC0 + i));
                }
                return set.putInt((int) LoongSignalFrames.control(vectors)).array();
            }
            case NT_LOONGARCH_CPUCFG -> {
                ByteBuffer set = buffer(new byte[4 * CONFIGURATION_WORDS]);
                for (int i = 0; i < CONFIGURATION_WORDS; i++) {
                    set.putInt((int) LoongSoftware.configuration(i));
                }
                return set.array();
            }
            case NT_LOONGARCH_LSX -> {
                ByteBuffer vectors = LoongSignalFrames.vectors(cpu);
                ByteBuffer set = buffer(new byte[16 * REGISTERS]);
                for (int i = 0; i < REGISTERS; i++) {
                    set.putLong(LoongSignalFrames.word(vectors, LoongRegisters.F0 + i))
                            .putLong(LoongSignalFrames.word(vectors, LoongRegisters.H0 + i));
                }
                return set.array();
            }
            default -> {
                return null;
            }
        }
    }

    /** Of the registers in a set. */
    private static int general(int index) {
        return index == PC ? LoongRegisters.PC : index == ORIG_A0 ? LoongRegisters.ORIG_A0 : index;
    }

    private static ByteBuffer buffer(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public long writeSet(CpuState cpu, int type, byte[] content) {
        ByteBuffer set = buffer(content);
        switch (type) {
            case Elf.NT_PRSTATUS -> {
                for (int i = 1; i <= PC && 8 * i < content.length; i++) {
                    cpu.set(general(i), set.getLong(8 * i));
                }
                return 0;
            }
            case Elf.NT_FPREGSET -> {
                writeFloats(cpu, set, content.length);
                return 0;
            }
            case NT_LOONGARCH_LSX -> {
                ByteBuffer vectors = LoongSignalFrames.vectors(cpu);
                for (int i = 0; 8 * i < content.length; i++) {
                    int register = ((i & 1) == 0 ? LoongRegisters.F0 : LoongRegisters.H0) + i / 2;
                    vectors.putLong(LoongSignalFrames.offset(register), set.getLong(8 * i));
                }
                cpu.writeVector(vectors.array());
                return 0;
            }
            default -> {
                return -Errno.EINVAL;
            }
        }
    }

    private static void writeFloats(CpuState cpu, ByteBuffer set, int length) {
        ByteBuffer vectors = LoongSignalFrames.vectors(cpu);
        for (int i = 0; i < REGISTERS && 8 * i < length; i++) {
            vectors.putLong(LoongSignalFrames.offset(LoongRegisters.F0 + i), set.getLong(8 * i));
        }
        if (length > FLAGS) {
            for (int i = 0; i < 8; i++) {
                vectors.putLong(LoongSignalFrames.offset(LoongRegisters.FCC0 + i), set.get(FLAGS + i) & 1);
            }
        }
        if (length > CONTROL) {
            LoongSignalFrames.setControl(vectors, set.getInt(CONTROL));
        }
        cpu.writeVector(vectors.array());
    }

    @Override
    public long readUser(CpuState cpu, long number) {
        if (number < 0 || number > FAULT) {
            throw new ErrnoException(Errno.EIO);
        }
        return number == FAULT ? 0 : cpu.get(general((int) number));
    }

    @Override
    public long writeUser(CpuState cpu, long number, long value) {
        if (number < 0 || number > FAULT) {
            return -Errno.EIO;
        }
        if (number != 0 && number != FAULT) {
            cpu.set(general((int) number), value);
        }
        return 0;
    }

    @Override
    public void singleStep(CpuState cpu, boolean on) {
        // do_watch of arch/loongarch/kernel/traps.c says no more of the trap.
        cpu.stepping(on ? Signal.SI_KERNEL : 0);
    }

    @Override
    public long syscallResult(CpuState cpu) {
        return cpu.get(LoongRegisters.A0);
    }
}
