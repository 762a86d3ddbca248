package org.nesteddune.syscalls.futex;

import org.nesteddune.host.Linux;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Futex;
import org.nesteddune.memory.GuestFault;

/** Futex words as the host is to see them. */
final class Words {

    /** Bytes in a word, and in one that a NUMA node follows. */
    private static final int SIZE = 4;

    private static final int SIZE_WITH_NODE = 8;

    /** The host's own half of the address space, where no word can be. */
    private static final long UNREACHABLE = -Linux.PAGE_SIZE;

    private Words() {
    }

    /**
     * The host address of a word. Instead of one outside the guest's window there is one that the host refuses with EFAULT,
     * when it has looked at the other arguments.
     */
    static long host(Task task, long address) {
        return host(task, address, SIZE);
    }

    /** The same for one of the {@code futex_*} calls. */
    static long host2(Task task, long address, int flags) {
        return host(task, address, (flags & Futex.FUTEX2_NUMA) != 0 ? SIZE_WITH_NODE : SIZE);
    }

    private static long host(Task task, long address, int size) {
        try {
            return task.memory().host(address, size);
        } catch (GuestFault bad) {
            return UNREACHABLE | address & SIZE_WITH_NODE - 1;
        }
    }

    /**
     * What the kernel makes of a wake-up where priority-inheriting locks are waited for, of which the host knows nothing.
     *
     * @return −EINVAL if there is a task that must not be woken so; otherwise 0
     */
    static long check(Task task, long address, boolean isPrivate) {
        boolean forLocks = task.process().table().piFutexes().hasWaiters(task, address, isPrivate);
        return forLocks ? -Errno.EINVAL : 0;
    }
}
