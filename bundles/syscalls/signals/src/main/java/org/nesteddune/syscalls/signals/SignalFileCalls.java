package org.nesteddune.syscalls.signals;

import org.nesteddune.arch.SignalSet;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.SignalFile;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.syscall.Syscall;

/** Signals as files. */
final class SignalFileCalls {

    private SignalFileCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("signalfd", "int fd, in:sigset mask, size sizemask -> fd", (task, a) ->
                        make(task, a.getInt(0), a.get(1), a.get(2), 0))
                .full("signalfd4", "int fd, in:sigset mask, size sizemask, flags:open flags -> fd", (task, a) ->
                        make(task, a.getInt(0), a.get(1), a.get(2),
                                task.architecture().abi().openFlagsFromGuest(a.getInt(3))));
    }

    private static long make(Task task, int descriptor, long set, long size, int flags) {
        SignalSets.checkSize(task, size);
        SignalSet mask = SignalSets.read(task, set);
        if ((flags & ~(OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK)) != 0) {
            return -Errno.EINVAL;
        }
        if (descriptor == -1) {
            OpenFile file = new SignalFile(task.process().table(), mask, flags & OpenFlags.O_NONBLOCK);
            return task.descriptors().add(
                    file, 0, task.process().limits().openFiles(), (flags & OpenFlags.O_CLOEXEC) != 0);
        }
        OpenFile file = task.descriptors().get(descriptor);
        try {
            if (!(file instanceof SignalFile signals)) {
                return -Errno.EINVAL;
            }
            signals.mask(mask);
            return descriptor;
        } finally {
            file.release();
        }
    }
}
