package org.nesteddune.mips;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.CoreLayout;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.RegisterSet;
import org.nesteddune.arch.SignalFrames;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.arch.TracedCpu;
import org.nesteddune.arch.Vdso;
import org.nesteddune.engine.software.ClockVdso;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Signal;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** MIPS64, little-endian, with the n64 ABI. Thread-safe. */
@Component(
        service = Architecture.class,
        property = {Architecture.NAME + "=" + MipsArchitecture.ID, Architecture.ELF_MACHINE + ":Integer=" + Elf.EM_MIPS})
public final class MipsArchitecture implements Architecture, AutoCloseable {

    /** The architecture's name. */
    static final String ID = "mips64el";

    private static final int PAGE_SIZE = 4096;
    private static final int INSTRUCTION = 4;
    private static final int GREATEST_ERRNO = 4095;

    // e_flags (arch/mips/include/asm/elf.h)
    private static final int EF_MIPS_ABI2 = 0x20;
    private static final int EF_MIPS_NAN2008 = 0x400;
    private static final int EF_MIPS_ABI = 0xf000;
    private static final int EF_MIPS_ARCH = 0xf000_0000;
    private static final int EF_MIPS_ARCH_32R6 = 0x9000_0000;
    private static final int EF_MIPS_ARCH_64R6 = 0xa000_0000;

    private final MipsAbi abi = new MipsAbi();
    private final SignalFrames frames = new MipsSignalFrames(abi);
    private final TracedCpu traced = new MipsTracedCpu();
    private final CoreLayout core = CoreLayout.of(traced);
    private final ClockVdso vdso = new ClockVdso(MipsArchitecture.class, "vdso/mips64el.so", PAGE_SIZE);

    @Override
    public String name() {
        return ID;
    }

    @Override
    public String unameMachine() {
        return "mips64";
    }

    @Override
    public String platform() {
        return null;
    }

    @Override
    public int elfMachine() {
        return Elf.EM_MIPS;
    }

    @Override
    public String refusal(int elfFlags) {
        if ((elfFlags & EF_MIPS_ABI2) != 0) {
            return "is of the n32 ABI, and only n64 programs run here: build it with -mabi=64";
        }
        if ((elfFlags & EF_MIPS_ABI) != 0) {
            return "is of the " + ((elfFlags & EF_MIPS_ABI) == 0x1000 ? "o32" : "o64 or eabi")
                    + " ABI, and only n64 programs run here: build it with -mabi=64";
        }
        int level = elfFlags & EF_MIPS_ARCH;
        return level == EF_MIPS_ARCH_32R6 || level == EF_MIPS_ARCH_64R6
                ? "is for release 6 of the architecture, and only programs up to release 2 run here"
                : null;
    }

    @Override
    public int pageSize() {
        return PAGE_SIZE;
    }

    @Override
    public RegisterSet registers() {
        return MipsRegisters.SET;
    }

    @Override
    public SyscallNumbers syscallNumbers() {
        return MipsSyscallTable.NUMBERS;
    }

    @Override
    public int syscallNumber(CpuState cpu) {
        return (int) cpu.get(MipsRegisters.ORIG_V0);
    }

    /** a0 to a5: n64 has eight registers for arguments. */
    @Override
    public long syscallArgument(CpuState cpu, int index) {
        return index == 3 ? cpu.get(MipsRegisters.ORIG_A3) : cpu.get(MipsRegisters.A0 + index);
    }

    /** The value in v0 and 0 in a3, or an error's number in v0 and 1 in a3. */
    @Override
    public void setSyscallResult(CpuState cpu, long result) {
        boolean failed = result < 0 && result >= -GREATEST_ERRNO;
        cpu.set(MipsRegisters.V0, failed ? abi.errno((int) -result) : result);
        cpu.set(MipsRegisters.A3, failed ? 1 : 0);
    }

    @Override
    public void restartSyscall(CpuState cpu, int number) {
        cpu.set(MipsRegisters.V0, number);
        cpu.set(MipsRegisters.A3, cpu.get(MipsRegisters.ORIG_A3));
        cpu.set(MipsRegisters.PC, cpu.get(MipsRegisters.PC) - INSTRUCTION);
    }

    @Override
    public void start(CpuState cpu, long entry, long stackPointer) {
        for (int register = 0; register < MipsRegisters.COUNT; register++) {
            cpu.set(register, 0);
        }
        cpu.writeVector(new byte[cpu.vectorSize()]);
        cpu.set(MipsRegisters.PC, entry);
        cpu.set(MipsRegisters.SP, stackPointer);
    }

    /** Which encoding of NaNs a program expects, its file says; the registers have it, and the program cannot change it. */
    @Override
    public void start(CpuState cpu, long entry, long stackPointer, int elfFlags) {
        start(cpu, entry, stackPointer);
        if ((elfFlags & EF_MIPS_NAN2008) != 0) {
            byte[] vector = new byte[cpu.vectorSize()];
            ByteBuffer.wrap(vector).order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(Long.BYTES * (MipsRegisters.FCSR - MipsRegisters.F0), FloatControl.MODERN);
            cpu.writeVector(vector);
        }
    }

    /** The lines of {@code arch/mips/kernel/proc.c} for a CPU that has release 2 and an FPU. */
    @Override
    public String processorInfo(int processors) {
        StringBuilder text = new StringBuilder("system type\t\t: nested-dune\nmachine\t\t\t: Unknown\n");
        for (int i = 0; i < processors; i++) {
            text.append("processor\t\t: ").append(i).append('\n').append("""
                    cpu model\t\t: MIPS GENERIC QEMU V0.0  FPU V0.0
                    BogoMIPS\t\t: 1000.00
                    wait instruction\t: yes
                    microsecond timers\t: yes
                    tlb_entries\t\t: 64
                    extra interrupt vector\t: yes
                    hardware watchpoint\t: no
                    isa\t\t\t: mips1 mips2 mips3 mips4 mips5 mips32r1 mips32r2 mips64r1 mips64r2
                    ASEs implemented\t:
                    Options implemented\t: tlb 4kex 4k_cache fpu 32fpu counter divec llsc rixi userlocal ufr nan_legacy nan_2008
                    shadow register sets\t: 1
                    kscratch registers\t: 0
                    package\t\t\t: 0
                    core\t\t\t: %d
                    VCED exceptions\t\t: not available
                    VCEI exceptions\t\t: not available

                    """.formatted(i));
        }
        return text.toString();
    }

    /** PR_FP_MODE_FR. */
    @Override
    public int floatingPointMode() {
        return 1;
    }

    /** {@code do_ri} of {@code arch/mips/kernel/traps.c} says no more. */
    @Override
    public int illegalInstructionCode() {
        return Signal.SI_KERNEL;
    }

    @Override
    public TracedCpu tracedCpu() {
        return traced;
    }

    @Override
    public CoreLayout coreLayout() {
        return core;
    }

    @Override
    public long threadPointer(CpuState cpu) {
        return cpu.get(MipsRegisters.USER_LOCAL);
    }

    @Override
    public void setThreadPointer(CpuState cpu, long value) {
        cpu.set(MipsRegisters.USER_LOCAL, value);
    }

    @Override
    public GuestAbi abi() {
        return abi;
    }

    @Override
    public SignalFrames signalFrames() {
        return frames;
    }

    /** {@code do_ade} of {@code arch/mips/kernel/unaligned.c} says no more. */
    @Override
    public SignalInfo alignmentFault(long address) {
        return SignalInfo.kernel(Signal.SIGBUS);
    }

    /** Outside xuseg, or beyond its 48 bits, an address is as wrong as one that is not aligned. */
    @Override
    public SignalInfo addressFault(long address) {
        return address >>> 48 == 0 ? null : SignalInfo.kernel(Signal.SIGBUS);
    }

    @Override
    public Vdso vdso() {
        return vdso.get();
    }

    /** Ends the clock of the vDSO. Idempotent. */
    @Override
    @Deactivate
    public void close() {
        vdso.close();
    }
}
