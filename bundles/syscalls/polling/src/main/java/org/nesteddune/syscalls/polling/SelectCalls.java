package org.nesteddune.syscalls.polling;

import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Poll;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** {@code select} and {@code pselect6}. */
final class SelectCalls {

    /** What counts as readable, writable and exceptional ({@code POLLIN_SET} and so on of {@code fs/select.c}). */
    private static final int IN = Poll.POLLRDNORM | Poll.POLLRDBAND | Poll.POLLIN | Poll.POLLHUP | Poll.POLLERR;

    private static final int OUT = Poll.POLLWRBAND | Poll.POLLWRNORM | Poll.POLLOUT | Poll.POLLERR;
    private static final int EXCEPTION = Poll.POLLPRI;

    private SelectCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("select", "int n, inout:fd_set? inp, inout:fd_set? outp, inout:fd_set? exp, inout:timeval? tvp",
                        SelectCalls::select)
                .full(
                        "pselect6",
                        "int n, inout:fd_set? inp, inout:fd_set? outp, inout:fd_set? exp, inout:timespec? tsp,"
                                + " in:sigset_argpack? sig",
                        SelectCalls::pselect);
    }

    private static long select(Task task, SyscallArguments a) {
        long timeAddress = a.get(4);
        long deadline = Long.MAX_VALUE;
        if (timeAddress != 0) {
            long seconds = task.memory().readLong(timeAddress);
            long micros = task.memory().readLong(timeAddress + 8);
            seconds += micros / 1_000_000;
            micros %= 1_000_000;
            if (seconds < 0 || micros < 0) {
                return -Errno.EINVAL;
            }
            long nanos = seconds > Long.MAX_VALUE / Timespec.SECOND - 1
                    ? Long.MAX_VALUE
                    : seconds * Timespec.SECOND + micros * 1000;
            deadline = Timespec.deadlineAfter(nanos);
        }
        return PollCalls.finish(task, timeAddress, deadline, wait(task, a, deadline), true);
    }

    private static long pselect(Task task, SyscallArguments a) {
        long timeAddress = a.get(4);
        long mask = 0;
        long maskSize = 0;
        if (a.get(5) != 0) {
            mask = task.memory().readLong(a.get(5));
            maskSize = task.memory().readLong(a.get(5) + 8);
        }
        long deadline = timeAddress == 0
                ? Long.MAX_VALUE
                : Timespec.deadlineAfter(Timespec.read(task.memory(), timeAddress));
        SignalMask.set(task, mask, maskSize);
        return PollCalls.finish(task, timeAddress, deadline, wait(task, a, deadline), false);
    }

    private static long wait(Task task, SyscallArguments a, long deadline) {
        int limit = a.getInt(0);
        if (limit < 0) {
            return -Errno.EINVAL;
        }
        int words = (Math.min(limit, task.descriptors().capacity()) + 63) / 64;
        limit = Math.min(limit, words * 64);
        long[][] sets = new long[3][words];
        for (int kind = 0; kind < 3; kind++) {
            read(task.memory(), a.get(kind + 1), sets[kind]);
        }
        int count = 0;
        for (int word = 0; word < words; word++) {
            count += Long.bitCount(mask(limit, word) & (sets[0][word] | sets[1][word] | sets[2][word]));
        }
        int[] descriptors = new int[count];
        try (PollSet set = new PollSet(task, count)) {
            int index = 0;
            for (int word = 0; word < words; word++) {
                long bits = mask(limit, word) & (sets[0][word] | sets[1][word] | sets[2][word]);
                for (; bits != 0; bits &= bits - 1) {
                    int bit = Long.numberOfTrailingZeros(bits);
                    int events = (sets[0][word] >>> bit & 1) != 0 ? IN : 0;
                    events |= (sets[1][word] >>> bit & 1) != 0 ? OUT : 0;
                    events |= (sets[2][word] >>> bit & 1) != 0 ? EXCEPTION : 0;
                    descriptors[index] = word * 64 + bit;
                    if (!set.set(index, descriptors[index], events)) {
                        return -Errno.EBADF;
                    }
                    index++;
                }
            }
            long result = waitForWanted(set, descriptors, sets, deadline);
            if (result < 0) {
                return result;
            }
            long total = 0;
            for (int kind = 0; kind < 3; kind++) {
                long[] answer = answer(set, descriptors, sets[kind], new int[] {IN, OUT, EXCEPTION}[kind]);
                for (long word : answer) {
                    total += Long.bitCount(word);
                }
                write(task.memory(), a.get(kind + 1), answer);
            }
            return total;
        }
    }

    /**
     * The host's poll also wakes for errors and hang-ups that nobody selected: a descriptor of which only exceptions
     * are wanted must go on waiting then. There is no other descriptor left that could wake, so what is left of the
     * time is slept away.
     */
    private static long waitForWanted(PollSet set, int[] descriptors, long[][] sets, long deadline) {
        for (; ; ) {
            long result = set.await(deadline);
            if (result <= 0) {
                return result;
            }
            boolean wanted = false;
            for (int i = 0; i < descriptors.length; i++) {
                int word = descriptors[i] / 64;
                long bit = 1L << descriptors[i] % 64;
                int events = ((sets[0][word] & bit) != 0 ? IN : 0)
                        | ((sets[1][word] & bit) != 0 ? OUT : 0)
                        | ((sets[2][word] & bit) != 0 ? EXCEPTION : 0);
                if ((set.events(i) & events) != 0) {
                    wanted = true;
                } else if (set.events(i) != 0) {
                    set.ignore(i);
                }
            }
            if (wanted) {
                return result;
            }
        }
    }

    /** The bits of a word that stand for descriptors below the limit. */
    private static long mask(int limit, int word) {
        int left = limit - word * 64;
        return left >= 64 ? -1L : (1L << left) - 1;
    }

    private static void read(GuestMemory memory, long address, long[] set) {
        if (address != 0) {
            for (int i = 0; i < set.length; i++) {
                set[i] = memory.readLong(address + i * 8L);
            }
        }
    }

    private static void write(GuestMemory memory, long address, long[] set) {
        if (address != 0) {
            for (int i = 0; i < set.length; i++) {
                memory.writeLong(address + i * 8L, set[i]);
            }
        }
    }

    private static long[] answer(PollSet set, int[] descriptors, long[] wanted, int events) {
        long[] answer = new long[wanted.length];
        for (int i = 0; i < descriptors.length; i++) {
            long bit = 1L << descriptors[i] % 64;
            if ((wanted[descriptors[i] / 64] & bit) != 0 && (set.events(i) & events) != 0) {
                answer[descriptors[i] / 64] |= bit;
            }
        }
        return answer;
    }
}
