package org.nesteddune.syscalls.process;

import org.nesteddune.arch.GuestAbi;
import org.nesteddune.kernel.CloneRequest;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Clone;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** The beginning of threads and processes. */
final class CloneCalls {

    /** Greatest {@code struct clone_args} that a kernel accepts: a page. */
    private static final long MOST_CLONE_ARGS = 4096;

    /** Offsets in {@code struct clone_args} (linux/sched.h). */
    private static final int FLAGS = 0;

    private static final int PIDFD = 8;
    private static final int CHILD_TID = 16;
    private static final int PARENT_TID = 24;
    private static final int EXIT_SIGNAL = 32;
    private static final int STACK = 40;
    private static final int STACK_SIZE = 48;
    private static final int TLS = 56;
    private static final int SET_TID = 64;
    private static final int SET_TID_SIZE = 72;

    /** MAX_PID_NS_LEVEL of linux/pid_namespace.h. */
    private static final int MOST_NAMESPACES = 32;

    private CloneCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("fork", "-> pid", (task, a) -> task.cloneTask(CloneRequest.fork(Signal.SIGCHLD)))
                .full("vfork", "-> pid", (task, a) -> task.cloneTask(CloneRequest.vfork(Signal.SIGCHLD)))
                .full(
                        "clone",
                        "flags:clone flags, addr stack, addr parent_tid, hex arg3, hex arg4 -> pid",
                        CloneCalls::clone)
                .partial(
                        "clone3",
                        "addr cl_args, size size -> pid",
                        "EPERM for set_tid and CLONE_INTO_CGROUP, as without the privilege",
                        CloneCalls::clone3)
                .partial(
                        "unshare",
                        "flags:clone flags",
                        "EPERM for namespaces, as in a container",
                        CloneCalls::unshare);
    }

    private static long clone(Task task, SyscallArguments a) {
        GuestAbi abi = task.architecture().abi();
        long word = a.get(0) & 0xffff_ffffL;
        boolean backwards = abi.threadPointerBeforeChildTid();
        long flags = word & ~Clone.CSIGNAL;
        if ((flags & Clone.CLONE_PIDFD) != 0
                && (flags & (Clone.CLONE_PARENT_SETTID | Clone.CLONE_DETACHED)) != 0) {
            return -Errno.EINVAL;
        }
        return task.cloneTask(new CloneRequest(
                flags,
                abi.signalFromGuest((int) word & Clone.CSIGNAL),
                a.get(1),
                backwards ? a.get(3) : a.get(4),
                a.get(2),
                backwards ? a.get(4) : a.get(3),
                a.get(2)));
    }

    private static long clone3(Task task, SyscallArguments a) {
        GuestMemory memory = task.memory();
        long size = a.get(1);
        if (Long.compareUnsigned(size, MOST_CLONE_ARGS) > 0) {
            return -Errno.E2BIG;
        }
        if (size < Clone.CLONE_ARGS_SIZE_VER0) {
            return -Errno.EINVAL;
        }
        byte[] bytes = new byte[Math.max((int) size, Clone.CLONE_ARGS_SIZE_VER2)];
        memory.read(a.get(0), bytes, 0, (int) size);
        for (int i = Clone.CLONE_ARGS_SIZE_VER2; i < size; i++) {
            if (bytes[i] != 0) {
                return -Errno.E2BIG;
            }
        }
        java.nio.ByteBuffer args = java.nio.ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        long flags = args.getLong(FLAGS);
        long signal = args.getLong(EXIT_SIGNAL);
        long stack = args.getLong(STACK);
        long stackSize = args.getLong(STACK_SIZE);
        if (!isValid(task.architecture().abi(), flags, signal, stack, stackSize)) {
            return -Errno.EINVAL;
        }
        long setTid = args.getLong(SET_TID);
        long setTidSize = args.getLong(SET_TID_SIZE);
        if (Long.compareUnsigned(setTidSize, MOST_NAMESPACES) > 0 || (setTid == 0) != (setTidSize == 0)) {
            return -Errno.EINVAL;
        }
        if (setTidSize != 0 || (flags & Clone.CLONE_INTO_CGROUP) != 0) {
            return -Errno.EPERM;
        }
        return task.cloneTask(new CloneRequest(
                flags,
                task.architecture().abi().signalFromGuest((int) signal),
                stack == 0 ? 0 : stack + stackSize,
                args.getLong(TLS),
                args.getLong(PARENT_TID),
                args.getLong(CHILD_TID),
                args.getLong(PIDFD)));
    }

    /** The rules of clone3_args_valid and copy_clone_args_from_user of kernel/fork.c. */
    private static boolean isValid(GuestAbi abi, long flags, long signal, long stack, long stackSize) {
        long known = 0xffff_ffffL | Clone.CLONE_CLEAR_SIGHAND | Clone.CLONE_INTO_CGROUP;
        long legacyOnly = Clone.CLONE_DETACHED | Clone.CSIGNAL & ~Clone.CLONE_NEWTIME;
        return (flags & ~known) == 0
                && (flags & legacyOnly) == 0
                && (signal == 0 || signal == (int) signal && abi.isSignal((int) signal))
                && ((flags & (Clone.CLONE_THREAD | Clone.CLONE_PARENT)) == 0 || signal == 0)
                && (stack == 0) == (stackSize == 0);
    }

    private static long unshare(Task task, SyscallArguments a) {
        long flags = a.get(0);
        long known = Clone.CLONE_THREAD | Clone.CLONE_FS | Clone.CLONE_NEWNS | Clone.CLONE_SIGHAND | Clone.CLONE_VM
                | Clone.CLONE_FILES | Clone.CLONE_SYSVSEM | Clone.CLONE_NEWUTS | Clone.CLONE_NEWIPC
                | Clone.CLONE_NEWNET | Clone.CLONE_NEWUSER | Clone.CLONE_NEWPID | Clone.CLONE_NEWCGROUP
                | Clone.CLONE_NEWTIME;
        if ((flags & ~known) != 0) {
            return -Errno.EINVAL;
        }
        boolean alone = (flags & (Clone.CLONE_THREAD | Clone.CLONE_SIGHAND | Clone.CLONE_VM)) != 0;
        if (alone && task.process().tasks().size() > 1) {
            return -Errno.EINVAL;
        }
        long shareable = Clone.CLONE_THREAD | Clone.CLONE_FS | Clone.CLONE_SIGHAND | Clone.CLONE_VM | Clone.CLONE_FILES
                | Clone.CLONE_SYSVSEM;
        if ((flags & ~shareable) != 0) {
            return -Errno.EPERM;
        }
        task.unshare((flags & Clone.CLONE_FS) != 0, (flags & Clone.CLONE_FILES) != 0);
        if ((flags & Clone.CLONE_SYSVSEM) != 0) {
            task.process().table().ipc().releaseUndoList(task);
        }
        return 0;
    }
}
