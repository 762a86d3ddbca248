package org.nesteddune.internal.task;

import org.nesteddune.host.Linux;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Futex;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.mm.AddressSpace;

/**
 * What becomes of the locks of a task that ends, or begins another program, without having given them back: those in its
 * robust list are marked with FUTEX_OWNER_DIED and one waiter of each is woken (set_robust_list(2), {@code
 * exit_robust_list} of {@code kernel/futex/core.c}), priority-inheriting ones are given to their next owner. Stateless.
 */
public final class RobustList {

    /** ROBUST_LIST_LIMIT of {@code linux/futex.h}: a list may be a circle. */
    private static final int LIMIT = 2048;

    // struct robust_list_head of 64-bit machines: list.next, futex_offset, list_op_pending
    private static final int OFFSET = 8;
    private static final int PENDING = 16;

    /** Bit 0 of a pointer to an entry: its futex is priority-inheriting. */
    private static final long PI = 1;

    private final Task task;
    private final AddressSpace memory;
    private final long offset;

    private RobustList(Task task, long offset) {
        this.task = task;
        this.memory = task.memory();
        this.offset = offset;
    }

    /** Gives up the locks of a task while its memory is still there. On any thread, when the task makes no call. */
    public static void release(Task task) {
        long head = task.settings().robustListHead();
        task.settings().robustListHead(0);
        if (head != 0) {
            try {
                walk(task, head);
            } catch (GuestFault end) {
                // The list ends where it cannot be read, as in the kernel.
            }
        }
        task.process().table().piFutexes().release(task);
    }

    private static void walk(Task task, long head) {
        AddressSpace memory = task.memory();
        long entry = memory.readLong(head);
        long offset = memory.readLong(head + OFFSET);
        long pending = memory.readLong(head + PENDING);
        RobustList list = new RobustList(task, offset);
        try {
            for (int i = 0; i < LIMIT && (entry & ~PI) != head; i++) {
                // Read before the lock is given up: whoever gets it may take the entry out.
                long next = 0;
                boolean readable = true;
                try {
                    next = memory.readLong(entry & ~PI);
                } catch (GuestFault bad) {
                    readable = false;
                }
                if ((entry & ~PI) != (pending & ~PI)) {
                    list.die(entry, false);
                }
                if (!readable) {
                    return;
                }
                entry = next;
            }
        } catch (GuestFault bad) {
            return;
        }
        if ((pending & ~PI) != 0) {
            list.die(pending, true);
        }
    }

    /**
     * Marks the futex of an entry, if it is the task's.
     *
     * @param pending whether the task was just taking or giving it back; then the word may be free already and the task
     *     not have woken anybody yet
     */
    private void die(long entry, boolean pending) {
        long address = (entry & ~PI) + offset;
        boolean isPi = (entry & PI) != 0;
        if ((address & 3) != 0) {
            throw new GuestFault(address);
        }
        int value = memory.readInt(address);
        for (; ; ) {
            int owner = value & Futex.FUTEX_TID_MASK;
            if (pending && !isPi && owner == 0) {
                wake(memory, address);
                return;
            }
            if (owner != task.tid()) {
                return;
            }
            int wanted = value & Futex.FUTEX_WAITERS | Futex.FUTEX_OWNER_DIED;
            int found = memory.compareAndExchangeInt(address, value, wanted);
            if (found == value) {
                break;
            }
            value = found;
        }
        if (!isPi && (value & Futex.FUTEX_WAITERS) != 0) {
            wake(memory, address);
        }
    }

    /** Wakes one waiter at a word, as {@code clear_child_tid} does too. A bad address is the guest's own loss. */
    static void wake(AddressSpace memory, long address) {
        try {
            Linux.futex(memory.host(address, 4), Futex.FUTEX_WAKE, 1, 0, 0, 0);
        } catch (GuestFault bad) {
            // Nobody can wait there.
        }
    }
}
