package org.nesteddune.migration;

import java.nio.ByteBuffer;
import java.util.Set;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.escape.NativeThread;
import org.nesteddune.escape.ShellCode;
import org.nesteddune.kernel.TaskSettings;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Futex;

/**
 * A call of a native thread that waits for some time, and which it has been called out of (restart_syscall(2)). Until when it waits is the
 * kernel's knowledge alone. What is left of a sleep it has written down for the thread, if that wanted to know; all else the thread goes on
 * to wait for while it is parked, and tells when the time has come.
 */
final class TimedCall {

    /** Clocks that go on by themselves: CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI of {@code linux/time.h}. */
    private static final Set<Long> CLOCKS = Set.of(0L, 1L, 7L, 11L);

    /** MAX_CLOCKS, and the lowest address that programs have. */
    private static final long MOST_CLOCKS = 16;

    private static final long LOWEST = 0x10000;

    /** {@code struct pollfd}: descriptor (32 bits), events and what has happened (16 each). */
    private static final int POLLFD = 8;

    /** More than RLIMIT_NOFILE can be: what has more is another call. */
    private static final long MOST_POLLED = 1 << 24;

    /** What {@code poll} passes over. */
    private static final int NO_DESCRIPTOR = -1;

    private final int pid;
    private final SyscallNumbers numbers;
    private final int call;
    private final long[] arguments;
    private NativeThread.Wait wait;
    private KeptWait kept;

    /**
     * What a thread needs to go on waiting when its memory has been taken away.
     *
     * @param content what the call looks at, for nothing to be there but the time; may be empty
     */
    record KeptWait(long address, byte[] content) {

        private static final KeptWait NOTHING = new KeptWait(0, new byte[0]);
    }

    private TimedCall(int pid, SyscallNumbers numbers, int call, long[] arguments) {
        this.pid = pid;
        this.numbers = numbers;
        this.call = call;
        this.arguments = arguments;
    }

    static TimedCall of(int pid, ShellCode code, byte[] registers) {
        SyscallNumbers numbers = code.syscallNumbers();
        long[] arguments = code.arguments(registers);
        int number = code.interruptedCall(registers);
        int call = number == numbers.number("restart_syscall") ? numbers.number(guess(pid, arguments)) : number;
        return new TimedCall(pid, numbers, call, arguments);
    }

    /** Of a call that has been gone on with the kernel does not tell the number any more; it is known by its arguments. */
    private static String guess(int pid, long[] arguments) {
        if (isSmall(arguments[0], MOST_CLOCKS) && arguments[1] == 0 && isTime(pid, arguments[2])) {
            return "clock_nanosleep";
        }
        if (isTime(pid, arguments[0]) && (arguments[1] == 0 || !isSmall(arguments[1], LOWEST))) {
            return "nanosleep";
        }
        boolean isFutex = (isWait(arguments[1]) || isWaitUntil(arguments[1]))
                && isTime(pid, arguments[3])
                && isWord(pid, arguments[0], (int) arguments[2]);
        return isFutex ? "futex" : "poll";
    }

    private static boolean isWait(long futexOperation) {
        return ((int) futexOperation & Futex.FUTEX_CMD_MASK) == Futex.FUTEX_WAIT;
    }

    /** Whether a futex is waited for until a point of time, not for some time. */
    static boolean isWaitUntil(long futexOperation) {
        return ((int) futexOperation & Futex.FUTEX_CMD_MASK) == Futex.FUTEX_WAIT_BITSET;
    }

    private static boolean isSmall(long value, long limit) {
        return Long.compareUnsigned(value, limit) < 0;
    }

    private static boolean isTime(int pid, long address) {
        try {
            var structure = Script.buffer(MemoryCopy.read(pid, address, Timespec.SIZE));
            return structure.getLong(0) >= 0 && isSmall(structure.getLong(8), Timespec.SECOND);
        } catch (EscapeException unreadable) {
            return false;
        }
    }

    private static boolean isWord(int pid, long address, int value) {
        try {
            return Script.buffer(MemoryCopy.read(pid, address, Integer.BYTES)).getInt() == value;
        } catch (EscapeException unreadable) {
            return false;
        }
    }

    /** The call's number. */
    int number() {
        return call;
    }

    /** How a guest goes on with it, if the thread tells when the time has come; null if it does not. */
    NativeThread.Wait waiting() {
        return wait;
    }

    /** What the thread needs for that; null if nothing is to be waited for. */
    KeptWait kept() {
        return kept;
    }

    /**
     * Finds out how a guest can go on with it.
     *
     * @param settings learn until when a sleep lasts
     * @return how it goes on; 0 if it ends with EINTR
     */
    int prepare(TaskSettings settings) throws EscapeException {
        if (is("futex")) {
            return futex();
        }
        if (is("poll")) {
            return poll();
        }
        if (is("nanosleep")) {
            return goOnSleeping(settings, 0, true);
        }
        return is("clock_nanosleep") ? goOnSleeping(settings, 2, CLOCKS.contains(arguments[0])) : 0;
    }

    /**
     * @param time which argument is the time; what is left of it goes where the next one says
     * @param goesOn whether the clock goes on by itself
     */
    private int goOnSleeping(TaskSettings settings, int time, boolean goesOn) throws EscapeException {
        long remaining = arguments[time + 1];
        if (remaining == 0 && goesOn) {
            return goOn(NativeThread.Wait.SLEEP, 0, 0, KeptWait.NOTHING);
        }
        long left = time(remaining != 0 ? remaining : arguments[time]);
        sleep(settings, System.nanoTime() + left, remaining);
        return Errno.ERESTART_RESTARTBLOCK;
    }

    private int futex() {
        if (!isWait(arguments[1])) {
            // Its time is a point of time.
            return Errno.ERESTARTSYS;
        }
        byte[] word = Script.structure(Integer.BYTES).putInt((int) arguments[2]).array();
        return goOn(3, 0, -Errno.ETIMEDOUT, new KeptWait(arguments[0], word));
    }

    private int poll() {
        if (!isSmall(arguments[1], MOST_POLLED)) {
            return 0;
        }
        if ((int) arguments[2] < 0) {
            return Errno.ERESTARTSYS;
        }
        ByteBuffer descriptors = Script.structure((int) arguments[1] * POLLFD);
        while (descriptors.hasRemaining()) {
            descriptors.putInt(NO_DESCRIPTOR).putInt(0);
        }
        return goOn(2, -1, 0, new KeptWait(arguments[0], descriptors.array()));
    }

    private int goOn(int argument, long endless, long outcome, KeptWait needed) {
        wait = new NativeThread.Wait(argument, endless, outcome);
        kept = needed;
        return Errno.ERESTART_RESTARTBLOCK;
    }

    private boolean is(String name) {
        return numbers.number(name) == call;
    }

    /** A {@code struct timespec} of the process's in nanoseconds. */
    private long time(long address) throws EscapeException {
        var structure = Script.buffer(MemoryCopy.read(pid, address, Timespec.SIZE));
        return Timespec.add(Math.multiplyExact(Math.min(structure.getLong(0), Integer.MAX_VALUE), Timespec.SECOND), structure.getLong(8));
    }

    private static void sleep(TaskSettings settings, long deadline, long remaining) {
        settings.restartBlock(
                (task, none) -> {
                    if (task.sleepUntil(deadline) == 0) {
                        return 0;
                    }
                    if (remaining != 0) {
                        Timespec.write(task.memory(), remaining, Math.max(0, deadline - System.nanoTime()));
                    }
                    sleep(task.settings(), deadline, remaining);
                    return -Errno.ERESTART_RESTARTBLOCK;
                },
                deadline);
    }
}
