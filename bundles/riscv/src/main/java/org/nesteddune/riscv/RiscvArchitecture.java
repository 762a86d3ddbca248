package org.nesteddune.riscv;

import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.CoreLayout;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.RegisterSet;
import org.nesteddune.arch.SignalFrames;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.arch.TracedCpu;
import org.nesteddune.arch.Vdso;
import org.nesteddune.engine.software.ClockVdso;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Signal;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** RISC-V 64, rv64gc. Thread-safe. */
@Component(
        service = Architecture.class,
        property = {Architecture.NAME + "=" + RiscvArchitecture.ID, Architecture.ELF_MACHINE + ":Integer=" + Elf.EM_RISCV})
public final class RiscvArchitecture implements Architecture, AutoCloseable {

    /** The architecture's name. */
    static final String ID = "riscv64";

    private static final int PAGE_SIZE = 4096;

    /** Bytes of ECALL. */
    private static final int CALL_LENGTH = 4;

    // e_flags (ELF psABI of RISC-V)
    private static final int EF_RISCV_FLOAT_ABI = 6;
    private static final int EF_RISCV_FLOAT_ABI_QUAD = 6;
    private static final int EF_RISCV_RVE = 8;

    private final GuestAbi abi = new RiscvAbi();
    private final SignalFrames frames = new RiscvSignalFrames(abi);
    private final TracedCpu tracedCpu = new RiscvTracedCpu();
    private final CoreLayout coreLayout = CoreLayout.of(tracedCpu);
    private final ClockVdso vdso = new ClockVdso(RiscvArchitecture.class, "vdso/riscv64.so", PAGE_SIZE);

    @Override
    public String name() {
        return ID;
    }

    @Override
    public String unameMachine() {
        return "riscv64";
    }

    /** RISC-V has no AT_PLATFORM. */
    @Override
    public String platform() {
        return null;
    }

    @Override
    public int elfMachine() {
        return Elf.EM_RISCV;
    }

    @Override
    public String refusal(int elfFlags) {
        if ((elfFlags & EF_RISCV_RVE) != 0) {
            return "is for processors with 16 registers (RVE), and only rv64gc programs run here: build it with -march=rv64gc";
        }
        return (elfFlags & EF_RISCV_FLOAT_ABI) == EF_RISCV_FLOAT_ABI_QUAD
                ? "is of the lp64q ABI, and only rv64gc programs run here: build it with -mabi=lp64d"
                : null;
    }

    @Override
    public int pageSize() {
        return PAGE_SIZE;
    }

    @Override
    public RegisterSet registers() {
        return RiscvRegisters.SET;
    }

    @Override
    public SyscallNumbers syscallNumbers() {
        return RiscvSyscallTable.NUMBERS;
    }

    @Override
    public int syscallNumber(CpuState cpu) {
        return (int) cpu.get(RiscvRegisters.A7);
    }

    @Override
    public long syscallArgument(CpuState cpu, int index) {
        return index == 0 ? cpu.get(RiscvRegisters.ORIG_A0) : cpu.get(RiscvRegisters.A0 + index);
    }

    @Override
    public void setSyscallResult(CpuState cpu, long result) {
        cpu.set(RiscvRegisters.A0, result);
    }

    @Override
    public void restartSyscall(CpuState cpu, int number) {
        cpu.set(RiscvRegisters.A0, cpu.get(RiscvRegisters.ORIG_A0));
        cpu.set(RiscvRegisters.A7, number);
        cpu.set(RiscvRegisters.PC, cpu.get(RiscvRegisters.PC) - CALL_LENGTH);
    }

    @Override
    public void start(CpuState cpu, long entry, long stackPointer) {
        for (int register = 0; register < RiscvRegisters.COUNT; register++) {
            cpu.set(register, 0);
        }
        cpu.writeVector(new byte[cpu.vectorSize()]);
        cpu.set(RiscvRegisters.PC, entry & ~1L);
        cpu.set(RiscvRegisters.SP, stackPointer);
    }

    @Override
    public long threadPointer(CpuState cpu) {
        return cpu.get(RiscvRegisters.TP);
    }

    @Override
    public void setThreadPointer(CpuState cpu, long value) {
        cpu.set(RiscvRegisters.TP, value);
    }

    @Override
    public GuestAbi abi() {
        return abi;
    }

    @Override
    public SignalFrames signalFrames() {
        return frames;
    }

    /** {@code do_trap_insn_illegal} of {@code arch/riscv/kernel/traps.c}. */
    @Override
    public int illegalInstructionCode() {
        return Signal.ILL_ILLOPC;
    }

    @Override
    public CoreLayout coreLayout() {
        return coreLayout;
    }

    @Override
    public TracedCpu tracedCpu() {
        return tracedCpu;
    }

    @Override
    public String processorInfo(int processors) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < processors; i++) {
            text.append("""
                    processor\t: %d
                    hart\t\t: %d
                    isa\t\t: rv64imafdc_zicntr_zicsr_zifencei
                    mmu\t\t: sv48
                    uarch\t\t: nested-dune
                    mvendorid\t: 0x0
                    marchid\t\t: 0x0
                    mimpid\t\t: 0x0
                    hart isa\t: rv64imafdc_zicntr_zicsr_zifencei

                    """.formatted(i, i));
        }
        return text.toString();
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
