package org.nesteddune.syscalls.process;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.ExecRequest;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Limits;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** The execution of programs. */
final class ExecCalls {

    /** Greatest length of one string with its NUL (MAX_ARG_STRLEN of linux/binfmts.h: 32 pages). */
    private static final int MOST_STRING = 32 * 4096;

    /** Greatest size of all strings, whatever RLIMIT_STACK says (three quarters of _STK_LIM, fs/exec.c). */
    private static final long MOST_STRINGS = 8L * 1024 * 1024 / 4 * 3;

    private ExecCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("execve", "path filename, strv argv, strv envp", ExecCalls::execve)
                .full("execveat", "dirfd dirfd, path path, strv argv, strv envp, flags:at flags", ExecCalls::execveat);
    }

    private static long execve(Task task, SyscallArguments a) {
        String path = path(task, a.get(0));
        if (path.isEmpty()) {
            return -Errno.ENOENT;
        }
        execute(task, null, path, true, path, a.get(1), a.get(2));
        return 0;
    }

    private static long execveat(Task task, SyscallArguments a) {
        int flags = a.getInt(4);
        if ((flags & ~(Fcntl.AT_EMPTY_PATH | Fcntl.AT_SYMLINK_NOFOLLOW)) != 0) {
            return -Errno.EINVAL;
        }
        String path = path(task, a.get(1));
        int descriptor = a.getInt(0);
        if (path.isEmpty() && (flags & Fcntl.AT_EMPTY_PATH) == 0) {
            return -Errno.ENOENT;
        }
        boolean followLast = (flags & Fcntl.AT_SYMLINK_NOFOLLOW) == 0;
        if (path.startsWith("/") || descriptor == Fcntl.AT_FDCWD) {
            execute(task, null, path.isEmpty() ? "." : path, followLast, path, a.get(2), a.get(3));
            return 0;
        }
        String name = "/dev/fd/" + descriptor + (path.isEmpty() ? "" : "/" + path);
        OpenFile base = task.descriptors().get(descriptor);
        try {
            execute(task, base, path, followLast, name, a.get(2), a.get(3));
        } finally {
            base.release();
        }
        return 0;
    }

    private static String path(Task task, long address) {
        String path = task.memory().readString(address, Limits.PATH_MAX);
        if (path == null) {
            throw new ErrnoException(Errno.ENAMETOOLONG);
        }
        return path;
    }

    private static void execute(
            Task task, OpenFile base, String path, boolean followLast, String name, long arguments, long environment) {
        long[] room = {Math.min(MOST_STRINGS, Math.max(task.process().limits().stack() >>> 2, MOST_STRING))};
        List<String> argv = strings(task.memory(), arguments, room);
        List<String> envp = strings(task.memory(), environment, room);
        task.exec(new ExecRequest(base, path, followLast, name, argv, envp));
    }

    /** Reads a vector of strings; each costs its bytes and its pointer of what room there is. */
    private static List<String> strings(GuestMemory memory, long vector, long[] room) {
        List<String> all = new ArrayList<>();
        if (vector == 0) {
            return all;
        }
        for (long at = vector; ; at += 8) {
            long address = memory.readLong(at);
            if (address == 0) {
                return all;
            }
            String string = memory.readString(address, MOST_STRING);
            if (string == null) {
                throw new ErrnoException(Errno.E2BIG);
            }
            room[0] -= string.length() + 1 + 8;
            if (room[0] < 0) {
                throw new ErrnoException(Errno.E2BIG);
            }
            all.add(string);
        }
    }
}
