package org.nesteddune.syscalls.ptrace;

import org.nesteddune.kernel.Inspection;
import org.nesteddune.kernel.ProcessTable;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Tracing;
import org.nesteddune.kernel.Tracing.Resumption;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ptrace;
import org.nesteddune.linux.Signal;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** {@code ptrace}: who traces whom, and how tracees go on (kernel/ptrace.c). */
final class PtraceCall {

    private static final String MISSING =
            "no hardware breakpoints; PTRACE_PEEKSIGINFO and what concerns seccomp give EIO, block steps too";

    private PtraceCall() {}

    static void addTo(Syscall.Table table) {
        table.partial("ptrace", "enum:ptrace request, pid pid, addr addr, hex data -> long", MISSING, PtraceCall::ptrace);
    }

    private static long ptrace(Task task, SyscallArguments a) {
        int request = a.getInt(0);
        if (request == Ptrace.PTRACE_TRACEME) {
            return task.tracing().traceMe();
        }
        ProcessTable table = task.process().table();
        int pid = a.getInt(1);
        Task target = pid <= 0 ? null : table.task(pid);
        if (request == Ptrace.PTRACE_ATTACH || request == Ptrace.PTRACE_SEIZE) {
            return target != null ? attach(task, target, a) : table.process(pid) != null || pid == 1 ? -Errno.EPERM : -Errno.ESRCH;
        }
        if (target == null || target.tracing().tracer() != task) {
            return -Errno.ESRCH;
        }
        Tracing tracing = target.tracing();
        switch (request) {
            case Ptrace.PTRACE_KILL -> {
                target.process().signal(SignalInfo.kernel(Signal.SIGKILL));
                return 0;
            }
            case Ptrace.PTRACE_INTERRUPT -> {
                if (!tracing.isSeized()) {
                    return -Errno.EIO;
                }
                tracing.interrupt();
                return 0;
            }
            default -> {
                return tracing.isStopped() ? ofStopped(task, target, a) : -Errno.ESRCH;
            }
        }
    }

    private static long attach(Task task, Task target, SyscallArguments a) {
        boolean seize = a.getInt(0) == Ptrace.PTRACE_SEIZE;
        long options = seize ? a.get(3) : 0;
        if (seize && (a.get(2) != 0 || (options & ~Ptrace.PTRACE_O_MASK) != 0)) {
            return -Errno.EIO;
        }
        if (target.process() == task.process() || !Inspection.mayAttach(task, target.process())) {
            return -Errno.EPERM;
        }
        return target.tracing().attach(task, seize, (int) options);
    }

    /** Requests about a tracee that stands in a stop. */
    private static long ofStopped(Task task, Task target, SyscallArguments a) {
        Tracing tracing = target.tracing();
        switch (a.getInt(0)) {
            case Ptrace.PTRACE_SINGLESTEP, Ptrace.PTRACE_SYSEMU_SINGLESTEP -> {
                if (!target.architecture().tracedCpu().canStep()) {
                    return -Errno.EIO;
                }
                return resume(
                        task,
                        tracing,
                        a.getInt(0) == Ptrace.PTRACE_SINGLESTEP ? Resumption.STEP : Resumption.STEP_EMULATING,
                        a.get(3));
            }
            case Ptrace.PTRACE_CONT -> {
                return resume(task, tracing, Resumption.CONTINUE, a.get(3));
            }
            case Ptrace.PTRACE_SYSCALL -> {
                return resume(task, tracing, Resumption.TO_SYSCALL, a.get(3));
            }
            case Ptrace.PTRACE_SYSEMU -> {
                return resume(task, tracing, Resumption.EMULATE, a.get(3));
            }
            case Ptrace.PTRACE_DETACH -> {
                return isSignal(task, a.get(3)) ? tracing.detach(generic(task, a.get(3))) : -Errno.EIO;
            }
            case Ptrace.PTRACE_LISTEN -> {
                return tracing.listen();
            }
            case Ptrace.PTRACE_SETOPTIONS -> {
                if ((a.get(3) & ~Ptrace.PTRACE_O_MASK) != 0) {
                    return -Errno.EINVAL;
                }
                tracing.options(a.getInt(3));
                return 0;
            }
            case Ptrace.PTRACE_GETEVENTMSG -> {
                task.memory().writeLong(a.get(3), tracing.message());
                return 0;
            }
            default -> {
                return TraceeState.request(task, target, a);
            }
        }
    }

    private static long resume(Task task, Tracing tracing, Resumption how, long signal) {
        return isSignal(task, signal) ? tracing.resume(how, generic(task, signal)) : -Errno.EIO;
    }

    private static boolean isSignal(Task task, long signal) {
        return signal == 0 || signal == (int) signal && task.architecture().abi().isSignal((int) signal);
    }

    private static int generic(Task task, long signal) {
        return signal == 0 ? 0 : task.architecture().abi().signalFromGuest((int) signal);
    }
}
