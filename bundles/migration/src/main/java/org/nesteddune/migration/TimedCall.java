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
 * kernel's knowledge alone; what is left of a sleep the kernel has written down for the thread, if that wanted to know.
 */
final class TimedCall {

    /** MAX_CLOCKS of {@code linux/time.h}, and the lowest address that programs have. */
    private static final long CLOCKS = 16;

    private static final long LOWEST = 0x10000;

    private final int pid;
    private final SyscallNumbers numbers;
    private final int call;
    private final long[] arguments;

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
                pid, numbers, call == numbers.number("restart_syscall") ? sleep(numbers, arguments) : call, arguments);
    }

    /** Of a call that has been gone on with the kernel does not tell the number any more; sleeps are known by their arguments. */
    private static int sleep(SyscallNumbers numbers, long[] arguments) {
        boolean hasClock = Long.compareUnsigned(arguments[0], CLOCKS) < 0 && arguments[1] == 0;
        boolean hasPlaces = Long.compareUnsigned(arguments[0], LOWEST) >= 0 && Long.compareUnsigned(arguments[1], LOWEST) >= 0;
        return hasClock ? numbers.number("clock_nanosleep") : hasPlaces ? numbers.number("nanosleep") : -1;
    }

    /** The call's number. */
    int number() {
        return call;
    }

    /**
     * Finds out how a guest can go on with it.
     *
     * @param settings learn what is left of it
     * @return how it goes on; 0 if it ends with EINTR
     */
    int prepare(TaskSettings settings) throws EscapeException {
        if (is("futex") && ((int) arguments[1] & Futex.FUTEX_CMD_MASK) == Futex.FUTEX_WAIT_BITSET) {
            // Its time is a point of time.
            return Errno.ERESTARTSYS;
        }
        int remaining = is("nanosleep") ? 1 : is("clock_nanosleep") ? 3 : -1;
        if (remaining < 0 || arguments[remaining] == 0) {
            return 0;
        }
        var left = Script.buffer(Foreign.read(pid, arguments[remaining], 16));
        sleep(settings, System.nanoTime() + left.getLong(0) * Timespec.SECOND + left.getLong(8), arguments[remaining]);
        return Errno.ERESTART_RESTARTBLOCK;
    }

    private boolean is(String name) {
        return numbers.number(name) == call;
    }

    private static void sleep(TaskSettings settings, long deadline, long remaining) {
        settings.restartBlock(
                (task, none) -> {
                    if (task.sleepUntil(deadline) == 0) {
                        return 0;
                    }
                    Timespec.write(task.memory(), remaining, Math.max(0, deadline - System.nanoTime()));
                    sleep(task.settings(), deadline, remaining);
                    return -Errno.ERESTART_RESTARTBLOCK;
                },
                deadline);
    }
}
