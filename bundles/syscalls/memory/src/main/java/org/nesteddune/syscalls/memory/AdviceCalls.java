package org.nesteddune.syscalls.memory;

import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Calls about what is in mappings: advice, writing back, residency, locking. */
final class AdviceCalls {

    private AdviceCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full(
                        "madvise",
                        "addr addr, size length, enum:madvise advice",
                        (task, a) -> task.memory().advise(a.get(0), a.get(1), a.getInt(2)))
                .full("msync", "addr addr, size length, flags:msync flags", AdviceCalls::msync)
                .full(
                        "mincore",
                        "addr addr, size length, addr vec",
                        (task, a) -> task.memory().residency(a.get(0), a.get(1), a.get(2)))
                .full(
                        "mlock",
                        "addr addr, size length",
                        (task, a) -> task.memory().lock(a.get(0), a.get(1), true))
                .full("mlock2", "addr addr, size length, flags:mlock flags", AdviceCalls::mlock2)
                .full(
                        "munlock",
                        "addr addr, size length",
                        (task, a) -> task.memory().lock(a.get(0), a.get(1), false))
                .full("mlockall", "flags:mlockall flags", AdviceCalls::mlockall)
                .full("munlockall", "", (task, a) -> task.memory().lockAll(0));
    }

    private static long msync(Task task, SyscallArguments a) {
        return task.memory().sync(a.get(0), a.get(1), a.getInt(2));
    }

    private static long mlock2(Task task, SyscallArguments a) {
        int flags = a.getInt(2);
        return (flags & ~Mman.MLOCK_ONFAULT) != 0
                ? -Errno.EINVAL
                : task.memory().lock(a.get(0), a.get(1), true, flags != 0);
    }

    private static long mlockall(Task task, SyscallArguments a) {
        int flags = a.getInt(0);
        int known = Mman.MCL_CURRENT | Mman.MCL_FUTURE | Mman.MCL_ONFAULT;
        return flags == 0 || (flags & ~known) != 0 || flags == Mman.MCL_ONFAULT
                ? -Errno.EINVAL
                : task.memory().lockAll(flags);
    }
}
