package org.nesteddune.syscalls.polling;

import org.nesteddune.arch.GuestAbi;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Errno;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** {@code poll} and {@code ppoll}. */
final class PollCalls {

    private static final long MILLISECOND = 1_000_000;

    /** {@code linux/personality.h}. */
    private static final int STICKY_TIMEOUTS = 0x0400_0000;

    private PollCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("poll", "inout:pollfd[nfds] ufds, uint nfds, int timeout_msecs", PollCalls::poll)
                .full(
                        "ppoll",
                        "inout:pollfd[nfds] ufds, uint nfds, inout:timespec? tsp, in:sigset? sigmask, size sigsetsize",
                        PollCalls::ppoll);
    }

    private static long poll(Task task, SyscallArguments a) {
        int timeout = a.getInt(2);
        long deadline = timeout < 0 ? Long.MAX_VALUE : Timespec.deadlineAfter(timeout * MILLISECOND);
        return poll(task, a.get(0), a.getInt(1), deadline);
    }

    /** Interrupted, it goes on with the time that is left. */
    private static long poll(Task task, long address, int count, long deadline) {
        long result = wait(task, address, count, deadline);
        if (result == -Errno.ERESTARTSYS) {
            task.settings().restartBlock((t, a) -> poll(t, address, count, deadline), deadline);
            return -Errno.ERESTART_RESTARTBLOCK;
        }
        return result;
    }

    private static long ppoll(Task task, SyscallArguments a) {
        long timeAddress = a.get(2);
        long deadline = timeAddress == 0
                ? Long.MAX_VALUE
                : Timespec.deadlineAfter(Timespec.read(task.memory(), timeAddress));
        SignalMask.set(task, a.get(3), a.get(4));
        long result = wait(task, a.get(0), a.getInt(1), deadline);
        return finish(task, timeAddress, deadline, result, false);
    }

    /**
     * Writes the time back that is left, as Linux does for {@code ppoll} and {@code select} unless the personality forbids it.
     * Where it cannot be written, the call counts none the less, only that it cannot be started again.
     */
    static long finish(Task task, long timeAddress, long deadline, long result, boolean timeval) {
        long outcome = result == -Errno.ERESTARTSYS ? -Errno.ERESTARTNOHAND : result;
        if (timeAddress == 0 || deadline == Long.MAX_VALUE) {
            return outcome;
        }
        if ((task.settings().personality() & STICKY_TIMEOUTS) != 0) {
            return outcome == -Errno.ERESTARTNOHAND ? -Errno.EINTR : outcome;
        }
        long left = Math.max(0, deadline - System.nanoTime());
        try {
            if (timeval) {
                Timespec.writeTimeval(task.memory(), timeAddress, left);
            } else {
                Timespec.write(task.memory(), timeAddress, left);
            }
        } catch (GuestFault readOnly) {
            return outcome == -Errno.ERESTARTNOHAND ? -Errno.EINTR : outcome;
        }
        return outcome;
    }

    private static long wait(Task task, long address, int count, long deadline) {
        if (count < 0 || Long.compareUnsigned(count, task.process().limits().openFiles()) > 0) {
            return -Errno.EINVAL;
        }
        GuestMemory memory = task.memory();
        GuestAbi abi = task.architecture().abi();
        try (PollSet set = new PollSet(task, count)) {
            for (int i = 0; i < count; i++) {
                long entry = memory.readLong(address + (long) i * PollSet.POLLFD);
                set.set(i, (int) entry, abi.pollEventsFromGuest((int) (entry >>> 32) & 0xffff));
            }
            long result = set.await(deadline);
            if (result >= 0) {
                for (int i = 0; i < count; i++) {
                    memory.writeShort(
                            address + (long) i * PollSet.POLLFD + 6, (short) abi.pollEventsToGuest(set.events(i)));
                }
            }
            return result;
        }
    }
}
