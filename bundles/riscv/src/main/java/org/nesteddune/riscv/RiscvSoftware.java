package org.nesteddune.riscv;

import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.software.FloatGuard;
import org.nesteddune.engine.software.GuestCpu;
import org.nesteddune.engine.software.InstructionFetch;
import org.nesteddune.engine.software.RegisterFile;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.linux.Elf;
import org.osgi.service.component.annotations.Component;

/** What the software engine knows of RISC-V 64. Thread-safe. */
@Component(service = SoftwareArchitecture.class, property = Architecture.ELF_MACHINE + ":Integer=" + Elf.EM_RISCV)
public final class RiscvSoftware implements SoftwareArchitecture {

    /** Steps of the counters in a second: they are CLOCK_MONOTONIC in nanoseconds, as the vDSO takes TIME. */
    static final int COUNTER_FREQUENCY = 1_000_000_000;

    /** li a7, 139 (rt_sigreturn); ecall: unwinders know a frame by these words. */
    private static final int[] SIGNAL_RETURN = {0x08b0_0893, 0x0000_0073};

    // AT_HWCAP: a bit for each letter of the single-letter extensions (uapi/asm/hwcap.h)
    private static final long IMAFDC = 1 << 'I' - 'A' | 1 << 'M' - 'A' | 1 | 1 << 'F' - 'A' | 1 << 'D' - 'A' | 1 << 'C' - 'A';

    /** All that a guest can address. */
    private static final long ALL = 1L << 47;

    @Override
    public RegisterFile registers() {
        return RiscvRegisters.FILE;
    }

    @Override
    public int instructionUnit() {
        return Short.BYTES;
    }

    @Override
    public void decode(long pc, InstructionFetch code, BlockBuilder block) {
        new RiscvDecoder(code, block).decode(pc);
    }

    @Override
    public long call(GuestCpu cpu, int function, long a, long b) {
        switch (function) {
            case Call.COUNTER -> {
                return System.nanoTime();
            }
            case Call.CODE_BARRIER -> cpu.recheckCode();
            case Call.CODE_CHANGED -> changed(cpu, a, b);
            default -> {
                return RiscvFloat.execute(cpu, function, a, b);
            }
        }
        return 0;
    }

    /** The kernel does not look at the range and takes all; so does this if it is none. */
    private static void changed(GuestCpu cpu, long start, long end) {
        if (start == -1) {
            return;
        }
        if (start >= 0 && start < end && end <= ALL) {
            cpu.invalidate(start, end - start);
        } else {
            cpu.recheckCode();
        }
    }

    @Override
    public int[] callRegisters() {
        return new int[] {RiscvRegisters.FCSR, RiscvRegisters.OPERAND};
    }

    @Override
    public FloatGuard floatGuard() {
        return FloatControl.GUARD;
    }

    @Override
    public long[] hardwareCapabilities() {
        return new long[] {IMAFDC, 0};
    }

    @Override
    public int[] commonPage() {
        return SIGNAL_RETURN;
    }
}
