package org.nesteddune.syscalls.signals;

import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Confinement;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.PidFile;
import org.nesteddune.kernel.PidHandle;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.ProcessGroup;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Sending signals. Only guests of this dune can be reached; of the host's processes only children that a guest made as one itself. */
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
                .full(
                        "pidfd_send_signal",
                        "fd pidfd, sig sig, in:siginfo? info, flags:pidfd_signal flags",
                        SendCalls::pidfdSendSignal);
    }

    /** The generic number of a guest's signal, 0 for the null signal. */
    private static int signal(Task task, int number) {
        return number == 0 ? 0 : SignalSets.signal(task, number);
    }

    private static boolean may(Process sender, Process target, int signal) {
        Credentials from = sender.credentials();
        Credentials to = target.credentials();
        if (Confinement.separates(sender, target)) {
            return false;
        }
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
            Process target = process(sender, pid);
            return target != null
                    ? send(task, target, sender.table().task(pid), number)
                    : pid == RUNTIME ? -Errno.EPERM : sendNatively(task, pid, number);
        }
        // First, since the sender may be among the others.
        long natively = sendNatively(task, pid, number);
        if (natively == -Errno.ERESTARTNOINTR) {
            return natively;
        }
        long inDune;
        if (pid == -1) {
            inDune = sendAll(task, number);
        } else {
            ProcessGroup group = pid == 0 ? sender.group() : sender.table().jobs().group(-pid);
            inDune = group == null ? -Errno.ESRCH : sendGroup(task, group, number);
        }
        return natively == 0 || inDune == -Errno.ESRCH ? natively : inDune;
    }

    /** To children that the sender made before it came into dune. What is no signal is EINVAL only if somebody is meant. */
    private static long sendNatively(Task task, int selector, int number) {
        boolean valid = number == 0 || task.architecture().abi().isSignal(number);
        long result = task.process().signalNativeChildren(selector, valid ? signal(task, number) : 0);
        return valid || result != 0 ? result : -Errno.EINVAL;
    }

    /** The process that has a pid, or a thread with this tid. */
    private static Process process(Process sender, int pid) {
        Process target = sender.table().process(pid);
        if (target == null) {
            Task thread = sender.table().task(pid);
            target = thread == null ? null : thread.process();
        }
        return target;
    }

    /** @param preferred the thread whose id was given, if it was a thread's; null for none */
    private static long send(Task task, Process target, Task preferred, int number) {
        int signal = signal(task, number);
        Process sender = task.process();
        if (!may(sender, target, signal)) {
            return -Errno.EPERM;
        }
        if (signal != 0) {
            target.signal(
                    SignalInfo.from(
                            signal, Signal.SI_USER, sender.pid(), sender.credentials().uid()),
                    preferred);
        }
        return 0;
    }

    /** ESRCH if there is nobody, EPERM if nobody could be signalled, 0 if anybody could. */
    private static long sendGroup(Task task, ProcessGroup group, int number) {
        long[] result = {-Errno.ESRCH};
        group.forEach(target -> {
            long one = send(task, target, null, number);
            result[0] = result[0] == 0 ? 0 : one;
        });
        return result[0];
    }

    /** To everybody else; that some could not be signalled does not count. */
    private static long sendAll(Task task, int number) {
        long[] result = {-Errno.ESRCH};
        task.process().table().forEach(target -> {
            if (target != task.process()) {
                send(task, target, null, number);
                result[0] = 0;
            }
        });
        return result[0];
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
        // A first thread that has ended is there until its process is gone.
        Process process = target != null ? target.process() : sender.table().process(tid);
        if (process == null || group != 0 && process.pid() != group) {
            return -Errno.ESRCH;
        }
        int signal = signal(task, number);
        if (!may(sender, process, signal)) {
            return -Errno.EPERM;
        }
        if (signal == 0 || target == null) {
            return 0;
        }
        SignalInfo sent = info != null
                ? info
                : SignalInfo.from(signal, Signal.SI_TKILL, sender.pid(), sender.credentials().uid());
        return target.signal(sent) ? 0 : -Errno.EAGAIN;
    }

    // With a value

    private static long sigqueueinfo(Task task, SyscallArguments a) {
        int pid = a.getInt(0);
        SignalInfo info = read(task, a.getInt(1), a.get(2));
        if (!mayClaim(task, info, pid)) {
            return -Errno.EPERM;
        }
        Process sender = task.process();
        Process target = process(sender, pid);
        if (target == null) {
            return pid == RUNTIME ? -Errno.EPERM : -Errno.ESRCH;
        }
        int signal = signal(task, a.getInt(1));
        if (!may(sender, target, signal)) {
            return -Errno.EPERM;
        }
        return signal == 0 || target.signal(info, sender.table().task(pid)) ? 0 : -Errno.EAGAIN;
    }

    private static long tgsigqueueinfo(Task task, SyscallArguments a) {
        SignalInfo info = read(task, a.getInt(2), a.get(3));
        if (a.getInt(0) <= 0 || a.getInt(1) <= 0) {
            return -Errno.EINVAL;
        }
        if (!mayClaim(task, info, a.getInt(1))) {
            return -Errno.EPERM;
        }
        return sendThread(task, a.getInt(0), a.getInt(1), a.getInt(2), info);
    }

    private static SignalInfo read(Task task, int number, long address) {
        GuestAbi abi = task.architecture().abi();
        return abi.readSignalInfo(task.memory(), address, abi.isSignal(number) ? abi.signalFromGuest(number) : 0);
    }

    /** Nobody may pretend to others than the calling thread that a signal comes from the kernel, kill or tgkill. */
    private static boolean mayClaim(Task task, SignalInfo info, int id) {
        return id == task.tid() || info.code() < 0 && info.code() != Signal.SI_TKILL;
    }

    // By file

    private static long pidfdSendSignal(Task task, SyscallArguments a) {
        int scope = a.getInt(3);
        int scopes = Signal.PIDFD_SIGNAL_THREAD
                | Signal.PIDFD_SIGNAL_THREAD_GROUP
                | Signal.PIDFD_SIGNAL_PROCESS_GROUP;
        if ((scope & ~scopes) != 0 || Integer.bitCount(scope) > 1) {
            return -Errno.EINVAL;
        }
        OpenFile file = task.descriptors().get(a.getInt(0));
        try {
            // A directory /proc/PID will do as well (pidfd_to_pid of kernel/signal.c).
            Process target = file.process();
            if (target == null) {
                return -Errno.EBADF;
            }
            Task thread = file instanceof PidFile pidfd ? pidfd.thread() : null;
            PidHandle handle = thread != null ? thread.handle() : target.handle();
            return send(task, target, handle, thread != null, a.getInt(1), a.get(2), scope);
        } finally {
            file.release();
        }
    }

    private static long send(
            Task task, Process target, PidHandle handle, boolean thread, int number, long address, int scope) {
        boolean group = scope == Signal.PIDFD_SIGNAL_PROCESS_GROUP;
        boolean one = scope == Signal.PIDFD_SIGNAL_THREAD || scope == 0 && thread;
        SignalInfo info = null;
        if (address != 0) {
            info = read(task, number, address);
            if (task.memory().readInt(address) != number) {
                return -Errno.EINVAL;
            }
            if (!mayClaim(task, info, group ? -1 : handle.number())) {
                return -Errno.EPERM;
            }
        }
        if (group) {
            ProcessGroup members = task.process().table().jobs().group(handle.number());
            return members == null ? -Errno.ESRCH : sendGroup(task, members, number);
        }
        if (handle.state() == PidHandle.State.GONE) {
            return -Errno.ESRCH;
        }
        if (one) {
            return sendThread(task, 0, handle.number(), number, info);
        }
        int signal = signal(task, number);
        if (!may(task.process(), target, signal)) {
            return -Errno.EPERM;
        }
        if (info == null) {
            return send(task, target, task.process().table().task(target.pid()), number);
        }
        return signal == 0 || target.signal(info) ? 0 : -Errno.EAGAIN;
    }
}
