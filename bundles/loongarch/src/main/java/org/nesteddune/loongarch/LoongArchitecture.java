package org.nesteddune.loongarch;

import java.util.List;
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
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** LoongArch64 with the lp64d ABI. Thread-safe. */
@Component(
        service = Architecture.class,
        configurationPid = "org.nesteddune.loongarch",
        property = {Architecture.NAME + "=" + LoongArchitecture.ID, Architecture.ELF_MACHINE + ":Integer=" + Elf.EM_LOONGARCH})
@Designate(ocd = LoongArchitecture.Settings.class)
public final class LoongArchitecture implements Architecture, AutoCloseable {

    /** What an operator can set. */
    @ObjectClassDefinition(name = "nested-dune: LoongArch64", description = "What programs of LoongArch64 find")
    public @interface Settings {

        /** Bytes of a page, for programs that start from now on. */
        @AttributeDefinition(
                name = "Page size",
                description = "The size of a page in bytes, for programs that start from now on: 4096, 16384 or 65536. The system"
                        + " property dune.loongarch.page.size has the same meaning and goes before it.",
                options = {@Option(label = "4 KiB", value = "4096"), @Option(label = "16 KiB", value = "16384"),
                    @Option(label = "64 KiB", value = "65536")})
        int page_size() default PAGE_SIZE;
    }

    /** The architecture's name. */
    static final String ID = "loongarch64";

    private static final int PAGE_SIZE = 4096;
    private static final int INSTRUCTION = 4;

    // e_flags: what floating-point registers are for in calls (ELF psABI of LoongArch)
    private static final int ABI_MODIFIER = 7;
    private static final int SOFT_FLOAT = 1;
    private static final int SINGLE_FLOAT = 2;

    private static final String PAGE_PROPERTY = "dune.loongarch.page.size";
    private static final List<Integer> PAGE_SIZES = List.of(4096, 16384, 65536);

    private final int pageSize;
    private final LoongAbi abi = new LoongAbi();
    private final SignalFrames frames = new LoongSignalFrames(abi);
    private final TracedCpu tracedCpu = new LoongTracedCpu();
    private final CoreLayout coreLayout = CoreLayout.of(tracedCpu, LoongTracedCpu.NT_LOONGARCH_CPUCFG, LoongTracedCpu.NT_LOONGARCH_LSX);
    private final ClockVdso vdso;

    /** With pages of 4 KiB. */
    public LoongArchitecture() {
        this(PAGE_SIZE);
    }

    /** @throws IllegalArgumentException for a page size that there is not */
    @Activate
    public LoongArchitecture(Settings settings) {
        this(Integer.getInteger(PAGE_PROPERTY, settings.page_size()));
    }

    LoongArchitecture(int pageSize) {
        if (!PAGE_SIZES.contains(pageSize)) {
            throw new IllegalArgumentException("a page of LoongArch64 has " + PAGE_SIZES + " bytes, not " + pageSize);
        }
        this.pageSize = pageSize;
        vdso = new ClockVdso(LoongArchitecture.class, "vdso/loongarch64.so", pageSize);
    }

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
        return pageSize;
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

    /** {@code do_ri} of {@code arch/loongarch/kernel/traps.c} says no more. */
    @Override
    public int illegalInstructionCode() {
        return Signal.SI_KERNEL;
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
        StringBuilder text = new StringBuilder("system type\t\t: nested-dune\n\n");
        for (int i = 0; i < processors; i++) {
            text.append("processor\t\t: ").append(i).append('\n').append("""
                    package\t\t\t: 0
                    core\t\t\t: %d
                    global_id\t\t: %d
                    CPU Family\t\t: Loongson-64bit
                    Model Name\t\t: nested-dune
                    PRID\t\t\t: LA464 (0014c010)
                    CPU Revision\t\t: 0x10
                    FPU Revision\t\t: 0x01
                    BogoMIPS\t\t: 200.00
                    TLB Entries\t\t: 0
                    Address Sizes\t\t: 48 bits physical, 48 bits virtual
                    ISA\t\t\t: loongarch32 loongarch64
                    Features\t\t: cpucfg lam ual fpu lsx crc32
                    Hardware Watchpoint\t: no

                    """.formatted(i, i));
        }
        return text.toString();
    }

    /** Addresses that are not sign-extended from 48 bits are no virtual addresses (ADEM and ADEF; {@code do_ade} of the kernel). */
    @Override
    public SignalInfo addressFault(long address) {
        return address << 16 >> 16 == address ? null : SignalInfo.fault(Signal.SIGBUS, Signal.BUS_ADRERR, address);
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
