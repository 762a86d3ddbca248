package org.nesteddune.internal.task;

import org.nesteddune.arch.SignalInfo;
import org.nesteddune.engine.Exit;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Signal;
import org.nesteddune.mm.FaultOutcome;

/** Turns what the CPU reports into repaired pages or into signals. */
final class FaultHandling {

    private FaultHandling() {}

    /**
     * Deals with the task's last exit.
     *
     * @return true if the guest can run on at once, false if a signal waits
     */
    static boolean handle(GuestTask task) {
        Exit exit = task.lastExit();
        if (exit instanceof Exit.MemoryFault fault) {
            FaultOutcome outcome = task.memory().fault(fault.address(), fault.access());
            if (outcome == FaultOutcome.RESOLVED) {
                return true;
            }
            String what = fault.access().name().toLowerCase(java.util.Locale.ROOT) + " of 0x"
                    + Long.toHexString(fault.address()) + ": " + explain(outcome);
            switch (outcome) {
                case NO_BACKING -> force(task, Signal.SIGBUS, Signal.BUS_ADRERR, fault.address(), what);
                case FORBIDDEN -> force(task, Signal.SIGSEGV, Signal.SEGV_ACCERR, fault.address(), what);
                default -> {
                    SignalInfo beyond = task.architecture().addressFault(fault.address());
                    force(task, beyond != null ? beyond : SignalInfo.fault(Signal.SIGSEGV, Signal.SEGV_MAPERR, fault.address()), what);
                }
            }
        } else if (exit instanceof Exit.BackingFault) {
            if (task.memory().revalidate()) {
                return true;
            }
            force(task, Signal.SIGBUS, Signal.BUS_ADRERR, 0, "the host has no memory behind a mapped page");
        } else if (exit instanceof Exit.IllegalInstruction) {
            int code = task.architecture().illegalInstructionCode();
            force(task, Signal.SIGILL, code, code == Signal.SI_KERNEL ? 0 : task.pc(), "illegal instruction");
        } else if (exit instanceof Exit.Breakpoint) {
            force(task, Signal.SIGTRAP, Signal.SI_KERNEL, 0, "breakpoint");
        } else if (exit instanceof Exit.DebugTrap trap) {
            force(task, Signal.SIGTRAP, trap.code(), task.pc(), "debug trap");
        } else if (exit instanceof Exit.ArithmeticFault fault) {
            force(task, Signal.SIGFPE, fault.code(), task.pc(), "arithmetic fault");
        } else if (exit instanceof Exit.AlignmentFault fault) {
            force(task, task.architecture().alignmentFault(fault.address()), "misaligned access");
        } else if (exit instanceof Exit.BoundsFault fault) {
            force(task, SignalInfo.bounds(fault.value(), fault.lower(), fault.upper()), "out of bounds");
        } else if (exit instanceof Exit.ProtectionFault) {
            force(task, Signal.SIGSEGV, Signal.SI_KERNEL, 0, "privileged instruction or address that is not canonical");
        } else if (exit instanceof Exit.StackFault) {
            force(task, Signal.SIGBUS, Signal.SI_KERNEL, 0, "stack address that is not canonical");
        } else if (exit instanceof Exit.Failed failed) {
            task.guestProcess().runtime().defect("vCPU of guest " + task.process().pid() + ": " + failed.details(), null);
            task.process().exit(ExitStatus.signaled(Signal.SIGKILL, "the engine failed: " + failed.details()));
        }
        return false;
    }

    private static String explain(FaultOutcome outcome) {
        return switch (outcome) {
            case NO_BACKING -> "behind the end of the mapped file";
            case FORBIDDEN -> "the mapping forbids it";
            default -> "nothing is mapped there";
        };
    }

    /** As force_sig_fault of the kernel: a blocked or ignored fault ends the process. */
    private static void force(GuestTask task, int signal, int code, long address, String what) {
        force(task, SignalInfo.fault(signal, code, address), what);
    }

    private static void force(GuestTask task, SignalInfo info, String what) {
        task.signals().force(info, what + ", pc 0x" + Long.toHexString(task.pc()));
    }
}
