package org.nesteddune.syscalls.signals;

import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalFrames.AlternateStack;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** What is done about signals: actions, masks, alternate stacks, and the way back from a handler. */
final class ActionCalls {

    /** Signals whose default is to do nothing. */
    private static final SignalSet IGNORED_BY_DEFAULT =
            SignalSet.of(Signal.SIGCHLD, Signal.SIGCONT, Signal.SIGURG, Signal.SIGWINCH);

    /** The flags that there are (UAPI_SA_FLAGS); a program learns from what it reads back that others are not. */
    private static final long FLAGS = 0xffff_ffffL
            & (Signal.SA_NOCLDSTOP
                    | Signal.SA_NOCLDWAIT
                    | Signal.SA_SIGINFO
                    | Signal.SA_EXPOSE_TAGBITS
                    | Signal.SA_RESTORER
                    | Signal.SA_ONSTACK
                    | Signal.SA_RESTART
                    | Signal.SA_NODEFER
                    | Signal.SA_RESETHAND);

    private ActionCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full(
                        "rt_sigaction",
                        "sig sig, in:sigaction? act, out:sigaction? oact, size sigsetsize",
                        ActionCalls::sigaction)
                .full(
                        "rt_sigprocmask",
                        "enum:sigmask how, in:sigset? nset, out:sigset? oset, size sigsetsize",
                        ActionCalls::sigprocmask)
                .full("rt_sigpending", "outbuf:sigsetsize uset, size sigsetsize", ActionCalls::sigpending)
                .full("rt_sigreturn", "", (task, a) -> task.returnFromSignal())
                .full("sigaltstack", "in:stack_t? uss, out:stack_t? uoss", ActionCalls::sigaltstack);
    }

    private static long sigaction(Task task, SyscallArguments a) {
        SignalSets.checkSize(task, a.get(3));
        GuestAbi abi = task.architecture().abi();
        GuestMemory memory = task.memory();
        boolean sets = a.get(1) != 0;
        SignalAction action = null;
        if (sets) {
            SignalAction read = abi.readSignalAction(memory, a.get(1));
            action = new SignalAction(
                    read.handler(), read.flags() & FLAGS, read.restorer(), read.mask().andNot(SignalSet.UNSTOPPABLE));
        }
        int signal = SignalSets.signal(task, a.getInt(0));
        if (sets && SignalSet.UNSTOPPABLE.has(signal)) {
            return -Errno.EINVAL;
        }
        SignalAction old = sets
                ? task.process().signalHandlers().set(signal, action)
                : task.process().signalHandlers().get(signal);
        if (sets && ignores(action, signal)) {
            SignalSet ignored = SignalSet.of(signal);
            task.process().pendingSignals().discard(ignored);
            task.process().tasks().forEach(other -> other.pendingSignals().discard(ignored));
        } else if (sets && old.handler() == SignalAction.IGNORE) {
            task.process().timers().unignored(signal);
        }
        if (a.get(2) != 0) {
            abi.writeSignalAction(memory, a.get(2), old);
        }
        return 0;
    }

    private static boolean ignores(SignalAction action, int signal) {
        return action.handler() == SignalAction.IGNORE
                || action.handler() == SignalAction.DEFAULT && IGNORED_BY_DEFAULT.has(signal);
    }

    private static long sigprocmask(Task task, SyscallArguments a) {
        SignalSets.checkSize(task, a.get(3));
        SignalSet old = task.signalMask();
        if (a.get(1) != 0) {
            SignalSet set = SignalSets.read(task, a.get(1));
            switch (task.architecture().abi().maskOperationFromGuest(a.getInt(0))) {
                case Signal.SIG_BLOCK -> task.signalMask(old.or(set));
                case Signal.SIG_UNBLOCK -> task.signalMask(old.andNot(set));
                case Signal.SIG_SETMASK -> task.signalMask(set);
                default -> {
                    return -Errno.EINVAL;
                }
            }
        }
        if (a.get(2) != 0) {
            SignalSets.write(task, a.get(2), old, task.architecture().abi().signalSetSize());
        }
        return 0;
    }

    private static long sigpending(Task task, SyscallArguments a) {
        long size = a.get(1);
        if (Long.compareUnsigned(size, task.architecture().abi().signalSetSize()) > 0) {
            return -Errno.EINVAL;
        }
        SignalSet pending = task.pendingSignals().set().or(task.process().pendingSignals().set());
        SignalSets.write(task, a.get(0), pending.and(task.signalMask()), (int) size);
        return 0;
    }

    private static long sigaltstack(Task task, SyscallArguments a) {
        GuestMemory memory = task.memory();
        GuestAbi abi = task.architecture().abi();
        AlternateStack old = task.alternateStack();
        boolean onStack = old.isUsedBy(task.cpu().get(task.architecture().registers().stackPointer()));
        if (a.get(0) != 0) {
            int result = task.changeAlternateStack(abi.readAlternateStack(memory, a.get(0)));
            if (result != 0) {
                return result;
            }
        }
        if (a.get(1) != 0) {
            int state = old.size() == 0 ? Signal.SS_DISABLE : onStack ? Signal.SS_ONSTACK : 0;
            int flags = state | old.flags() & Signal.SS_AUTODISARM;
            abi.writeAlternateStack(memory, a.get(1), new AlternateStack(old.base(), flags, old.size()));
        }
        return 0;
    }
}
