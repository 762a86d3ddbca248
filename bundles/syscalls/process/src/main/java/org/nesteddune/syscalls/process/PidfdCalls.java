package org.nesteddune.syscalls.process;

import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.Inspection;
import org.nesteddune.kernel.PidFile;
import org.nesteddune.kernel.PidHandle;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.ProcessTable;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Processes as files. */
final class PidfdCalls {

    private PidfdCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("pidfd_open", "pid pid, flags:pidfd flags -> fd", PidfdCalls::open)
                .full("pidfd_getfd", "fd pidfd, fd targetfd, uint flags -> fd", PidfdCalls::getDescriptor);
    }

    private static long open(Task task, SyscallArguments a) {
        int flags = task.architecture().abi().openFlagsFromGuest(a.getInt(1));
        int pid = a.getInt(0);
        if ((flags & ~(OpenFlags.O_NONBLOCK | PidFile.THREAD)) != 0 || pid <= 0) {
            return -Errno.EINVAL;
        }
        ProcessTable all = task.process().table();
        int kept = flags & OpenFlags.O_NONBLOCK;
        Task thread = all.task(pid);
        PidFile file;
        if ((flags & PidFile.THREAD) != 0) {
            if (thread == null) {
                return -Errno.ESRCH;
            }
            file = PidFile.of(thread, kept);
        } else {
            Process process = all.process(pid);
            if (process == null) {
                return thread == null ? -Errno.ESRCH : -Errno.ENOENT;
            }
            file = PidFile.of(process, kept);
        }
        return task.descriptors().add(file, 0, task.process().limits().openFiles(), true);
    }

    /**
     * The pidfd behind a descriptor, with a reference for the caller.
     *
     * @throws ErrnoException EBADF
     */
    static PidFile find(Task task, int descriptor) {
        OpenFile file = task.descriptors().get(descriptor);
        if (file instanceof PidFile pidfd) {
            return pidfd;
        }
        file.release();
        throw new ErrnoException(Errno.EBADF);
    }

    private static long getDescriptor(Task task, SyscallArguments a) {
        if (a.getInt(2) != 0) {
            return -Errno.EINVAL;
        }
        PidFile pidfd = find(task, a.getInt(0));
        OpenFile file;
        try {
            if (pidfd.handle().state() != PidHandle.State.ALIVE) {
                return -Errno.ESRCH;
            }
            if (!Inspection.mayAttach(task, pidfd.process())) {
                return -Errno.EPERM;
            }
            file = pidfd.process().descriptors().get(a.getInt(1));
        } finally {
            pidfd.release();
        }
        return task.descriptors().add(file, 0, task.process().limits().openFiles(), true);
    }
}
