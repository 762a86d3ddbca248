package org.nesteddune.mips;

import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.software.FloatGuard;
import org.nesteddune.engine.software.GuestCpu;
import org.nesteddune.engine.software.InstructionFetch;
import org.nesteddune.engine.software.RegisterFile;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.linux.Elf;
import org.osgi.service.component.annotations.Component;

/** What the software engine knows of MIPS64. Thread-safe. */
@Component(service = SoftwareArchitecture.class, property = Architecture.ELF_MACHINE + ":Integer=" + Elf.EM_MIPS)
public final class MipsSoftware implements SoftwareArchitecture {

    /** li $v0, 5211 (rt_sigreturn); syscall */
    private static final int[] SIGNAL_RETURN = {0x2402_145b, 0x0000_000c};

    /** Bytes that a SYNCI makes visible at least. */
    private static final int LINE = 32;

    @Override
    public RegisterFile registers() {
        return MipsRegisters.FILE;
    }

    @Override
    public void decode(long pc, InstructionFetch code, BlockBuilder block) {
        new MipsDecoder(code, block).decode(pc);
    }

    @Override
    public long call(GuestCpu cpu, int function, long a, long b) {
        if ((function & Call.FLOAT) != 0) {
            return MipsFloat.execute(cpu, function, a, b);
        }
        switch (function) {
            case Call.SWL -> storeLeft(cpu, a, b, 4);
            case Call.SWR -> storeRight(cpu, a, b, 4);
            case Call.SDL -> storeLeft(cpu, a, b, 8);
            case Call.SDR -> storeRight(cpu, a, b, 8);
            case Call.SYNCI -> cpu.invalidate(a & -LINE, LINE);
            case Call.RESOLVE -> FloatControl.resolve(cpu.registers(), MipsRegisters.ASKED);
            case Call.FLUSH -> flush(cpu, a, b);
            case Call.CPU_NUMBER -> {
                try (NativeBuffer number = new NativeBuffer(Integer.BYTES)) {
                    Linux.call(SyscallNumbers.SYS_getcpu, number.address(), 0, 0);
                    return Memory.getInt(number.address());
                }
            }
            case Call.CYCLES -> {
                return (int) System.nanoTime();
            }
            case Call.NANOSECONDS -> {
                return System.nanoTime();
            }
            case Call.READ_CONTROL -> {
                return FloatControl.read(cpu.registers(), (int) a);
            }
            case Call.WRITE_CONTROL -> FloatControl.write(cpu, (int) a, b);
            default -> throw new IllegalStateException("function " + function);
        }
        return 0;
    }

    private static void flush(GuestCpu cpu, long address, long length) {
        if (length != 0 && address >= 0 && address + length > address) {
            cpu.invalidate(address, length);
        }
    }

    /** SWL, SDL: the upper bytes of the register to the aligned word's beginning, up to the address. */
    private static void storeLeft(GuestCpu cpu, long address, long value, int bytes) {
        int last = (int) address & bytes - 1;
        long start = address - last;
        for (int i = 0; i <= last; i++) {
            cpu.store(start + i, value >>> 8 * (bytes - 1 - last + i), 1);
        }
    }

    /** SWR, SDR: the lower bytes of the register from the address to the aligned word's end. */
    private static void storeRight(GuestCpu cpu, long address, long value, int bytes) {
        int count = bytes - ((int) address & bytes - 1);
        for (int i = 0; i < count; i++) {
            cpu.store(address + i, value >>> 8 * i, 1);
        }
    }

    @Override
    public int[] callRegisters() {
        return new int[] {
            MipsRegisters.FCSR, MipsRegisters.ASKED, MipsRegisters.ASKED + 1, MipsRegisters.ASKED + 2, MipsRegisters.ASKED + 3
        };
    }

    @Override
    public int alignmentRegister() {
        return MipsRegisters.STRICT;
    }

    @Override
    public FloatGuard floatGuard() {
        return FloatControl.GUARD;
    }

    @Override
    public long[] hardwareCapabilities() {
        return new long[] {0, 0};
    }

    @Override
    public int[] commonPage() {
        return SIGNAL_RETURN;
    }
}
