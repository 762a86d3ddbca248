package org.nesteddune.x86;

import static org.nesteddune.x86.X86Registers.ORIG_RAX;
import static org.nesteddune.x86.X86Registers.RAX;
import static org.nesteddune.x86.X86Registers.RDI;
import static org.nesteddune.x86.X86Registers.RDX;
import static org.nesteddune.x86.X86Registers.RFLAGS;
import static org.nesteddune.x86.X86Registers.RIP;
import static org.nesteddune.x86.X86Registers.RSI;
import static org.nesteddune.x86.X86Registers.RSP;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.function.Supplier;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.SignalFrames;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.linux.Signal;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;

/**
 * The signal frames of 64-bit programs. Source: {@code arch/x86/kernel/signal.c}, {@code signal_64.c}, {@code
 * fpu/signal.c}, {@code uapi/asm/sigcontext.h}, {@code uapi/asm/ucontext.h}. Stateless, safe for any thread.
 *
 * <pre>
 * higher   red zone (128 bytes, not on entry to the alternate stack)
 *          XSAVE area and FP_XSTATE_MAGIC2, aligned to 64     uc.uc_mcontext.fpstate
 *   312    struct siginfo (128)                               rsi of the handler
 *   304    uc_sigmask (8)
 *    48    uc_mcontext (struct sigcontext, 256)
 *     8    uc_flags, uc_link, uc_stack                        rdx of the handler
 *     0    return address = sa_restorer                       rsp of the handler, 8 below a multiple of 16
 * </pre>
 */
final class X86SignalFrames implements SignalFrames {

    private static final int RED_ZONE = 128;

    // struct rt_sigframe
    private static final int UC_FLAGS = 8;
    private static final int UC_STACK = 24;
    private static final int CONTEXT = 48;
    private static final int UC_SIGMASK = 304;
    private static final int INFO = 312;
    private static final int SIZE = 440;

    /** What a return needs to read: all before the siginfo. */
    private static final int RETURN_SIZE = INFO;

    // uc_flags: the area has XSAVE form; ss was saved; ss is to be restored as it is.
    private static final long UC_FP_XSTATE = 1;
    private static final long UC_SIGCONTEXT_SS = 2;
    private static final long UC_STRICT_RESTORE_SS = 4;

    /** The registers that lie one behind the other from the start of struct sigcontext. */
    private static final int[] CONTEXT_REGISTERS = {
        X86Registers.R8, X86Registers.R9, X86Registers.R10, X86Registers.R11, X86Registers.R12, X86Registers.R13,
        X86Registers.R14, X86Registers.R15, RDI, RSI, X86Registers.RBP, X86Registers.RBX, RDX, RAX, X86Registers.RCX,
        RSP, RIP
    };

    // The rest of struct sigcontext
    private static final int FLAGS = CONTEXT + 136;
    private static final int CS = CONTEXT + 144;
    private static final int SS = CONTEXT + 150;
    private static final int ERR = CONTEXT + 152;
    private static final int TRAPNO = CONTEXT + 160;
    private static final int OLDMASK = CONTEXT + 168;
    private static final int CR2 = CONTEXT + 176;
    private static final int FPSTATE = CONTEXT + 184;

    /** The selectors of 64-bit user code and of user data (Linux, {@code asm/segment.h}). */
    private static final short USER_CS = 0x33;

    private static final short USER_DS = 0x2b;

    /** The vector of #GP. */
    private static final int GENERAL_PROTECTION = 13;

    // rflags
    private static final long CF = 1 << 0;
    private static final long PF = 1 << 2;
    private static final long AF = 1 << 4;
    private static final long ZF = 1 << 6;
    private static final long SF = 1 << 7;
    private static final long TF = 1 << 8;
    private static final long DF = 1 << 10;
    private static final long OF = 1 << 11;
    private static final long RF = 1 << 16;
    private static final long AC = 1 << 18;

    /** The flags that a return may set (Linux, FIX_EFLAGS). */
    private static final long USER_FLAGS = AC | OF | DF | TF | SF | ZF | AF | PF | CF | RF;

    private static final VarHandle SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final int minimumStackSize;
    private final FloatingPointFrame floatingPoint;

    /**
     * @param layout the XSAVE areas of the CPUs whose frames these are
     * @param minimumStackSize what a frame may need on the CPU with the most registers
     */
    X86SignalFrames(Supplier<XStateLayout> layout, int minimumStackSize) {
        this.minimumStackSize = minimumStackSize;
        floatingPoint = new FloatingPointFrame(layout);
    }

    @Override
    public int minimumStackSize() {
        return minimumStackSize;
    }

    @Override
    public void push(CpuState cpu, GuestMemory memory, Delivery delivery) {
        if ((delivery.action().flags() & Signal.SA_RESTORER) == 0) {
            throw new GuestFault(0); // x86-64 has no other way back
        }
        long area = (delivery.top(RED_ZONE) - FloatingPointFrame.size(cpu.vectorSize())) & -64;
        long frame = ((area - SIZE) & -16) - 8;
        delivery.check(frame);
        floatingPoint.save(cpu, memory, area);
        memory.write(frame, frame(cpu, delivery, area), 0, SIZE);

        cpu.set(RDI, delivery.signal());
        cpu.set(RAX, 0); // for a handler without a prototype: no arguments in vector registers
        cpu.set(RSI, frame + INFO);
        cpu.set(RDX, frame + UC_FLAGS);
        cpu.set(RIP, delivery.action().handler());
        cpu.set(RSP, frame);
        cpu.set(RFLAGS, cpu.get(RFLAGS) & ~(DF | RF | TF));
        cpu.set(ORIG_RAX, -1);
        floatingPoint.reset(cpu);
    }

    private static byte[] frame(CpuState cpu, Delivery delivery, long area) {
        byte[] frame = new byte[SIZE];
        LONG.set(frame, 0, delivery.action().restorer());
        LONG.set(frame, UC_FLAGS,
                (FloatingPointFrame.isExtended(cpu.vectorSize()) ? UC_FP_XSTATE : 0)
                        | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS);
        LONG.set(frame, UC_STACK, delivery.alternateStack().base());
        INT.set(frame, UC_STACK + 8, delivery.alternateStack().flags());
        LONG.set(frame, UC_STACK + 16, delivery.alternateStack().size());
        for (int i = 0; i < CONTEXT_REGISTERS.length; i++) {
            LONG.set(frame, CONTEXT + 8 * i, cpu.get(CONTEXT_REGISTERS[i]));
        }
        LONG.set(frame, FLAGS, cpu.get(RFLAGS));
        SHORT.set(frame, CS, USER_CS);
        SHORT.set(frame, SS, USER_DS);
        LONG.set(frame, ERR, cpu.get(X86Registers.ERR));
        LONG.set(frame, TRAPNO, cpu.get(X86Registers.TRAPNO));
        LONG.set(frame, OLDMASK, delivery.mask().low());
        LONG.set(frame, CR2, cpu.get(X86Registers.CR2));
        LONG.set(frame, FPSTATE, area);
        LONG.set(frame, UC_SIGMASK, delivery.mask().low());
        if ((delivery.action().flags() & Signal.SA_SIGINFO) != 0) {
            X86SignalInfo.write(frame, INFO, delivery.signal(), delivery.info());
        }
        return frame;
    }

    @Override
    public Restored pop(CpuState cpu, GuestMemory memory) {
        long address = cpu.get(RSP) - 8; // the handler's return took the first word
        byte[] frame = new byte[RETURN_SIZE];
        memory.read(address, frame, 0, RETURN_SIZE);
        for (int i = 0; i < CONTEXT_REGISTERS.length; i++) {
            cpu.set(CONTEXT_REGISTERS[i], (long) LONG.get(frame, CONTEXT + 8 * i));
        }
        long flags = (long) LONG.get(frame, FLAGS);
        cpu.set(RFLAGS, cpu.get(RFLAGS) & ~USER_FLAGS | flags & USER_FLAGS);
        cpu.set(ORIG_RAX, -1); // whatever was interrupted is not to be started again
        boolean whole = restoreFloatingPoint(cpu, memory, (long) LONG.get(frame, FPSTATE)) && restoreSegments(cpu, frame);
        return new Restored(
                new SignalSet((long) LONG.get(frame, UC_SIGMASK), 0),
                new AlternateStack(
                        (long) LONG.get(frame, UC_STACK), (int) INT.get(frame, UC_STACK + 8),
                        (long) LONG.get(frame, UC_STACK + 16)),
                whole);
    }

    private boolean restoreFloatingPoint(CpuState cpu, GuestMemory memory, long address) {
        try {
            floatingPoint.restore(cpu, memory, address);
            return true;
        } catch (GuestFault bad) {
            return false;
        }
    }

    /**
     * Guests have 64-bit code only. The way back to other segments ends as IRET ends in Linux where they do not exist: with a
     * #GP that bears the selector.
     */
    private static boolean restoreSegments(CpuState cpu, byte[] frame) {
        int cs = (short) SHORT.get(frame, CS) & 0xffff | 3;
        int ss = (short) SHORT.get(frame, SS) & 0xffff | 3;
        boolean strict = ((long) LONG.get(frame, UC_FLAGS) & UC_STRICT_RESTORE_SS) != 0;
        int bad = cs != USER_CS ? cs : strict && ss != USER_DS ? ss : 0;
        if (bad == 0) {
            return true;
        }
        cpu.set(X86Registers.TRAPNO, GENERAL_PROTECTION);
        cpu.set(X86Registers.ERR, bad & ~3);
        return false;
    }
}
