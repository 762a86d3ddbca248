package org.nesteddune.x86.kvm;

import java.util.List;
import org.nesteddune.arch.CpuState;
import org.nesteddune.engine.Access;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.kvm.KvmExitReason;
import org.nesteddune.engine.kvm.KvmIoctl;
import org.nesteddune.engine.kvm.KvmProcessor;
import org.nesteddune.engine.kvm.KvmRunLayout;
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
    private static final Exit DEBUG_TRAP = new Exit.DebugTrap();
    private static final Exit PROTECTION_FAULT = new Exit.ProtectionFault();
    private static final Exit STACK_FAULT = new Exit.StackFault();
    private static final Exit BACKING_FAULT = new Exit.BackingFault();

    private static final long SYSCALL = SystemLayout.STUB + SupervisorCode.SYSCALL;
    private static final long BEHIND_SYSCALL = SYSCALL + SupervisorCode.OUT_LENGTH;
    private static final long IRETQ = SystemLayout.STUB + SupervisorCode.IRETQ;

    /** Bits of an address below the sign (4-level paging). */
    private static final int ADDRESS_BITS = 47;

    private final KvmVcpu vcpu;
    private final long run;
    private final X86State state;
    private final long stackTop;
    private final long frame;
    private final long frameVirtual;
    private final GuestCode code;
    /** Whether KVM reports a port exit with the instruction pointer behind the instruction already. */
    private boolean steppedOver;

    /**
     * @param stackTop host address of the top of the exception stack
     * @param frame host address of the IRETQ frame
     * @param frameVirtual its guest virtual address
     * @param code reads guest code
     */
    X86Processor(KvmVcpu vcpu, X86State state, long stackTop, long frame, long frameVirtual, GuestCode code) {
        this.vcpu = vcpu;
        this.run = vcpu.run();
        this.state = state;
        this.stackTop = stackTop;
        this.frame = frame;
        this.frameVirtual = frameVirtual;
        this.code = code;
        Memory.putLong(frame + SystemLayout.FRAME_CS, Processor.USER_CS);
        Memory.putLong(frame + SystemLayout.FRAME_SS, Processor.USER_DS);
        Memory.putLong(run + KvmRunLayout.KVM_VALID_REGS, KvmX86Layout.KVM_SYNC_X86_REGS);
    }

    @Override
    public CpuState state() {
        return state;
    }

    @Override
    public Exit prepare() {
        long rip = Memory.getLong(run + KvmX86Layout.REGS_RIP);
        if (rip >>> ADDRESS_BITS != 0) {
            return badInstructionPointer(rip);
        }
        state.flush();
        Memory.putLong(frame + SystemLayout.FRAME_RIP, rip);
        Memory.putLong(frame + SystemLayout.FRAME_RSP, Memory.getLong(run + KvmX86Layout.REGS_RSP));
        Memory.putLong(frame + SystemLayout.FRAME_RFLAGS,
                Memory.getLong(run + KvmX86Layout.REGS_RFLAGS) & Processor.RFLAGS_USER
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
        state.invalidate();
        if (result != 0) {
            return leaveFailed(result);
        }
        long rip = Memory.getLong(run + KvmX86Layout.REGS_RIP);
        if (KvmRunLayout.exitReason(run) == KvmExitReason.KVM_EXIT_IO
                && Memory.getByte(run + KvmRunLayout.IO_DIRECTION) == KvmRunLayout.KVM_EXIT_IO_OUT) {
            int port = Memory.getShort(run + KvmRunLayout.IO_PORT) & 0xffff;
            if (port == SupervisorCode.PORT_SYSCALL && (rip == SYSCALL || rip == BEHIND_SYSCALL)) {
                steppedOver = rip == BEHIND_SYSCALL;
                Memory.putLong(run + KvmX86Layout.REGS_RIP, Memory.getLong(run + KvmX86Layout.REGS_RCX));
                Memory.putLong(run + KvmX86Layout.REGS_RFLAGS, Memory.getLong(run + KvmX86Layout.REGS_R11));
                state.enterSyscall(Memory.getLong(run + KvmX86Layout.REGS_RAX));
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
        byte[] before = new byte[KvmX86Layout.REGS_SIZEOF];
        Memory.copyFrom(run + KvmX86Layout.REGS, before, 0, before.length);
        vcpu.finishExit();
        Memory.copyTo(run + KvmX86Layout.REGS, before, 0, before.length);
        Memory.putLong(run + KvmX86Layout.REGS_RIP, instruction);
        setInterruptFlag();
        state.trap(Processor.GP, 0);
        return PROTECTION_FAULT;
    }

    private Exit leaveFailed(long result) {
        state.leaveSyscall();
        long rip = Memory.getLong(run + KvmX86Layout.REGS_RIP);
        boolean user = atUserCode(rip);
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
        state.invalidate();
        state.leaveSyscall();
        atUserCode(rip);
        return true;
    }

    /** Puts the user's state into place if the guest has not yet got through its IRETQ; whether it is in user code. */
    private boolean atUserCode(long rip) {
        if (rip == IRETQ && Memory.getLong(run + KvmX86Layout.REGS_RSP) == frameVirtual) {
            Memory.putLong(run + KvmX86Layout.REGS_RIP, Memory.getLong(frame + SystemLayout.FRAME_RIP));
            Memory.putLong(run + KvmX86Layout.REGS_RSP, Memory.getLong(frame + SystemLayout.FRAME_RSP));
            Memory.putLong(run + KvmX86Layout.REGS_RFLAGS, Memory.getLong(frame + SystemLayout.FRAME_RFLAGS));
            return true;
        }
        setInterruptFlag();
        return rip != SYSCALL && !SystemLayout.isHandler(rip);
    }

    /** A user program always runs with interrupts enabled; not every KVM says so. */
    private void setInterruptFlag() {
        Memory.putLong(run + KvmX86Layout.REGS_RFLAGS,
                Memory.getLong(run + KvmX86Layout.REGS_RFLAGS) | Processor.RFLAGS_IF);
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
        if ((cs & 3) == 0) {
            return new Exit.Failed(String.format("exception %d, error code 0x%x, in the supervisor at 0x%x%n", vector,
                    error, rip) + dump());
        }
        Memory.putLong(run + KvmX86Layout.REGS_RIP, rip);
        Memory.putLong(run + KvmX86Layout.REGS_RSP, Memory.getLong(stackTop + SupervisorCode.FRAME_RSP));
        Memory.putLong(run + KvmX86Layout.REGS_RFLAGS, Memory.getLong(stackTop + SupervisorCode.FRAME_RFLAGS)
                | Processor.RFLAGS_IF);
        if (vector == Processor.PF) {
            long address = Memory.getLong(stackTop + SupervisorCode.FRAME_CR2);
            state.pageFault(pageFaultError(error, address), address);
            return new Exit.MemoryFault(address, access(error));
        }
        state.trap(vector, error);
        return switch (vector) {
            case Processor.DE -> new Exit.ArithmeticFault(Signal.FPE_INTDIV);
            case Processor.DB -> DEBUG_TRAP;
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
        int words = state.vector().x87Words();
        return arithmetic(words >>> 16 & ~words);
    }

    private Exit simdFault() {
        int mxcsr = state.vector().mxcsr();
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
    public void reset() {
        state.reset();
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
        state.flush();
        Memory.putLong(frame + SystemLayout.FRAME_RIP, SystemLayout.STUB + SupervisorCode.EXIT_LOOP);
        Memory.putLong(frame + SystemLayout.FRAME_RSP, 0);
        Memory.putLong(frame + SystemLayout.FRAME_RFLAGS, Processor.RFLAGS_FIXED | Processor.RFLAGS_IF);
        startAtFrame();
    }

    @Override
    public void continueExitLoop() {
        startAtFrame();
    }

    @Override
    public void close() {
        state.close();
    }
}
