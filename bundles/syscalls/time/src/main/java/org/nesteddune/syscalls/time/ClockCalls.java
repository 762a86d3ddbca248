package org.nesteddune.syscalls.time;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Time;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Clocks. Guests see the host's; only CPU time is their own. */
final class ClockCalls {

    /** Bytes in {@code struct timex} and {@code struct timezone}. */
    private static final int TIMEX_SIZE = 208;
    private static final int TIMEZONE_SIZE = 8;

    private static final long MILLISECONDS = 1000;

    private ClockCalls() {
    }

    static void addTo(Syscall.Table table) {
        String set = "the clock cannot be set, as in a container";
        table.full("time", "out:time? tloc -> long", ClockCalls::time)
                .full("gettimeofday", "out:timeval? tv, out:timezone? tz", ClockCalls::gettimeofday)
                .partial("settimeofday", "in:timeval? tv, in:timezone? tz", "EPERM: " + set, ClockCalls::settimeofday)
                .full("clock_gettime", "clock clockid, out:timespec tp", ClockCalls::gettime)
                .full("clock_getres", "clock clockid, out:timespec? res", ClockCalls::getres)
                .partial("clock_settime", "clock clockid, in:timespec tp", "EPERM: " + set, ClockCalls::settime)
                .partial("adjtimex", "inout:timex buf", "a change gives EPERM: " + set,
                        (task, a) -> adjust(task, a.get(0)))
                .partial("clock_adjtime", "clock clockid, inout:timex buf", "a change gives EPERM: " + set,
                        ClockCalls::adjtime);
    }

    private static long time(Task task, SyscallArguments a) {
        long seconds = System.currentTimeMillis() / MILLISECONDS;
        if (a.get(0) != 0) {
            task.memory().writeLong(a.get(0), seconds);
        }
        return seconds;
    }

    private static long gettimeofday(Task task, SyscallArguments a) {
        GuestMemory memory = task.memory();
        long time = a.get(0) == 0 ? 0 : memory.host(a.get(0), Timespec.SIZE);
        long zone = a.get(1) == 0 ? 0 : memory.host(a.get(1), TIMEZONE_SIZE);
        return Linux.call(SyscallNumbers.SYS_gettimeofday, time, zone);
    }

    private static long settimeofday(Task task, SyscallArguments a) {
        GuestMemory memory = task.memory();
        if (a.get(0) != 0) {
            Timespec.readTimeval(memory, a.get(0));
        }
        if (a.get(1) != 0) {
            memory.readLong(a.get(1));
        }
        return a.get(0) == 0 && a.get(1) == 0 ? 0 : -Errno.EPERM;
    }

    private static long gettime(Task task, SyscallArguments a) {
        int clock = a.getInt(0);
        if (CpuClock.isOne(clock)) {
            Timespec.write(task.memory(), a.get(1), CpuClock.find(task, clock, true).now());
            return 0;
        }
        if (clock < 0) {
            // A file that is a clock; no guest has one.
            return -Errno.EINVAL;
        }
        return Linux.clock_gettime(clock, task.memory().host(a.get(1), Timespec.SIZE));
    }

    private static long getres(Task task, SyscallArguments a) {
        int clock = a.getInt(0);
        if (CpuClock.isOne(clock)) {
            CpuClock.find(task, clock, true);
            if (a.get(1) != 0) {
                Timespec.write(task.memory(), a.get(1), 1);
            }
            return 0;
        }
        if (clock < 0) {
            return -Errno.EINVAL;
        }
        return Linux.clock_getres(clock, a.get(1) == 0 ? 0 : task.memory().host(a.get(1), Timespec.SIZE));
    }

    private static long settime(Task task, SyscallArguments a) {
        if (a.getInt(0) != Time.CLOCK_REALTIME) {
            return -Errno.EINVAL;
        }
        Timespec.read(task.memory(), a.get(1));
        return -Errno.EPERM;
    }

    private static long adjtime(Task task, SyscallArguments a) {
        int clock = a.getInt(0);
        task.memory().readLong(a.get(1) + TIMEX_SIZE - Long.BYTES);
        if (clock < 0 || clock > Time.CLOCK_TAI) {
            return -Errno.EINVAL;
        }
        return clock == Time.CLOCK_REALTIME ? adjust(task, a.get(1)) : -Errno.EOPNOTSUPP;
    }

    /** Asks the host in memory of our own, so that no other thread can turn the question into a change. */
    private static long adjust(Task task, long address) {
        if (task.memory().readInt(address) != 0) {
            return -Errno.EPERM;
        }
        long host = task.scratch();
        Memory.fill(host, TIMEX_SIZE, (byte) 0);
        long result = Linux.call(SyscallNumbers.SYS_adjtimex, host);
        if (result >= 0) {
            task.memory().writeFrom(address, host, TIMEX_SIZE);
        }
        return result;
    }
}
