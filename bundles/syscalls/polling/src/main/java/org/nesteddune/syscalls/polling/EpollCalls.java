package org.nesteddune.syscalls.polling;

import static org.nesteddune.host.SyscallNumbers.SYS_epoll_create1;
import static org.nesteddune.host.SyscallNumbers.SYS_epoll_ctl;
import static org.nesteddune.host.SyscallNumbers.SYS_epoll_pwait;
import static org.nesteddune.host.SyscallNumbers.SYS_epoll_pwait2;

import org.nesteddune.fs.GuestRange;
import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/**
 * The {@code epoll} calls: a host instance stands for each of the guest's, with the guest's own data in its events. As
 * every open file description of the guest is one of the host, a description that goes away leaves all instances by
 * itself.
 */
final class EpollCalls {

    /** {@code struct epoll_event} is packed on x86-64 alone ({@code linux/eventpoll.h}). */
    private static final boolean HOST_PACKED = isX86(System.getProperty("os.arch"));

    private static final int PACKED = 12;
    private static final int ALIGNED = 16;

    /** EP_MAX_EVENTS of {@code fs/eventpoll.c}. */
    private static final int MOST_EVENTS = Integer.MAX_VALUE / PACKED;

    private static final long MILLISECOND = 1_000_000;

    /** Where in the scratch area events are put that must be converted; a time comes before. */
    private static final int EVENTS = 64;

    private EpollCalls() {}

    private static boolean isX86(String architecture) {
        return architecture.equals("amd64") || architecture.equals("x86_64");
    }

    static void addTo(Syscall.Table table) {
        table.full("epoll_create", "int size -> fd", (task, a) -> a.getInt(0) <= 0 ? -Errno.EINVAL : create(task, 0))
                .full("epoll_create1", "flags:epoll_create1 flags -> fd", EpollCalls::create1)
                .partial(
                        "epoll_ctl",
                        "fd epfd, enum:epoll_ctl op, fd fd, in:epoll_event event",
                        "EPERM for generated files",
                        EpollCalls::control)
                .full("epoll_wait", "fd epfd, out:epoll_event[result] events, int maxevents, int timeout", (task, a) ->
                        wait(task, a, deadline(a.getInt(3))))
                .full(
                        "epoll_pwait",
                        "fd epfd, out:epoll_event[result] events, int maxevents, int timeout, in:sigset? sigmask,"
                                + " size sigsetsize",
                        (task, a) -> {
                            long deadline = deadline(a.getInt(3));
                            SignalMask.set(task, a.get(4), a.get(5));
                            return wait(task, a, deadline);
                        })
                .full(
                        "epoll_pwait2",
                        "fd epfd, out:epoll_event[result] events, int maxevents, in:timespec? timeout,"
                                + " in:sigset? sigmask, size sigsetsize",
                        (task, a) -> {
                            long deadline = a.get(3) == 0
                                    ? Long.MAX_VALUE
                                    : Timespec.deadlineAfter(Timespec.read(task.memory(), a.get(3)));
                            SignalMask.set(task, a.get(4), a.get(5));
                            return wait(task, a, deadline);
                        });
    }

    private static long deadline(int milliseconds) {
        if (milliseconds == 0) {
            return Long.MIN_VALUE;
        }
        return milliseconds < 0 ? Long.MAX_VALUE : Timespec.deadlineAfter(milliseconds * MILLISECOND);
    }

    private static long create1(Task task, SyscallArguments a) {
        int flags = task.architecture().abi().openFlagsFromGuest(a.getInt(0));
        return (flags & ~OpenFlags.O_CLOEXEC) != 0 ? -Errno.EINVAL : create(task, flags);
    }

    private static long create(Task task, int flags) {
        long host = ErrnoException.check(Linux.call(SYS_epoll_create1, OpenFlags.O_CLOEXEC));
        OpenFile file = HostFile.adopt((int) host, "anon_inode:[eventpoll]");
        return task.descriptors().add(file, 0, task.process().limits().openFiles(), flags != 0);
    }

    private static int size(boolean packed) {
        return packed ? PACKED : ALIGNED;
    }

    private static int dataOffset(boolean packed) {
        return packed ? 4 : 8;
    }

    private static long control(Task task, SyscallArguments a) {
        int operation = a.getInt(1);
        long event = task.scratch() + EVENTS;
        if (operation != Poll.EPOLL_CTL_DEL) {
            boolean packed = task.architecture().abi().packedEpollEvent();
            int events = task.memory().readInt(a.get(3));
            long data = task.memory().readLong(a.get(3) + dataOffset(packed));
            Memory.putInt(event, events & ~Poll.EPOLLWAKEUP); // which would keep the host awake
            Memory.putLong(event + dataOffset(HOST_PACKED), data);
        }
        OpenFile instance = task.descriptors().get(a.getInt(0));
        try {
            OpenFile target = task.descriptors().get(a.getInt(2));
            try {
                if ((instance.accessFlags() & OpenFlags.O_PATH) != 0
                        || (target.accessFlags() & OpenFlags.O_PATH) != 0) {
                    return -Errno.EBADF;
                }
                if (target.pollDescriptor() < 0) {
                    return -Errno.EPERM;
                }
                if (instance.hostDescriptor() < 0) {
                    return -Errno.EINVAL;
                }
                return control(task.process(), instance.hostDescriptor(), operation, target, a.getInt(2), event);
            } finally {
                target.release();
            }
        } finally {
            instance.release();
        }
    }

    private static long control(
            Process process, int instance, int operation, OpenFile target, int number, long event) {
        boolean adds = operation == Poll.EPOLL_CTL_ADD;
        int known = adds ? -1 : target.polledAs(process, number);
        // One that was never entered is ENOENT, but for what else the host finds wrong with it.
        int host = known < 0 ? target.enterPolling(process, number) : known;
        long result = -Errno.EINVAL;
        try {
            result = Linux.call(SYS_epoll_ctl, instance, operation, host, event);
        } finally {
            boolean enters = adds && result == 0;
            boolean leaves = known >= 0 && result == 0 && operation == Poll.EPOLL_CTL_DEL;
            if (leaves || known < 0 && !enters) {
                target.leavePolling(process, number);
            }
        }
        return result;
    }

    /** @param deadline {@link Long#MAX_VALUE} for none, {@link Long#MIN_VALUE} not to wait at all */
    private static long wait(Task task, SyscallArguments a, long deadline) {
        int wanted = a.getInt(2);
        if (wanted <= 0 || wanted > MOST_EVENTS) {
            return -Errno.EINVAL;
        }
        boolean packed = task.architecture().abi().packedEpollEvent();
        int size = size(packed);
        int most = (int) (GuestRange.clip(task.memory(), a.get(1), (long) wanted * size) / size);
        if (most == 0) {
            return -Errno.EFAULT;
        }
        long buffer;
        if (packed == HOST_PACKED) {
            buffer = task.memory().host(a.get(1), (long) most * size);
        } else {
            buffer = task.scratch() + EVENTS;
            most = Math.min(most, (Task.SCRATCH_SIZE - EVENTS) / ALIGNED);
        }
        OpenFile instance = task.descriptors().get(a.getInt(0));
        try {
            if ((instance.accessFlags() & OpenFlags.O_PATH) != 0) {
                return -Errno.EBADF;
            }
            if (instance.hostDescriptor() < 0) {
                return -Errno.EINVAL;
            }
            long result = wait(task, instance.hostDescriptor(), buffer, most, deadline);
            if (result > 0 && packed != HOST_PACKED) {
                convert(task, buffer, a.get(1), (int) result, packed);
            }
            return result;
        } finally {
            instance.release();
        }
    }

    private static long wait(Task task, int host, long buffer, int most, long deadline) {
        if (deadline == Long.MIN_VALUE) {
            return Linux.call(SYS_epoll_pwait, host, buffer, most, 0, 0, 0);
        }
        for (; ; ) {
            long result;
            if (deadline == Long.MAX_VALUE) {
                result = task.blockingCall(SYS_epoll_pwait, host, buffer, most, -1, 0, 0);
            } else {
                // The host does not write back what is left of the time: an interruption must not prolong it.
                long left = Math.max(0, deadline - System.nanoTime());
                Memory.putLong(task.scratch(), left / Timespec.SECOND);
                Memory.putLong(task.scratch() + 8, left % Timespec.SECOND);
                result = task.blockingCallOnce(SYS_epoll_pwait2, host, buffer, most, task.scratch(), 0, 0);
                if (result == -Errno.ENOSYS) { // before Linux 5.11
                    long milliseconds = Math.min(Integer.MAX_VALUE, (left + MILLISECOND - 1) / MILLISECOND);
                    result = task.blockingCallOnce(SYS_epoll_pwait, host, buffer, most, milliseconds, 0, 0);
                }
            }
            if (result == -Errno.ERESTARTSYS) {
                return interrupted(host, buffer, most);
            }
            if (result != -Errno.EINTR) {
                return result;
            }
        }
    }

    /** Events that are there count for more than a signal; without any the call fails and is never started again. */
    private static long interrupted(int host, long buffer, int most) {
        long result = Linux.call(SYS_epoll_pwait, host, buffer, most, 0, 0, 0);
        return result == 0 ? -Errno.EINTR : result;
    }

    private static void convert(Task task, long from, long to, int count, boolean packed) {
        for (int i = 0; i < count; i++) {
            long source = from + (long) i * size(HOST_PACKED);
            long target = to + (long) i * size(packed);
            task.memory().writeInt(target, Memory.getInt(source));
            task.memory().writeLong(
                    target + dataOffset(packed), Memory.getLong(source + dataOffset(HOST_PACKED)));
        }
    }
}
