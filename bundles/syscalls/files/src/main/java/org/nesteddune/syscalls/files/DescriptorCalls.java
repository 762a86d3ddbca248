package org.nesteddune.syscalls.files;

import static org.nesteddune.host.SyscallNumbers.SYS_fcntl;
import static org.nesteddune.host.SyscallNumbers.SYS_flock;

import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Ioctl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Descriptors, locks, device control. */
final class DescriptorCalls {

    /** Bytes in {@code struct flock}: type and whence (16 bits each), start at 8, length at 16, pid at 24. */
    private static final int FLOCK = 32;

    private DescriptorCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("close", "fd fd", (task, a) -> task.descriptors().close(a.getInt(0)))
                .full("close_range", "uint fd, uint max_fd, flags:close_range flags", DescriptorCalls::closeRange)
                .full("dup", "fd fildes -> fd", DescriptorCalls::dup)
                .full("dup2", "fd oldfd, fd newfd -> fd", DescriptorCalls::dup2)
                .full("dup3", "fd oldfd, fd newfd, flags:dup3 flags -> fd", DescriptorCalls::dup3)
                .full("fcntl", "fd fd, enum:fcntl cmd, hex arg", DescriptorCalls::fcntl)
                .full("flock", "fd fd, flags:flock cmd", DescriptorCalls::flock)
                .partial(
                        "ioctl",
                        "fd fd, enum:ioctl cmd, hex arg",
                        "terminals, pipes and regular files; ENOTTY for what is not known to be harmless",
                        DescriptorCalls::ioctl);
    }

    private static long closeRange(Task task, SyscallArguments a) {
        int flags = a.getInt(2);
        int first = a.getInt(0);
        int last = a.getInt(1);
        if ((flags & ~(Fcntl.CLOSE_RANGE_UNSHARE | Fcntl.CLOSE_RANGE_CLOEXEC)) != 0
                || Integer.compareUnsigned(first, last) > 0) {
            return -Errno.EINVAL;
        }
        if ((flags & Fcntl.CLOSE_RANGE_UNSHARE) != 0) {
            task.unshare(false, true);
        }
        DescriptorTable table = task.descriptors();
        table.forEach(descriptor -> {
            if (Integer.compareUnsigned(descriptor, first) >= 0 && Integer.compareUnsigned(descriptor, last) <= 0) {
                if ((flags & Fcntl.CLOSE_RANGE_CLOEXEC) != 0) {
                    table.closeOnExec(descriptor, true);
                } else {
                    table.close(descriptor);
                }
            }
        });
        return 0;
    }

    private static long dup(Task task, SyscallArguments a) {
        return Arguments.install(task, task.descriptors().get(a.getInt(0)), false);
    }

    private static long dup2(Task task, SyscallArguments a) {
        if (a.getInt(0) == a.getInt(1)) {
            return task.descriptors().isOpen(a.getInt(0)) ? a.getInt(0) : -Errno.EBADF;
        }
        return duplicate(task, a.getInt(0), a.getInt(1), false);
    }

    private static long dup3(Task task, SyscallArguments a) {
        int flags = task.architecture().abi().openFlagsFromGuest(a.getInt(2));
        if ((flags & ~OpenFlags.O_CLOEXEC) != 0 || a.getInt(0) == a.getInt(1)) {
            return -Errno.EINVAL;
        }
        return duplicate(task, a.getInt(0), a.getInt(1), flags != 0);
    }

    private static long duplicate(Task task, int from, int to, boolean cloexec) {
        if (Integer.toUnsignedLong(to) >= task.process().limits().openFiles() && !isUnlimited(task) || to < 0) {
            return -Errno.EBADF;
        }
        OpenFile file = task.descriptors().get(from);
        task.descriptors().set(to, file, cloexec);
        return to;
    }

    private static boolean isUnlimited(Task task) {
        return task.process().limits().openFiles() < 0;
    }

    private static long fcntl(Task task, SyscallArguments a) {
        int descriptor = a.getInt(0);
        int command = task.architecture().abi().fileCommandFromGuest(a.getInt(1));
        OpenFile file = task.descriptors().get(descriptor);
        try {
            boolean pathOnly = (file.accessFlags() & OpenFlags.O_PATH) != 0;
            switch (command) {
                case Fcntl.F_DUPFD, Fcntl.F_DUPFD_CLOEXEC:
                    return duplicateAbove(task, file, a.get(2), command == Fcntl.F_DUPFD_CLOEXEC);
                case Fcntl.F_GETFD:
                    return task.descriptors().closeOnExec(descriptor);
                case Fcntl.F_SETFD:
                    return task.descriptors().closeOnExec(descriptor, (a.get(2) & Fcntl.FD_CLOEXEC) != 0);
                case Fcntl.F_GETFL:
                    return task.architecture().abi().openFlagsToGuest(
                            file.statusFlags() | (file.isSignalling() ? OpenFlags.O_ASYNC : 0));
                default:
                    return pathOnly ? -Errno.EBADF : fileControl(task, a, file, command);
            }
        } finally {
            file.release();
        }
    }

    private static long duplicateAbove(Task task, OpenFile file, long least, boolean cloexec) {
        long limit = task.process().limits().openFiles();
        if (Long.compareUnsigned(least, limit) >= 0 || least > Integer.MAX_VALUE) {
            return -Errno.EINVAL;
        }
        return task.descriptors().add(file.retain(), (int) least, limit, cloexec);
    }

    private static long fileControl(Task task, SyscallArguments a, OpenFile file, int command) {
        int host = file.hostDescriptor();
        switch (command) {
            case Fcntl.F_SETFL:
                int flags = task.architecture().abi().openFlagsFromGuest(a.getInt(2));
                long error = file.setStatusFlags(flags);
                if (error == 0) {
                    SignalIoCalls.switchTo(task, file, a.getInt(0), (flags & OpenFlags.O_ASYNC) != 0);
                }
                return error;
            case Fcntl.F_GETLK, Fcntl.F_SETLK, Fcntl.F_SETLKW, Fcntl.F_OFD_GETLK, Fcntl.F_OFD_SETLK,
                    Fcntl.F_OFD_SETLKW:
                return lock(task, file, command, a.get(2));
            case Fcntl.F_DUPFD_QUERY:
                OpenFile other = task.descriptors().get(a.getInt(2));
                other.release();
                return other == file ? 1 : 0;
            case Fcntl.F_SETOWN, Fcntl.F_GETOWN, Fcntl.F_SETOWN_EX, Fcntl.F_GETOWN_EX, Fcntl.F_GETOWNER_UIDS,
                    Fcntl.F_SETSIG, Fcntl.F_GETSIG:
                return SignalIoCalls.control(task, file, command, a.get(2));
            case Fcntl.F_GETLEASE, Fcntl.F_SETLEASE, Fcntl.F_NOTIFY:
                return LeaseCalls.control(task, file, a.getInt(0), command, a.get(2));
            case Fcntl.F_GETPIPE_SZ, Fcntl.F_SETPIPE_SZ, Fcntl.F_ADD_SEALS, Fcntl.F_GET_SEALS, Fcntl.F_CREATED_QUERY:
                return host < 0 ? -Errno.EINVAL : Linux.fcntl(host, command, a.getInt(2));
            case Fcntl.F_GET_RW_HINT, Fcntl.F_SET_RW_HINT, Fcntl.F_GET_FILE_RW_HINT, Fcntl.F_SET_FILE_RW_HINT:
                return host < 0 ? -Errno.EINVAL : Linux.fcntl(host, command, task.memory().host(a.get(2), 8));
            default:
                return -Errno.EINVAL;
        }
    }

    private static long lock(Task task, OpenFile file, int command, long address) {
        long lock = task.scratch();
        task.memory().readTo(address, lock, FLOCK);
        long result;
        if (file.hostDescriptor() < 0) {
            return -Errno.EINVAL;
        }
        switch (command) {
            case Fcntl.F_OFD_SETLK, Fcntl.F_OFD_SETLKW:
                return task.blockingCall(SYS_fcntl, file.hostDescriptor(), command, lock, 0, 0, 0);
            case Fcntl.F_GETLK, Fcntl.F_OFD_GETLK:
                result = task.descriptors().recordLocks().query(task, file, lock, command == Fcntl.F_OFD_GETLK);
                break;
            default:
                return task.descriptors().recordLocks().set(task, file, lock, command == Fcntl.F_SETLKW);
        }
        if (result == 0) {
            task.memory().writeFrom(address, lock, FLOCK);
        }
        return result;
    }

    private static long flock(Task task, SyscallArguments a) {
        OpenFile file = Arguments.file(task, a.getInt(0));
        try {
            int host = file.hostDescriptor();
            return host < 0 ? -Errno.EINVAL : task.blockingCall(SYS_flock, host, a.getInt(1), 0, 0, 0, 0);
        } finally {
            file.release();
        }
    }

    private static long ioctl(Task task, SyscallArguments a) {
        int descriptor = a.getInt(0);
        int command = task.architecture().abi().deviceCommandFromGuest(a.getInt(1));
        OpenFile file = Arguments.file(task, descriptor);
        try {
            switch (command) {
                case Ioctl.FIOCLEX:
                    return task.descriptors().closeOnExec(descriptor, true);
                case Ioctl.FIONCLEX:
                    return task.descriptors().closeOnExec(descriptor, false);
                case Ioctl.FIONBIO:
                    boolean on = task.memory().readInt(a.get(2)) != 0;
                    int flags = file.statusFlags() & ~OpenFlags.O_NONBLOCK;
                    return file.setStatusFlags(on ? flags | OpenFlags.O_NONBLOCK : flags);
                case Ioctl.FIOASYNC:
                    return SignalIoCalls.switchTo(task, file, descriptor, task.memory().readInt(a.get(2)) != 0);
                case Ioctl.FIOSETOWN, Ioctl.SIOCSPGRP, Ioctl.FIOGETOWN, Ioctl.SIOCGPGRP:
                    return SignalIoCalls.ioctl(task, file, command, a.get(2));
                default:
                    return file.ioctl(task, command, a.get(2));
            }
        } finally {
            file.release();
        }
    }
}
