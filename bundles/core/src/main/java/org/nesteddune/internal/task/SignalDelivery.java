package org.nesteddune.internal.task;

import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalFrames.AlternateStack;
import org.nesteddune.arch.SignalFrames.Delivery;
import org.nesteddune.arch.SignalFrames.Restored;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.syscall.SyscallHandler;

/** Delivers pending signals to a task that is between two instructions, and decides whether a call is restarted. */
final class SignalDelivery {

    private SignalDelivery() {}

    /** Delivers all that can be delivered now. On return the task runs on, or is ending. */
    static void deliver(GuestTask task) {
        boolean handled = false;
        for (; ; ) {
            handled |= deliverAll(task, handled);
            Departure departure = task.guestProcess().leaving().departure();
            if (departure == null || !departure.isWanted() || task.isEnding()) {
                break;
            }
            if (departure.arrive(task)) {
                return;
            }
        }
        if (!handled && !task.isEnding()) {
            restart(task, null);
            task.signals().restoreMask();
        }
    }

    private static boolean deliverAll(GuestTask task, boolean before) {
        boolean handled = before;
        while (!task.isEnding()) {
            task.tracee().attend();
            int resumptions = task.guestProcess().groupStop().resumptions();
            SignalInfo info = task.signals().next();
            if (info == null) {
                break;
            }
            if (task.tracee().isTraced()) {
                info = task.tracee().signalStop(info);
                if (info == null) {
                    continue;
                }
            }
            handled |= deliver(task, info, handled, resumptions);
        }
        return handled;
    }

    private static boolean deliver(GuestTask task, SignalInfo info, boolean nested, int resumptions) {
        int signal = info.signal();
        SignalAction action = task.process().signalHandlers().take(signal);
        CallObserver observer = task.guestProcess().observer();
        if (observer != null && action.handler() != SignalAction.IGNORE) {
            observer.signal(task, info);
        }
        if (!action.isHandled()) {
            if (action.handler() == SignalAction.DEFAULT) {
                byDefault(task, info, resumptions);
            }
            return false;
        }
        if (!nested) {
            restart(task, action);
        }
        task.tracee().handlerBegins();
        push(task, info, action);
        task.tracee().step();
        return true;
    }

    private static void byDefault(GuestTask task, SignalInfo info, int resumptions) {
        switch (DefaultAction.of(info.signal())) {
            case IGNORE, CONTINUE -> {
                // Nothing to be done: a continue has had its effect when it was sent.
            }
            case STOP -> {
                GuestProcess process = task.guestProcess();
                if (info.signal() == Signal.SIGSTOP || !process.group().isOrphaned()) {
                    process.groupStop().stop(info.signal(), resumptions);
                    process.groupStop().hold(task);
                }
            }
            case CORE -> CoreDump.end(task, info);
            default -> task.guestProcess()
                    .groupExit().exit(task, ExitStatus.signaled(info.signal(), task.signals().messageOf(info.signal())));
        }
    }

    private static void push(GuestTask task, SignalInfo info, SignalAction action) {
        SignalSet mask = task.signals().maskToSave();
        Architecture architecture = task.architecture();
        CpuState cpu = task.cpu();
        long stackPointer = cpu.get(architecture.registers().stackPointer());
        AlternateStack alternate = task.alternateStack();
        long top = stackPointer;
        boolean enter = (action.flags() & Signal.SA_ONSTACK) != 0
                && !alternate.isUsedBy(stackPointer)
                && alternate.size() != 0;
        if (enter) {
            top = alternate.base() + alternate.size();
        }
        int number = architecture.abi().signalToGuest(info.signal());
        try {
            architecture.signalFrames().push(cpu, task.memory(), new Delivery(number, info, action, mask, top, enter, alternate));
        } catch (GuestFault bad) {
            // As signal_setup_done of the kernel: what no handler can be told of is a fault, which may have one.
            if (info.signal() == Signal.SIGSEGV) {
                task.process().signalHandlers().set(Signal.SIGSEGV, SignalAction.INITIAL);
            }
            task.signals().force(
                    SignalInfo.kernel(Signal.SIGSEGV),
                    "no room on the stack at 0x" + Long.toHexString(bad.address()) + " for the handler of "
                            + Signal.name(info.signal()) + ", pc 0x" + Long.toHexString(task.pc()));
            return;
        }
        if (alternate.disarmsItself()) {
            task.signals().alternateStack(AlternateStack.NONE);
        }
        SignalSet blocked = task.signalMask().or(action.mask());
        if ((action.flags() & Signal.SA_NODEFER) == 0) {
            blocked = blocked.with(info.signal());
        }
        task.signals().delivered(blocked);
    }

    /**
     * What becomes of a call that was interrupted: with a handler EINTR or, by its SA_RESTART, the call again; without
     * one always the call again ({@code handle_signal} and {@code arch_do_signal_or_restart} of the kernel).
     */
    private static void restart(GuestTask task, SignalAction action) {
        int code = task.call().takeRestart();
        if (code == 0) {
            return;
        }
        boolean again = action == null
                || code == Errno.ERESTARTNOINTR
                || code == Errno.ERESTARTSYS && (action.flags() & Signal.SA_RESTART) != 0;
        if (!again) {
            task.architecture().setSyscallResult(task.cpu(), -Errno.EINTR);
            return;
        }
        int number = task.call().number();
        if (code == Errno.ERESTART_RESTARTBLOCK) {
            task.settings().restartedCall(task.call().toRestart());
            int restart = task.architecture().syscallNumbers().number("restart_syscall");
            number = restart >= 0 ? restart : number;
        }
        task.architecture().restartSyscall(task.cpu(), number);
    }

    /**
     * Returns from a handler ({@code rt_sigreturn}): the state is as the frame on the stack says.
     *
     * @return always {@link SyscallHandler#NO_RESULT}: all registers are the frame's
     */
    static long returnFrom(GuestTask task) {
        boolean whole = false;
        task.settings().restartBlock(null);
        try {
            Restored restored = task.architecture().signalFrames().pop(task.cpu(), task.memory());
            task.signals().mask(restored.mask());
            if (restored.whole()) {
                // As in the kernel: a stack that cannot be set stays as it is.
                task.signals().changeAlternateStack(restored.alternateStack(), task.stackPointer());
            }
            whole = restored.whole();
        } catch (GuestFault unreadable) {
            whole = false;
        }
        if (!whole) {
            task.signals().force(
                    SignalInfo.kernel(Signal.SIGSEGV),
                    "bad signal frame at 0x" + Long.toHexString(task.stackPointer()) + ", pc 0x" + Long.toHexString(task.pc()));
        }
        return SyscallHandler.NO_RESULT;
    }
}
