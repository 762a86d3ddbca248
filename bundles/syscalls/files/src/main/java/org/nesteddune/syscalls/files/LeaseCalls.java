package org.nesteddune.syscalls.files;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Stat;
import org.nesteddune.syscall.ErrnoException;

/**
 * Leases (F_SETLEASE, F_GETLEASE) and changes of directories (F_NOTIFY): the host's, whose signals are passed on to the
 * guest; see fcntl(2).
 */
final class LeaseCalls {

    private LeaseCalls() {}

    static long control(Task task, OpenFile file, int descriptor, int command, long argument) {
        int host = file.hostDescriptor();
        switch (command) {
            case Fcntl.F_GETLEASE:
                return host < 0 ? Fcntl.F_UNLCK : Linux.fcntl(host, command, 0);
            case Fcntl.F_SETLEASE:
                return lease(task, file, descriptor, (int) argument);
            default:
                FileStatus status = new FileStatus();
                ErrnoException.check(file.status(status));
                if (!Stat.S_ISDIR(status.mode)) {
                    return -Errno.ENOTDIR;
                }
                if (host < 0) {
                    return 0; // nothing ever happens in a directory that is made up
                }
                file.signals().expectMessages(task, descriptor);
                return Linux.fcntl(host, command, argument & 0xffffffffL);
        }
    }

    private static long lease(Task task, OpenFile file, int descriptor, int type) {
        int host = file.hostDescriptor();
        if (host < 0) {
            return -Errno.EINVAL;
        }
        if (type != Fcntl.F_UNLCK) {
            file.signals().expectMessages(task, descriptor);
        }
        return Linux.fcntl(host, Fcntl.F_SETLEASE, type);
    }
}
