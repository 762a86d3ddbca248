package org.nesteddune.syscalls.process;

import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Wait;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;
import org.nesteddune.syscall.SyscallHandler;

/** The end of threads and processes, and what concerns other processes. */
final class LifeCalls {

    private static final int WAIT4_OPTIONS =
            Wait.WNOHANG | Wait.WUNTRACED | Wait.WCONTINUED | Wait.__WNOTHREAD | Wait.__WCLONE | Wait.__WALL;
    private static final int WAITID_OPTIONS = WAIT4_OPTIONS | Wait.WEXITED | Wait.WNOWAIT;

    private LifeCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full("exit", "int status", LifeCalls::exit)
                .full("exit_group", "int status", LifeCalls::exitGroup)
                .partial(
                        "wait4",
                        "pid pid, addr wstatus, flags:wait options, addr rusage -> pid",
                        "ECHILD: a process has no children until process creation is there",
                        LifeCalls::wait4)
                .partial(
                        "waitid",
                        "enum:waitid which, pid upid, addr infop, flags:wait options, addr rusage",
                        "ECHILD: a process has no children until process creation is there",
                        LifeCalls::waitid);
        String creation = "comes with process creation";
        table.errno("execve", "path filename, strv argv, strv envp", Errno.ENOSYS, creation)
                .errno(
                        "execveat",
                        "dirfd dirfd, path path, strv argv, strv envp, flags:at flags",
                        Errno.ENOSYS,
                        creation)
                .errno("fork", "-> pid", Errno.ENOSYS, creation)
                .errno("vfork", "-> pid", Errno.ENOSYS, creation)
                .errno(
                        "clone",
                        "flags:clone flags, addr stack, addr parent_tid, hex arg3, hex arg4 -> pid",
                        Errno.ENOSYS,
                        creation)
                .errno("clone3", "addr cl_args, size size -> pid", Errno.ENOSYS, creation)
                .errno("pidfd_open", "pid pid, flags:pidfd flags -> fd", Errno.ENOSYS, creation)
                .errno("pidfd_getfd", "fd pidfd, fd targetfd, uint flags -> fd", Errno.ENOSYS, creation);
        table.errno("unshare", "flags:clone flags", Errno.EPERM, "no namespaces, as in a container")
                .errno("setns", "fd fd, flags:clone nstype", Errno.EPERM, "no namespaces, as in a container")
                .errno("ptrace", "int request, pid pid, addr addr, hex data -> long", Errno.EPERM,
                        "no guest may look into another, as in a container")
                .errno("process_madvise",
                        "fd pidfd, addr vec, ulong vlen, int advice, uint flags -> long",
                        Errno.EPERM, "no guest may look into another, as in a container")
                .errno("process_mrelease", "fd pidfd, uint flags", Errno.EPERM,
                        "no guest may look into another, as in a container")
                .errno("kcmp", "pid pid1, pid pid2, int type, ulong idx1, ulong idx2", Errno.EPERM,
                        "no guest may look into another, as in a container")
                .errno("seccomp", "uint operation, uint flags, addr args", Errno.EINVAL,
                        "as a kernel without CONFIG_SECCOMP_FILTER");
    }

    private static long exit(Task task, SyscallArguments a) {
        task.exit(a.getInt(0));
        return SyscallHandler.NO_RESULT;
    }

    private static long exitGroup(Task task, SyscallArguments a) {
        task.process().exit(ExitStatus.exited(a.getInt(0)));
        return SyscallHandler.NO_RESULT;
    }

    private static long wait4(Task task, SyscallArguments a) {
        if ((a.getInt(2) & ~WAIT4_OPTIONS) != 0) {
            return -Errno.EINVAL;
        }
        return a.getInt(0) == Integer.MIN_VALUE ? -Errno.ESRCH : -Errno.ECHILD;
    }

    private static long waitid(Task task, SyscallArguments a) {
        int options = a.getInt(3);
        int states = Wait.WEXITED | Wait.WSTOPPED | Wait.WCONTINUED;
        if ((options & ~WAITID_OPTIONS) != 0 || (options & states) == 0) {
            return -Errno.EINVAL;
        }
        return switch (a.getInt(0)) {
            case Wait.P_ALL -> -Errno.ECHILD;
            case Wait.P_PID -> a.getInt(1) <= 0 ? -Errno.EINVAL : -Errno.ECHILD;
            case Wait.P_PGID -> a.getInt(1) < 0 ? -Errno.EINVAL : -Errno.ECHILD;
            case Wait.P_PIDFD -> a.getInt(1) < 0 ? -Errno.EINVAL : -Errno.EBADF;
            default -> -Errno.EINVAL;
        };
    }
}
