package org.nesteddune.syscalls.polling;

import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;

/** Event counters. */
final class EventCalls {

    private EventCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("eventfd", "uint count -> fd", (task, a) -> create(task, a.getInt(0), 0))
                .full("eventfd2", "uint count, flags:eventfd2 flags -> fd", (task, a) ->
                        create(task, a.getInt(0), task.architecture().abi().openFlagsFromGuest(a.getInt(1))));
    }

    private static long create(Task task, int count, int flags) {
        if ((flags & ~(Poll.EFD_SEMAPHORE | OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK)) != 0) {
            return -Errno.EINVAL;
        }
        int host = (int) ErrnoException.check(Linux.eventfd2(count, flags | OpenFlags.O_CLOEXEC));
        OpenFile file = HostFile.adopt(host, "anon_inode:[eventfd]");
        return task.descriptors().add(
                file, 0, task.process().limits().openFiles(), (flags & OpenFlags.O_CLOEXEC) != 0);
    }
}
