package org.nesteddune.loongarch;

import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.RegisterSet;
import org.nesteddune.arch.SignalFrames;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.arch.Vdso;
import org.nesteddune.linux.Elf;
import org.osgi.service.component.annotations.Component;

/** LoongArch64 with the lp64d ABI. Thread-safe. */
@Component(
        service = Architecture.class,
        property = {Architecture.NAME + "=" + LoongArchitecture.ID, Architecture.ELF_MACHINE + ":Integer=" + Elf.EM_LOONGARCH})
public final class LoongArchitecture implements Architecture {

    /** The architecture's name. */
    static final String ID = "loongarch64";

    private static final int PAGE_SIZE = 4096;
    private static final int INSTRUCTION = 4;

    // e_flags: what floating-point registers are for in calls (ELF psABI of LoongArch)
    private static final int ABI_MODIFIER = 7;
    private static final int SOFT_FLOAT = 1;
    private static final int SINGLE_FLOAT = 2;

    private final LoongAbi abi = new LoongAbi();
    private final SignalFrames frames = new LoongSignalFrames(abi);

    @Override
    public String name() {
        return ID;
    }

    @Override
    public String unameMachine() {
        return "loongarch64";
    }

    @Override
    public String platform() {
        return "loongarch";
    }

    @Override
    public int elfMachine() {
        return Elf.EM_LOONGARCH;
    }

    @Override
    public String refusal(int elfFlags) {
        return switch (elfFlags & ABI_MODIFIER) {
            case SOFT_FLOAT -> "is of the lp64s ABI, and only lp64d programs run here: build it with -mabi=lp64d";
            case SINGLE_FLOAT -> "is of the lp64f ABI, and only lp64d programs run here: build it with -mabi=lp64d";
            default -> null;
        };
    }

    @Override
    public int pageSize() {
        return PAGE_SIZE;
    }

    @Override
    public RegisterSet registers() {
        return LoongRegisters.SET;
    }

    @Override
    public SyscallNumbers syscallNumbers() {
        return LoongSyscallTable.NUMBERS;
    }

    @Override
    public int syscallNumber(CpuState cpu) {
        return (int) cpu.get(LoongRegisters.A7);
    }

    @Override
    public long syscallArgument(CpuState cpu, int index) {
        return index == 0 ? cpu.get(LoongRegisters.ORIG_A0) : cpu.get(LoongRegisters.A0 + index);
    }

    @Override
    public void setSyscallResult(CpuState cpu, long result) {
        cpu.set(LoongRegisters.A0, result);
    }

    @Override
    public void restartSyscall(CpuState cpu, int number) {
        cpu.set(LoongRegisters.A0, cpu.get(LoongRegisters.ORIG_A0));
        cpu.set(LoongRegisters.A7, number);
        cpu.set(LoongRegisters.PC, cpu.get(LoongRegisters.PC) - INSTRUCTION);
    }

    @Override
    public void start(CpuState cpu, long entry, long stackPointer) {
        for (int register = 0; register < LoongRegisters.COUNT; register++) {
            cpu.set(register, 0);
        }
        cpu.writeVector(new byte[cpu.vectorSize()]);
        cpu.set(LoongRegisters.PC, entry);
        cpu.set(LoongRegisters.SP, stackPointer);
    }

    @Override
    public long threadPointer(CpuState cpu) {
        return cpu.get(LoongRegisters.TP);
    }

    @Override
    public void setThreadPointer(CpuState cpu, long value) {
        cpu.set(LoongRegisters.TP, value);
    }

    @Override
    public GuestAbi abi() {
        return abi;
    }

    @Override
    public SignalFrames signalFrames() {
        return frames;
    }

    /** None: the return from a handler is in the engine's common page. */
    @Override
    public Vdso vdso() {
        return null;
    }
}
