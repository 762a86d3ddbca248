package org.nesteddune.x86;

import static org.nesteddune.x86.X86Registers.FS_BASE;
import static org.nesteddune.x86.X86Registers.ORIG_RAX;
import static org.nesteddune.x86.X86Registers.R10;
import static org.nesteddune.x86.X86Registers.R8;
import static org.nesteddune.x86.X86Registers.R9;
import static org.nesteddune.x86.X86Registers.RAX;
import static org.nesteddune.x86.X86Registers.RDI;
import static org.nesteddune.x86.X86Registers.RDX;
import static org.nesteddune.x86.X86Registers.RFLAGS;
import static org.nesteddune.x86.X86Registers.RIP;
import static org.nesteddune.x86.X86Registers.RSI;
import static org.nesteddune.x86.X86Registers.RSP;

import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.CoreLayout;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.RegisterSet;
import org.nesteddune.arch.SignalFrames;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.arch.TracedCpu;
import org.nesteddune.arch.Vdso;
import org.nesteddune.linux.Elf;
import org.nesteddune.x86.vdso.VdsoService;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** The x86-64 architecture with its 64-bit ABI. Thread-safe. */
@Component(
        service = Architecture.class,
        property = {Architecture.NAME + "=" + X86Architecture.ID, Architecture.ELF_MACHINE + ":Integer=" + Elf.EM_X86_64})
public final class X86Architecture implements Architecture {

    /** The architecture's name. */
    static final String ID = "x86-64";

    private static final int PAGE_SIZE = 4096;

    /** Length of SYSCALL (0f 05). */
    private static final int SYSCALL_LENGTH = 2;

    /** Interrupts on, and the bit that is always set: the flags of a new program (Linux, {@code start_thread_common}). */
    private static final long INITIAL_FLAGS = 0x202;

    /** Where arguments are at a SYSCALL: as in a C call, but r10 in place of rcx, which SYSCALL overwrites. */
    private static final int[] ARGUMENTS = {RDI, RSI, RDX, R10, R8, R9};

    private final GuestAbi abi = new X86Abi();
    private final SignalFrames frames = new X86SignalFrames(XStateLayout::host, HostCpu.minimumSignalStack());
    private final TracedCpu traced = new X86TracedCpu(XStateLayout::host);
    private final CoreLayout core = CoreLayout.of(traced, X86TracedCpu.NT_X86_XSTATE);
    private final VdsoService vdso;

    /** Makes the architecture; the vDSO's clock starts when a guest first needs it. */
    @Activate
    public X86Architecture() {
        vdso = new VdsoService(X86SyscallTable.NUMBERS, HostCpu.isX86());
    }

    /** Ends the vDSO's clock; guests that still have its pages make real system calls from then on. */
    @Deactivate
    void deactivate() {
        vdso.close();
    }

    @Override
    public String name() {
        return ID;
    }

    @Override
    public String unameMachine() {
        return "x86_64";
    }

    @Override
    public String platform() {
        return "x86_64";
    }

    @Override
    public int elfMachine() {
        return Elf.EM_X86_64;
    }

    @Override
    public int pageSize() {
        return PAGE_SIZE;
    }

    @Override
    public RegisterSet registers() {
        return X86Registers.SET;
    }

    @Override
    public SyscallNumbers syscallNumbers() {
        return X86SyscallTable.NUMBERS;
    }

    /** The lower 32 bits of rax as they were at the instruction; Linux looks at no more. */
    @Override
    public int syscallNumber(CpuState cpu) {
        return (int) cpu.get(ORIG_RAX);
    }

    @Override
    public long syscallArgument(CpuState cpu, int index) {
        return cpu.get(ARGUMENTS[index]);
    }

    @Override
    public void setSyscallResult(CpuState cpu, long result) {
        cpu.set(RAX, result);
    }

    @Override
    public void restartSyscall(CpuState cpu, int number) {
        cpu.set(RAX, number);
        cpu.set(RIP, cpu.get(RIP) - SYSCALL_LENGTH);
    }

    /** Every register is 0 but for the two given and the flags. Floating-point state stays as the CPU has it. */
    @Override
    public void start(CpuState cpu, long entry, long stackPointer) {
        for (int register = 0; register < X86Registers.COUNT; register++) {
            cpu.set(register, 0);
        }
        cpu.set(RIP, entry);
        cpu.set(RSP, stackPointer);
        cpu.set(RFLAGS, INITIAL_FLAGS);
        cpu.set(ORIG_RAX, -1);
    }

    @Override
    public long threadPointer(CpuState cpu) {
        return cpu.get(FS_BASE);
    }

    @Override
    public void setThreadPointer(CpuState cpu, long value) {
        cpu.set(FS_BASE, value);
    }

    @Override
    public GuestAbi abi() {
        return abi;
    }

    @Override
    public SignalFrames signalFrames() {
        return frames;
    }

    @Override
    public CoreLayout coreLayout() {
        return core;
    }

    @Override
    public TracedCpu tracedCpu() {
        return traced;
    }

    @Override
    public Vdso vdso() {
        return vdso.vdso();
    }
}
