package org.nesteddune.syscalls.files;

import static org.nesteddune.host.SyscallNumbers.SYS_inotify_add_watch;
import static org.nesteddune.host.SyscallNumbers.SYS_inotify_init1;
import static org.nesteddune.host.SyscallNumbers.SYS_inotify_rm_watch;

import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Watching files: the host's inotify, with paths looked up as the guest sees them. */
final class WatchCalls {

    private static final String NOT_GENERATED = "EACCES for generated files (/proc, /dev)";

    private WatchCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("inotify_init", "-> fd", (task, a) -> create(task, 0))
                .full("inotify_init1", "flags:inotify_init1 flags -> fd", (task, a) ->
                        create(task, task.architecture().abi().openFlagsFromGuest(a.getInt(0))))
                .partial("inotify_add_watch", "fd fd, path pathname, flags:inotify mask", NOT_GENERATED,
                        WatchCalls::addWatch)
                .full("inotify_rm_watch", "fd fd, int wd", WatchCalls::removeWatch);
    }

    private static long create(Task task, int flags) {
        if ((flags & ~(OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK)) != 0) {
            return -Errno.EINVAL;
        }
        long host = ErrnoException.check(Linux.call(SYS_inotify_init1, flags | OpenFlags.O_CLOEXEC));
        return Arguments.install(
                task, HostFile.adopt((int) host, "anon_inode:inotify"), (flags & OpenFlags.O_CLOEXEC) != 0);
    }

    private static long addWatch(Task task, SyscallArguments a) {
        int mask = a.getInt(2);
        if ((mask & (Poll.IN_ALL_EVENTS | Poll.IN_UNMOUNT | Poll.IN_Q_OVERFLOW | Poll.IN_IGNORED)) == 0) {
            return -Errno.EINVAL;
        }
        OpenFile watcher = Arguments.file(task, a.getInt(0));
        try {
            if (watcher.hostDescriptor() < 0) {
                return -Errno.EINVAL;
            }
            int follow = (mask & Poll.IN_DONT_FOLLOW) != 0 ? Fcntl.AT_SYMLINK_NOFOLLOW : 0;
            String path = Arguments.path(task, a.get(1));
            OpenFile target = Arguments.locate(task, Fcntl.AT_FDCWD, path, follow);
            try {
                if (task.process().confinement() != null) {
                    // What a profile lets a guest find it need not let it watch.
                    task.fs().access(null, path, Fcntl.R_OK, Fcntl.AT_EACCESS | follow);
                }
                if (target.hostDescriptor() < 0) {
                    return -Errno.EACCES;
                }
                long name = Arguments.descriptorPath(task.scratch(), target.hostDescriptor());
                return Linux.call(
                        SYS_inotify_add_watch, watcher.hostDescriptor(), name, mask & ~Poll.IN_DONT_FOLLOW);
            } finally {
                target.release();
            }
        } finally {
            watcher.release();
        }
    }

    private static long removeWatch(Task task, SyscallArguments a) {
        OpenFile watcher = Arguments.file(task, a.getInt(0));
        try {
            int host = watcher.hostDescriptor();
            return host < 0 ? -Errno.EINVAL : Linux.call(SYS_inotify_rm_watch, host, a.getInt(1));
        } finally {
            watcher.release();
        }
    }
}
