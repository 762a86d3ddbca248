package org.nesteddune.syscalls.signals;

import java.util.function.Predicate;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.PendingSignals;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Resource;
import org.nesteddune.linux.Signal;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Sending signals. Only guests of this dune can be reached; a process of the host never. */
final class SendCalls {

    /** The runtime itself, which guests see as the parent of all and cannot signal. */
    private static final int RUNTIME = 1;

    private SendCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full("kill", "pid pid, sig sig", SendCalls::kill)
                .full("tkill", "pid tid, sig sig", SendCalls::tkill)
                .full("tgkill", "pid tgid, pid tid, sig sig", SendCalls::tgkill)
                .full("rt_sigqueueinfo", "pid pid, sig sig, in:siginfo uinfo", SendCalls::sigqueueinfo)
                .full(
                        "rt_tgsigqueueinfo",
                        "pid tgid, pid tid, sig sig, in:siginfo uinfo",
                        SendCalls::tgsigqueueinfo)
                .errno(
                        "pidfd_send_signal",
                        "fd pidfd, sig sig, addr info, uint flags",
                        Errno.ENOSYS,
                        "comes with process creation");
    }

    /** The generic number of a guest's signal, 0 for the null signal. */
    private static int signal(Task task, int number) {
        return number == 0 ? 0 : SignalSets.signal(task, number);
    }

    private static boolean may(Process sender, Process target, int signal) {
        Credentials from = sender.credentials();
        Credentials to = target.credentials();
        return sender == target
                || from.effectiveUid() == to.savedUid()
                || from.effectiveUid() == to.uid()
                || from.uid() == to.savedUid()
                || from.uid() == to.uid()
                || from.has(Capabilities.CAP_KILL)
                || signal == Signal.SIGCONT && sender.session() == target.session();
    }

    private static long kill(Task task, SyscallArguments a) {
        int pid = a.getInt(0);
        int number = a.getInt(1);
        Process sender = task.process();
        if (pid == Integer.MIN_VALUE) {
            return -Errno.ESRCH;
        }
        if (pid > 0) {
            Process target = sender.table().process(pid);
            if (target == null) {
                Task thread = sender.table().task(pid);
                target = thread == null ? null : thread.process();
            }
            if (target == null) {
                return pid == RUNTIME ? -Errno.EPERM : -Errno.ESRCH;
            }
            return send(sender, target, signal(task, number));
        }
        int signal = signal(task, number);
        int group = pid == 0 ? sender.processGroup() : -pid;
        return pid == -1
                ? sendAll(sender, target -> target != sender, signal)
                : sendAll(sender, target -> target.processGroup() == group, signal);
    }

    private static long send(Process sender, Process target, int signal) {
        if (!may(sender, target, signal)) {
            return -Errno.EPERM;
        }
        if (signal != 0) {
            target.signal(SignalInfo.from(
                    signal, Signal.SI_USER, sender.pid(), sender.credentials().uid()));
        }
        return 0;
    }

    /** ESRCH if there is nobody, EPERM if nobody could be signalled, 0 if anybody could. */
    private static long sendAll(Process sender, Predicate<Process> which, int signal) {
        long result = -Errno.ESRCH;
        for (Process target : sender.table().processes()) {
            if (which.test(target)) {
                long one = send(sender, target, signal);
                if (result != 0) {
                    result = one;
                }
            }
        }
        return result;
    }

    private static long tkill(Task task, SyscallArguments a) {
        return a.getInt(0) <= 0 ? -Errno.EINVAL : sendThread(task, 0, a.getInt(0), a.getInt(1), null);
    }

    private static long tgkill(Task task, SyscallArguments a) {
        return a.getInt(0) <= 0 || a.getInt(1) <= 0
                ? -Errno.EINVAL
                : sendThread(task, a.getInt(0), a.getInt(1), a.getInt(2), null);
    }

    /** Signals one thread; a thread group of 0 means any. */
    private static long sendThread(Task task, int group, int tid, int number, SignalInfo info) {
        Process sender = task.process();
        Task target = sender.table().task(tid);
        if (target == null || group != 0 && target.process().pid() != group) {
            return -Errno.ESRCH;
        }
        int signal = signal(task, number);
        if (!may(sender, target.process(), signal)) {
            return -Errno.EPERM;
        }
        if (signal != 0) {
            if (info != null) {
                checkQueue(target.process(), target.pendingSignals(), signal);
            }
            target.signal(info != null
                    ? info
                    : SignalInfo.from(
                            signal, Signal.SI_TKILL, sender.pid(), sender.credentials().uid()));
        }
        return 0;
    }

    // With a value

    private static long sigqueueinfo(Task task, SyscallArguments a) {
        int pid = a.getInt(0);
        SignalInfo info = read(task, a.getInt(1), a.get(2));
        Process sender = task.process();
        if (!mayClaim(info, pid == sender.pid())) {
            return -Errno.EPERM;
        }
        Process target = sender.table().process(pid);
        if (target == null) {
            return pid == RUNTIME ? -Errno.EPERM : -Errno.ESRCH;
        }
        int signal = signal(task, a.getInt(1));
        if (!may(sender, target, signal)) {
            return -Errno.EPERM;
        }
        if (signal != 0) {
            checkQueue(target, target.pendingSignals(), signal);
            target.signal(info);
        }
        return 0;
    }

    private static long tgsigqueueinfo(Task task, SyscallArguments a) {
        SignalInfo info = read(task, a.getInt(2), a.get(3));
        if (a.getInt(0) <= 0 || a.getInt(1) <= 0) {
            return -Errno.EINVAL;
        }
        if (!mayClaim(info, a.getInt(0) == task.process().pid())) {
            return -Errno.EPERM;
        }
        return sendThread(task, a.getInt(0), a.getInt(1), a.getInt(2), info);
    }

    private static SignalInfo read(Task task, int number, long address) {
        int signal = Signal.isValid(number) ? task.architecture().abi().signalFromGuest(number) : 0;
        return task.architecture().abi().readSignalInfo(task.memory(), address, signal);
    }

    /** Nobody may pretend to others that a signal comes from the kernel or from kill. */
    private static boolean mayClaim(SignalInfo info, boolean toItself) {
        return toItself || info.code() < 0 && info.code() != Signal.SI_TKILL;
    }

    private static void checkQueue(Process target, PendingSignals pending, int signal) {
        long limit = target.limits().soft(Resource.RLIMIT_SIGPENDING);
        boolean full = Long.compareUnsigned(pending.count(), limit) >= 0
                || pending.count() >= PendingSignals.GREATEST_COUNT;
        if (full && signal >= Signal.SIGRTMIN) {
            throw new ErrnoException(Errno.EAGAIN);
        }
    }
}
