package org.nesteddune.syscalls.time;

import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Time;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Timer descriptors: they are the host's. */
final class TimerFileCalls {

    /** Bytes in {@code struct itimerspec}. */
    private static final int ITIMERSPEC_SIZE = 32;

    private TimerFileCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full("timerfd_create", "clock clockid, flags:timerfd flags -> fd", TimerFileCalls::create)
                .full(
                        "timerfd_settime",
                        "fd ufd, flags:timerfd_settime flags, in:itimerspec utmr, out:itimerspec? otmr",
                        TimerFileCalls::settime)
                .full("timerfd_gettime", "fd ufd, out:itimerspec otmr", TimerFileCalls::gettime);
    }

    private static long create(Task task, SyscallArguments a) {
        int flags = task.architecture().abi().openFlagsFromGuest(a.getInt(1)); // TFD_NONBLOCK is O_NONBLOCK
        long descriptor = Linux.call(SyscallNumbers.SYS_timerfd_create, a.getInt(0), flags | Time.TFD_CLOEXEC);
        if (descriptor < 0) {
            return descriptor;
        }
        HostFile file = HostFile.adopt((int) descriptor, null);
        return task.descriptors()
                .add(file, 0, task.process().limits().openFiles(), (flags & Time.TFD_CLOEXEC) != 0);
    }

    private static long settime(Task task, SyscallArguments a) {
        GuestMemory memory = task.memory();
        OpenFile file = task.descriptors().get(a.getInt(0));
        try {
            long value = memory.host(a.get(2), ITIMERSPEC_SIZE);
            long old = a.get(3) == 0 ? 0 : memory.host(a.get(3), ITIMERSPEC_SIZE);
            return result(Linux.call(
                    SyscallNumbers.SYS_timerfd_settime, file.hostDescriptor(), a.getInt(1), value, old));
        } finally {
            file.release();
        }
    }

    private static long gettime(Task task, SyscallArguments a) {
        OpenFile file = task.descriptors().get(a.getInt(0));
        try {
            // By the way of the scratch area, because what is wrong with the file counts before what is with the address.
            long value = task.scratch();
            long result = result(Linux.call(SyscallNumbers.SYS_timerfd_gettime, file.hostDescriptor(), value));
            for (int i = 0; result == 0 && i < ITIMERSPEC_SIZE; i += Long.BYTES) {
                task.memory().writeLong(a.get(1) + i, Memory.getLong(value + i));
            }
            return result;
        } finally {
            file.release();
        }
    }

    /** A file without a host descriptor is open, but no timer. */
    private static long result(long result) {
        return result == -Errno.EBADF ? -Errno.EINVAL : result;
    }
}
