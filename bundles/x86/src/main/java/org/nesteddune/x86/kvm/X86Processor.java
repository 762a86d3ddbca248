package org.nesteddune.x86.kvm;

import java.util.List;
import org.nesteddune.engine.Access;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.kvm.KvmExitReason;
import org.nesteddune.engine.kvm.KvmIoctl;
import org.nesteddune.engine.kvm.KvmProcessor;
import org.nesteddune.engine.kvm.KvmRunLayout;
import org.nesteddune.engine.kvm.KvmState;
import org.nesteddune.engine.kvm.KvmVcpu;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.x86.X86Registers;

/** Starts a vCPU's user code and tells what it has stopped for. See {@link SupervisorCode} for the guest's side. */
final class X86Processor implements KvmProcessor {

    private static final Exit ILLEGAL_INSTRUCTION = new Exit.IllegalInstruction();
    private static final Exit BREAKPOINT = new Exit.Breakpoint();
    private static final Exit SINGLE_STEP = new Exit.DebugTrap(Signal.TRAP_TRACE);
    private static final Exit TRAP_INSTRUCTION = new Exit.DebugTrap(Signal.TRAP_BRKPT);
    private static final Exit PROTECTION_FAULT = new Exit.ProtectionFault();
    private static final Exit STACK_FAULT = new Exit.StackFault();
    private static final Exit BACKING_FAULT = new Exit.BackingFault();

    private static final long SYSCALL = SystemLayout.STUB + SupervisorCode.SYSCALL;
    private static final long BEHIND_SYSCALL = SYSCALL + SupervisorCode.OUT_LENGTH;
    private static final long IRETQ = SystemLayout.STUB + SupervisorCode.IRETQ;

    private static final int[] BASE_MSRS = {Processor.MSR_FS_BASE, Processor.MSR_GS_BASE};

    /** Bits of an address below the sign (4-level paging). */
    private static final int ADDRESS_BITS = 47;

    private final KvmVcpu vcpu;
    private final long run;
    private final boolean wideVector;
    private final NativeBuffer msrs = new NativeBuffer(KvmX86Layout.MSRS_ENTRIES + BASE_MSRS.length * KvmX86Layout.MSR_ENTRY);
    private final long stackTop;
    private final long frame;
    private final long frameVirtual;
    private final PageTables tables;
    private final GuestCode code;
    private X86State state;
    private int removals;
    /** Whether the vCPU has never run, nor been given anything. */
    private boolean fresh = true;
    /** Whether KVM reports a port exit with the instruction pointer behind the instruction already. */
    private boolean steppedOver;

    /**
     * @param wideVector whether the vector state is larger than KVM_GET_XSAVE gives it
     * @param stackTop host address of the top of the exception stack
     * @param frame host address of the IRETQ frame
     * @param frameVirtual its guest virtual address
     * @param tables the machine's
     */
    X86Processor(KvmVcpu vcpu, boolean wideVector, long stackTop, long frame, long frameVirtual,
            PageTables tables) {
        this.vcpu = vcpu;
        this.run = vcpu.run();
        this.wideVector = wideVector;
        this.stackTop = stackTop;
        this.frame = frame;
        this.frameVirtual = frameVirtual;
        this.tables = tables;
        this.code = new GuestCode(tables);
        Memory.putLong(frame + SystemLayout.FRAME_CS, Processor.USER_CS);
        Memory.putLong(frame + SystemLayout.FRAME_SS, Processor.USER_DS);
        Memory.putLong(run + KvmRunLayout.KVM_VALID_REGS, KvmX86Layout.KVM_SYNC_X86_REGS);
    }

    @Override
    public void bind(KvmState thread) {
        state = (X86State) thread;
        state.attach(this, fresh);
    }

    @Override
    public void unbind() {
        X86State leaving = state;
        state = null;
        leaving.detach();
    }

    @Override
    public void forget() {
        state.abandon();
        state = null;
    }

    @Override
    public Exit prepare() {
        long rip = state.get(X86Registers.RIP);
        if (rip >>> ADDRESS_BITS != 0) {
            return badInstructionPointer(rip);
        }
        fresh = false;
        removals = tables.removals();
        state.load(run + KvmX86Layout.REGS);
        Memory.putLong(frame + SystemLayout.FRAME_RIP, rip);
        Memory.putLong(frame + SystemLayout.FRAME_RSP, state.get(X86Registers.RSP));
        Memory.putLong(frame + SystemLayout.FRAME_RFLAGS, state.get(X86Registers.RFLAGS) & Processor.RFLAGS_USER
                | Processor.RFLAGS_FIXED | Processor.RFLAGS_IF);
        startAtFrame();
        return null;
    }

    private void startAtFrame() {
        Memory.putLong(run + KvmX86Layout.REGS_RIP, IRETQ);
        Memory.putLong(run + KvmX86Layout.REGS_RSP, frameVirtual);
        Memory.putLong(run + KvmX86Layout.REGS_RFLAGS, Processor.RFLAGS_FIXED | Processor.RFLAGS_IF);
        Memory.putLong(run + KvmRunLayout.KVM_DIRTY_REGS, KvmX86Layout.KVM_SYNC_X86_REGS);
    }

    /** IRETQ faults on such an address while it is still in the supervisor, where Linux blames the user. */
    private Exit badInstructionPointer(long rip) {
        if (rip >> ADDRESS_BITS == -1) {
            state.pageFault(Processor.PF_PRESENT | Processor.PF_USER | Processor.PF_INSTRUCTION, rip);
            return new Exit.MemoryFault(rip, Access.EXECUTE);
        }
        state.trap(Processor.GP, 0);
        return PROTECTION_FAULT;
    }

    @Override
    public Exit leave(long result) {
        if (result != 0) {
            return leaveFailed(result);
        }
        long rip = Memory.getLong(run + KvmX86Layout.REGS_RIP);
        if (KvmRunLayout.exitReason(run) == KvmExitReason.KVM_EXIT_IO
                && Memory.getByte(run + KvmRunLayout.IO_DIRECTION) == KvmRunLayout.KVM_EXIT_IO_OUT) {
            int port = Memory.getShort(run + KvmRunLayout.IO_PORT) & 0xffff;
            if (port == SupervisorCode.PORT_SYSCALL && (rip == SYSCALL || rip == BEHIND_SYSCALL)) {
                steppedOver = rip == BEHIND_SYSCALL;
                state.store(run + KvmX86Layout.REGS);
                state.enterSyscall();
                return Exit.SYSTEM_CALL;
            }
            if (port == SupervisorCode.PORT_EXCEPTION && SystemLayout.isHandler(rip)) {
                return exception();
            }
        }
        return leaveOtherwise(rip);
    }

    private Exit leaveOtherwise(long rip) {
        boolean io = KvmRunLayout.exitReason(run) == KvmExitReason.KVM_EXIT_IO;
        state.store(run + KvmX86Layout.REGS);
        if (io && rip != SYSCALL && rip != BEHIND_SYSCALL && !SystemLayout.isHandler(rip)) {
            return userPort(rip);
        }
        state.leaveSyscall();
        return new Exit.Failed(dump());
    }

    /**
     * The user has used the port that the I/O permission bitmap must leave open. No program can on Linux.
     */
    private Exit userPort(long rip) {
        boolean out = Memory.getByte(run + KvmRunLayout.IO_DIRECTION) == KvmRunLayout.KVM_EXIT_IO_OUT;
        long instruction = out && steppedOver ? code.startOfOut(rip) : rip;
        // KVM finishes the instruction when it is entered next; it must not do so when we have set registers.
        vcpu.finishExit();
        state.set(X86Registers.RIP, instruction);
        setInterruptFlag();
        state.trap(Processor.GP, 0);
        return PROTECTION_FAULT;
    }

    private Exit leaveFailed(long result) {
        boolean user = fetchUserCode();
        state.leaveSyscall();
        if (user && result == -Errno.EFAULT && removals != tables.removals()) {
            // Another thread has taken the page away under the access: next time the guest is told its address.
            return null;
        }
        if (user && (result == -Errno.EFAULT || result == -Errno.ENOMEM || result == -Errno.EHWPOISON)) {
            return BACKING_FAULT;
        }
        return new Exit.Failed("ioctl KVM_RUN failed: " + Errno.text((int) -result) + " (" + Errno.name((int) -result)
                + ")\n" + dump());
    }

    @Override
    public boolean leaveInterrupted() {
        long rip = Memory.getLong(run + KvmX86Layout.REGS_RIP);
        if (rip == SYSCALL || SystemLayout.isHandler(rip) || exceptionPending(rip)) {
            return false;
        }
        fetchUserCode();
        state.leaveSyscall();
        return true;
    }

    /** Fetches the state of a guest that has stopped in its own code, or not got there yet; whether that is so. */
    private boolean fetchUserCode() {
        long rip = Memory.getLong(run + KvmX86Layout.REGS_RIP);
        if (rip == IRETQ && Memory.getLong(run + KvmX86Layout.REGS_RSP) == frameVirtual) {
            // It is still on its way: the state is the one that it was to start from.
            state.set(X86Registers.RFLAGS, Memory.getLong(frame + SystemLayout.FRAME_RFLAGS));
            state.invalidate();
            return true;
        }
        state.store(run + KvmX86Layout.REGS);
        setInterruptFlag();
        return rip != SYSCALL && !SystemLayout.isHandler(rip);
    }

    /** A user program always runs with interrupts enabled; not every KVM says so. */
    private void setInterruptFlag() {
        state.set(X86Registers.RFLAGS, state.get(X86Registers.RFLAGS) | Processor.RFLAGS_IF);
    }

    /**
     * Whether KVM is going to deliver an exception that the registers do not show yet. It says at every exit whether it
     * could inject an interrupt; in user code only a pending exception, or a load of SS just before, keeps it from that.
     */
    private boolean exceptionPending(long rip) {
        if (Memory.getByte(run + KvmRunLayout.READY_FOR_INTERRUPT_INJECTION) != 0) {
            return false;
        }
        try (NativeBuffer events = new NativeBuffer(KvmX86Layout.EVENTS_SIZEOF)) {
            vcpu.ioctl(KvmIoctl.KVM_GET_VCPU_EVENTS, events.address());
            // That of INT3 is pending without being shown here.
            return Memory.getByte(events.address() + KvmX86Layout.EVENTS_EXCEPTION_INJECTED) != 0
                    || code.isSoftwareTrap(rip);
        }
    }

    private Exit exception() {
        long cs = Memory.getLong(stackTop + SupervisorCode.FRAME_CS);
        int vector = (int) Memory.getLong(stackTop + SupervisorCode.FRAME_VECTOR);
        long error = Memory.getLong(stackTop + SupervisorCode.FRAME_ERROR);
        long rip = Memory.getLong(stackTop + SupervisorCode.FRAME_RIP);
        state.store(run + KvmX86Layout.REGS);
        if ((cs & 3) == 0) {
            return new Exit.Failed(String.format("exception %d, error code 0x%x, in the supervisor at 0x%x%n", vector,
                    error, rip) + dump());
        }
        state.set(X86Registers.RIP, rip);
        state.set(X86Registers.RSP, Memory.getLong(stackTop + SupervisorCode.FRAME_RSP));
        state.set(X86Registers.RFLAGS, Memory.getLong(stackTop + SupervisorCode.FRAME_RFLAGS) | Processor.RFLAGS_IF);
        if (vector == Processor.PF) {
            long address = Memory.getLong(stackTop + SupervisorCode.FRAME_CR2);
            state.pageFault(pageFaultError(error, address), address);
            return new Exit.MemoryFault(address, access(error));
        }
        state.trap(vector, error);
        return switch (vector) {
            case Processor.DE -> new Exit.ArithmeticFault(Signal.FPE_INTDIV);
            case Processor.DB -> debugTrap(rip);
            case Processor.BP -> BREAKPOINT;
            case Processor.UD -> undefined(rip);
            case Processor.OF, Processor.BR, Processor.TS, Processor.NP, Processor.GP -> PROTECTION_FAULT;
            case Processor.SS -> STACK_FAULT;
            case Processor.AC -> new Exit.AlignmentFault(0);
            case Processor.MF -> x87Fault();
            case Processor.XM -> simdFault();
            default -> new Exit.Failed("exception " + vector + "\n" + dump());
        };
    }

    /**
     * Some processors and KVM itself say #UD where an interrupt instruction has no gate that the user may take, and
     * others #GP, as Linux's users see it.
     */
    private Exit undefined(long rip) {
        if (code.read(rip) == GuestCode.INT_N) {
            state.trap(Processor.GP, code.read(rip + 1) * 8L + 2);
            return PROTECTION_FAULT;
        }
        return ILLEGAL_INSTRUCTION;
    }

    /** INT1 looks like a single step of a program that does no such thing. */
    private Exit debugTrap(long rip) {
        boolean stepping = (state.get(X86Registers.RFLAGS) & Processor.RFLAGS_TF) != 0;
        return !stepping && code.isTrapInstruction(rip) ? TRAP_INSTRUCTION : SINGLE_STEP;
    }

    /** The error code that Linux would show: nothing of the supervisor's pages, which would not be there. */
    private static long pageFaultError(long error, long address) {
        long shown = error & ~Processor.PF_RESERVED;
        if (address < 0) {
            return shown | Processor.PF_PRESENT;
        }
        return address >= SystemLayout.USER_END ? shown & ~Processor.PF_PRESENT : shown;
    }

    private static Access access(long error) {
        if ((error & Processor.PF_INSTRUCTION) != 0) {
            return Access.EXECUTE;
        }
        return (error & Processor.PF_WRITE) != 0 ? Access.WRITE : Access.READ;
    }

    private Exit x87Fault() {
        int words = state.x87Words();
        return arithmetic(words >>> 16 & ~words);
    }

    private Exit simdFault() {
        int mxcsr = state.mxcsr();
        return arithmetic(mxcsr & ~(mxcsr >>> 7));
    }

    /**
     * What an unmasked floating-point exception is called; several at once are reported in Linux's order.
     *
     * @return null if there is none: Linux goes on then
     */
    private static Exit arithmetic(int exceptions) {
        if ((exceptions & 0x01) != 0) {
            return new Exit.ArithmeticFault(Signal.FPE_FLTINV);
        } else if ((exceptions & 0x04) != 0) {
            return new Exit.ArithmeticFault(Signal.FPE_FLTDIV);
        } else if ((exceptions & 0x08) != 0) {
            return new Exit.ArithmeticFault(Signal.FPE_FLTOVF);
        } else if ((exceptions & 0x12) != 0) {
            return new Exit.ArithmeticFault(Signal.FPE_FLTUND);
        } else if ((exceptions & 0x20) != 0) {
            return new Exit.ArithmeticFault(Signal.FPE_FLTRES);
        }
        return null;
    }

    @Override
    public String dump() {
        StringBuilder text = new StringBuilder("last exit ").append(KvmRunLayout.describeExit(run)).append('\n');
        List<String> names = X86Registers.SET.names();
        for (int i = 0; i <= X86Registers.RFLAGS; i++) {
            text.append(String.format("%-6s %016x", names.get(i), Memory.getLong(run + KvmX86Layout.REGS + 8L * i)))
                    .append(i % 3 == 2 ? "\n" : "  ");
        }
        text.append(String.format("vCPU %d, user frame rip %x rsp %x rflags %x", vcpu.id(),
                Memory.getLong(frame + SystemLayout.FRAME_RIP), Memory.getLong(frame + SystemLayout.FRAME_RSP),
                Memory.getLong(frame + SystemLayout.FRAME_RFLAGS)));
        return text.toString();
    }

    @Override
    public void startExitLoop() {
        fresh = false;
        Memory.putLong(frame + SystemLayout.FRAME_RIP, SystemLayout.STUB + SupervisorCode.EXIT_LOOP);
        Memory.putLong(frame + SystemLayout.FRAME_RSP, 0);
        Memory.putLong(frame + SystemLayout.FRAME_RFLAGS, Processor.RFLAGS_FIXED | Processor.RFLAGS_IF);
        startAtFrame();
    }

    @Override
    public void continueExitLoop() {
        startAtFrame();
    }

    void readBases(long[] bases) {
        vcpu.ioctl(KvmIoctl.KVM_GET_MSRS, requestBases());
        for (int i = 0; i < bases.length; i++) {
            bases[i] = Memory.getLong(msr(i) + KvmX86Layout.MSR_DATA);
        }
    }

    void writeBases(long[] bases) {
        long request = requestBases();
        for (int i = 0; i < bases.length; i++) {
            Memory.putLong(msr(i) + KvmX86Layout.MSR_DATA, bases[i]);
        }
        vcpu.ioctl(KvmIoctl.KVM_SET_MSRS, request);
    }

    private long requestBases() {
        Memory.putInt(msrs.address(), BASE_MSRS.length);
        for (int i = 0; i < BASE_MSRS.length; i++) {
            Memory.putInt(msr(i), BASE_MSRS[i]);
        }
        return msrs.address();
    }

    private long msr(int index) {
        return msrs.address() + KvmX86Layout.MSRS_ENTRIES + (long) index * KvmX86Layout.MSR_ENTRY;
    }

    /** Fetches the XSAVE area. */
    void readVector(long area) {
        vcpu.ioctl(wideVector ? KvmIoctl.KVM_GET_XSAVE2 : KvmIoctl.KVM_GET_XSAVE, area);
    }

    /** Replaces the vector state by an XSAVE area. */
    void writeVector(long area) {
        vcpu.ioctl(KvmIoctl.KVM_SET_XSAVE, area);
    }

    @Override
    public void close() {
        msrs.close();
    }
}
