package org.nesteddune.syscalls.process;

import org.nesteddune.kernel.ChildEvent;
import org.nesteddune.kernel.ChildSelector;
import org.nesteddune.kernel.PidFile;
import org.nesteddune.kernel.PidHandle;
import org.nesteddune.kernel.Task;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Wait;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Waiting for children. */
final class WaitCalls {

    private static final int WAIT4_OPTIONS =
            Wait.WNOHANG | Wait.WUNTRACED | Wait.WCONTINUED | Wait.__WNOTHREAD | Wait.__WCLONE | Wait.__WALL;
    private static final int WAITID_OPTIONS = WAIT4_OPTIONS | Wait.WEXITED | Wait.WNOWAIT;

    private WaitCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("wait4", "pid pid, addr wstatus, flags:wait options, addr rusage -> pid", WaitCalls::wait4)
                .full(
                        "waitid",
                        "enum:waitid which, pid upid, addr infop, flags:wait options, addr rusage",
                        WaitCalls::waitid);
    }

    private static long wait4(Task task, SyscallArguments a) {
        int pid = a.getInt(0);
        int options = a.getInt(2);
        if ((options & ~WAIT4_OPTIONS) != 0) {
            return -Errno.EINVAL;
        }
        if (pid == Integer.MIN_VALUE) {
            return -Errno.ESRCH;
        }
        ChildSelector selector;
        if (pid == -1) {
            selector = new ChildSelector(Wait.P_ALL, 0);
        } else if (pid > 0) {
            selector = new ChildSelector(Wait.P_PID, pid);
        } else {
            selector = new ChildSelector(Wait.P_PGID, pid == 0 ? task.process().processGroup() : -pid);
        }
        ChildEvent event = task.process().awaitChild(task, selector, options | Wait.WEXITED);
        if (event == null) {
            return 0;
        }
        if (a.get(1) != 0) {
            task.memory().writeInt(a.get(1), guestStatus(task, event));
        }
        if (a.get(3) != 0) {
            LimitCalls.writeUsage(task.memory(), a.get(3), event.usage());
        }
        return event.pid();
    }

    private static long waitid(Task task, SyscallArguments a) {
        int options = a.getInt(3);
        int id = a.getInt(1);
        int states = Wait.WEXITED | Wait.WSTOPPED | Wait.WCONTINUED;
        if ((options & ~WAITID_OPTIONS) != 0 || (options & states) == 0) {
            return -Errno.EINVAL;
        }
        ChildSelector selector;
        boolean patient = true;
        switch (a.getInt(0)) {
            case Wait.P_ALL -> selector = new ChildSelector(Wait.P_ALL, 0);
            case Wait.P_PID -> {
                if (id <= 0) {
                    return -Errno.EINVAL;
                }
                selector = new ChildSelector(Wait.P_PID, id);
            }
            case Wait.P_PGID -> {
                if (id < 0) {
                    return -Errno.EINVAL;
                }
                selector = new ChildSelector(Wait.P_PGID, id == 0 ? task.process().processGroup() : id);
            }
            case Wait.P_PIDFD -> {
                if (id < 0) {
                    return -Errno.EINVAL;
                }
                PidFile pidfd = PidfdCalls.find(task, id);
                PidHandle.State state = pidfd.handle().state();
                boolean waits = (pidfd.statusFlags() & OpenFlags.O_NONBLOCK) == 0;
                boolean thread = pidfd.thread() != null;
                int pid = pidfd.handle().number();
                pidfd.release();
                if (state == PidHandle.State.GONE || thread) {
                    return -Errno.ECHILD;
                }
                selector = new ChildSelector(Wait.P_PID, pid);
                patient = waits || (options & Wait.WNOHANG) != 0;
            }
            default -> {
                return -Errno.EINVAL;
            }
        }
        ChildEvent event = task.process().awaitChild(task, selector, patient ? options : options | Wait.WNOHANG);
        if (event == null && !patient) {
            return -Errno.EAGAIN;
        }
        GuestMemory memory = task.memory();
        if (event != null && a.get(4) != 0) {
            LimitCalls.writeUsage(memory, a.get(4), event.usage());
        }
        if (a.get(2) != 0) {
            SignalInfo info = event == null
                    ? new SignalInfo(0, 0, 0, 0, 0, 0, 0, 0)
                    : new SignalInfo(
                            Signal.SIGCHLD, event.code(), event.pid(), event.uid(), event.status(), 0, 0, 0);
            task.architecture().abi().writeSignalInfo(memory, a.get(2), info);
        }
        return 0;
    }

    /** The signal by the guest's number, at a tracer's stop with what stands above it. */
    private static int guestSignal(Task task, ChildEvent event) {
        return task.architecture().abi().signalToGuest(event.status() & 0x7f) | event.status() & ~0x7f;
    }

    /** What wait4 writes: exit code << 8, or the signal that killed, or the one that stopped << 8 | 0x7f, or 0xffff. */
    private static int guestStatus(Task task, ChildEvent event) {
        return switch (event.code()) {
            case Signal.CLD_EXITED -> event.waitStatus();
            case Signal.CLD_STOPPED -> guestSignal(task, event) << 8 | 0x7f;
            case Signal.CLD_TRAPPED -> guestSignal(task, event) << 8 | 0x7f;
            case Signal.CLD_CONTINUED -> 0xffff;
            case Signal.CLD_DUMPED -> guestSignal(task, event) | 0x80;
            default -> guestSignal(task, event);
        };
    }
}
