package org.nesteddune.syscalls.signals;

import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Waiting for signals. */
final class WaitCalls {

    private WaitCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full("pause", "", WaitCalls::pause)
                .full("rt_sigsuspend", "in:sigset unewset, size sigsetsize", WaitCalls::sigsuspend)
                .full(
                        "rt_sigtimedwait",
                        "in:sigset uthese, out:siginfo? uinfo, in:timespec? uts, size sigsetsize -> sig",
                        WaitCalls::sigtimedwait);
    }

    private static long pause(Task task, SyscallArguments a) {
        task.sleepUntil(Long.MAX_VALUE);
        return -Errno.ERESTARTNOHAND;
    }

    private static long sigsuspend(Task task, SyscallArguments a) {
        SignalSets.checkSize(task, a.get(1));
        task.temporarySignalMask(SignalSets.read(task, a.get(0)));
        task.sleepUntil(Long.MAX_VALUE);
        return -Errno.ERESTARTNOHAND;
    }

    private static long sigtimedwait(Task task, SyscallArguments a) {
        SignalSets.checkSize(task, a.get(3));
        SignalSet wanted = SignalSets.read(task, a.get(0));
        long deadline = a.get(2) == 0
                ? Long.MAX_VALUE
                : Timespec.deadlineAfter(Timespec.read(task.memory(), a.get(2)));
        SignalInfo info = task.takeSignal(wanted);
        if (info == null) {
            long result = task.sleepUntil(deadline, wanted);
            info = task.takeSignal(wanted);
            if (info == null) {
                return result == 0 ? -Errno.EAGAIN : -Errno.EINTR;
            }
        }
        if (a.get(1) != 0) {
            task.architecture().abi().writeSignalInfo(task.memory(), a.get(1), info);
        }
        return task.architecture().abi().signalToGuest(info.signal());
    }
}
