package org.nesteddune.migration;

import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.escape.ShellCode;
import org.nesteddune.kernel.TaskSettings;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Futex;

/**
 * A call of a native thread that waits for some time, and which it has been called out of (restart_syscall(2)). Until when it waits is the
 * kernel's knowledge alone. What is left of a sleep it has written down for the thread, if that wanted to know; other waits begin
 * anew, and so take the longer by the time that has passed.
 */
final class TimedCall {

    /** MAX_CLOCKS of {@code linux/time.h}, and the lowest address that programs have. */
    private static final long CLOCKS = 16;

    private static final long LOWEST = 0x10000;

    private static final long MILLISECOND = 1_000_000;

    private final int pid;
    private final SyscallNumbers numbers;
    private final int call;
    private final long[] arguments;
    private long pollDeadline;

    private TimedCall(int pid, SyscallNumbers numbers, int call, long[] arguments) {
        this.pid = pid;
        this.numbers = numbers;
        this.call = call;
        this.arguments = arguments;
    }

    static TimedCall of(int pid, ShellCode code, byte[] registers) {
        SyscallNumbers numbers = code.syscallNumbers();
        long[] arguments = code.arguments(registers);
        int call = code.interruptedCall(registers);
        return new TimedCall(
                pid, numbers, call == numbers.number("restart_syscall") ? guess(numbers, arguments) : call, arguments);
    }

    /** Of a call that has been gone on with the kernel does not tell the number any more; it is known by its arguments. */
    private static int guess(SyscallNumbers numbers, long[] arguments) {
        if (isSmall(arguments[0], CLOCKS) && isSmall(arguments[1], 1) && !isSmall(arguments[2], LOWEST)) {
            return numbers.number("clock_nanosleep");
        }
        if (!isSmall(arguments[0], LOWEST) && (arguments[1] == 0 || !isSmall(arguments[1], LOWEST))) {
            return numbers.number("nanosleep");
        }
        return isSmall(arguments[1], LOWEST) && isSmall(arguments[2], Integer.MAX_VALUE) ? numbers.number("poll") : -1;
    }

    private static boolean isSmall(long value, long limit) {
        return Long.compareUnsigned(value, limit) < 0;
    }

    /** The call's number. */
    int number() {
        return call;
    }

    /** Until when a poll waits, by {@link System#nanoTime}; 0 if it is none. */
    long pollDeadline() {
        return pollDeadline;
    }

    /**
     * Finds out how a guest can go on with it.
     *
     * @param settings learn until when a sleep lasts
     * @return how it goes on; 0 if it ends with EINTR
     */
    int prepare(TaskSettings settings) throws EscapeException {
        if (is("futex") && ((int) arguments[1] & Futex.FUTEX_CMD_MASK) == Futex.FUTEX_WAIT_BITSET) {
            // Its time is a point of time.
            return Errno.ERESTARTSYS;
        }
        if (is("poll")) {
            return poll((int) arguments[2]);
        }
        int time = is("nanosleep") ? 0 : is("clock_nanosleep") ? 2 : -1;
        if (time < 0) {
            return 0;
        }
        long remaining = arguments[time + 1];
        long left = time(remaining != 0 ? remaining : arguments[time]);
        sleep(settings, System.nanoTime() + left, remaining);
        return Errno.ERESTART_RESTARTBLOCK;
    }

    private int poll(int milliseconds) {
        if (milliseconds < 0) {
            return Errno.ERESTARTSYS;
        }
        pollDeadline = System.nanoTime() + milliseconds * MILLISECOND;
        return Errno.ERESTART_RESTARTBLOCK;
    }

    private boolean is(String name) {
        return numbers.number(name) == call;
    }

    /** A {@code struct timespec} of the process's in nanoseconds. */
    private long time(long address) throws EscapeException {
        var structure = Script.buffer(Foreign.read(pid, address, 16));
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
