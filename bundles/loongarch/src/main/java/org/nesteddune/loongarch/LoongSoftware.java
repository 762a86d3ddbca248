package org.nesteddune.loongarch;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.FloatGuard;
import org.nesteddune.engine.software.GuestCpu;
import org.nesteddune.engine.software.InstructionFetch;
import org.nesteddune.engine.software.RegisterFile;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.linux.Elf;
import org.osgi.service.component.annotations.Component;

/** What the software engine knows of LoongArch64. Thread-safe. */
@Component(service = SoftwareArchitecture.class, property = Architecture.ELF_MACHINE + ":Integer=" + Elf.EM_LOONGARCH)
public final class LoongSoftware implements SoftwareArchitecture {

    /** ori $a7, $zero, 139 (rt_sigreturn); syscall 0: unwinders know a frame by these words. */
    private static final int[] SIGNAL_RETURN = {0x0382_2c0b, 0x002b_0000};

    // AT_HWCAP (arch/loongarch/include/uapi/asm/hwcap.h)
    private static final long HWCAP_CPUCFG = 1;
    private static final long HWCAP_LAM = 1 << 1;
    private static final long HWCAP_UAL = 1 << 2;
    private static final long HWCAP_FPU = 1 << 3;
    private static final long HWCAP_LSX = 1 << 4;
    private static final long HWCAP_CRC32 = 1 << 6;

    /** Steps of the stable counter in a second: it is CLOCK_MONOTONIC in nanoseconds, as the vDSO takes it. */
    private static final int COUNTER_FREQUENCY = 1_000_000_000;

    /**
     * Words 0 to 5 of CPUCFG: 64-bit addresses and the 48 bits there are of them, unaligned accesses, read and execute rights, CRC; floating
     * point of both precisions, version 1, LSX, the stable counter, atomic operations; and the counter's frequency as a crystal's
     * with a factor of 1. All others are 0.
     */
    private static final int[] CONFIGURATION = {
        0x14_c010,
        2 | 47 << 4 | 47 << 12 | 1 << 20 | 1 << 21 | 1 << 22 | 1 << 25,
        1 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 6 | 1 << 14 | 1 << 15 | 1 << 22,
        1,
        COUNTER_FREQUENCY,
        1 | 1 << 16
    };

    private static final int CRC_32 = 0xedb8_8320;
    private static final int CRC_32C = 0x82f6_3b78;

    @Override
    public RegisterFile registers() {
        return LoongRegisters.FILE;
    }

    @Override
    public void decode(long pc, InstructionFetch code, BlockBuilder block) {
        new LoongDecoder(code, block).decode(pc);
    }

    @Override
    public long call(GuestCpu cpu, int function, long a, long b) {
        if ((function & Call.VECTOR) != 0) {
            return VectorOp.execute(cpu, function, a, b);
        }
        if (function >= Call.FLOAT) {
            return LoongFloat.execute(cpu, function, a, b);
        }
        if (function >= Call.CRC) {
            return function >= Call.CRCC
                    ? crc(CRC_32C, (int) b, a, function - Call.CRCC >> 2)
                    : crc(CRC_32, (int) b, a, function - Call.CRC >> 2);
        }
        switch (function) {
            case Call.RESOLVE -> FloatControl.resolve(cpu.registers());
            case Call.CODE_BARRIER -> cpu.recheckCode();
            case Call.WRITTEN -> {
                if (b > 0 && a >= 0 && a + b > a) {
                    cpu.invalidate(a, b);
                }
            }
            case Call.ABOVE -> {
                if (a <= b) {
                    throw cpu.exit(new Exit.BoundsFault(a, b, -1));
                }
            }
            case Call.NOT_ABOVE -> {
                if (a > b) {
                    throw cpu.exit(new Exit.BoundsFault(a, 0, b));
                }
            }
            case Call.COUNTER -> {
                return System.nanoTime();
            }
            case Call.CPUCFG -> {
                return configuration(a);
            }
            default -> throw new IllegalStateException("function " + function);
        }
        return 0;
    }

    /** What CPUCFG tells. */
    static long configuration(long number) {
        return number >= 0 && number < CONFIGURATION.length ? CONFIGURATION[(int) number] : 0;
    }

    private static long crc(int polynomial, int start, long data, int bytes) {
        int crc = start;
        long rest = data;
        for (int i = 0; i < bytes; i++, rest >>>= 8) {
            crc ^= (int) rest & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc >>> 1 ^ polynomial & -(crc & 1);
            }
        }
        return crc;
    }

    @Override
    public int[] callRegisters() {
        List<Integer> registers = new ArrayList<>(List.of(LoongRegisters.FCSR));
        for (int i = 0; i < 4; i++) {
            registers.add(LoongRegisters.ASKED + i);
        }
        for (int i = 0; i < LoongRegisters.OPERANDS; i++) {
            registers.add(LoongRegisters.OPERAND + i);
        }
        return registers.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public FloatGuard floatGuard() {
        return FloatControl.GUARD;
    }

    @Override
    public long[] hardwareCapabilities() {
        return new long[] {HWCAP_CPUCFG | HWCAP_LAM | HWCAP_UAL | HWCAP_FPU | HWCAP_LSX | HWCAP_CRC32, 0};
    }

    @Override
    public int[] commonPage() {
        return SIGNAL_RETURN;
    }
}
