package org.nesteddune.syscalls.time;

import org.nesteddune.host.Linux;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.GuestTimer.Setting;
import org.nesteddune.kernel.ProcessTimers;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.TimerClock;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Time;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Interval timers and timers of {@code timer_create}; the timers themselves are the process's. */
final class TimerCalls {

    /** Offsets in {@code struct sigevent}, and its size. */
    private static final int SIGEVENT_SIGNO = 8;
    private static final int SIGEVENT_NOTIFY = 12;
    private static final int SIGEVENT_TID = 16;
    private static final int SIGEVENT_SIZE = 64;

    private static final long HALF_SECOND = Timespec.SECOND / 2;

    private TimerCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full("alarm", "uint seconds -> uint", TimerCalls::alarm)
                .full("getitimer", "enum:itimer which, out:itimerval value", TimerCalls::getitimer)
                .full(
                        "setitimer",
                        "enum:itimer which, in:itimerval? value, out:itimerval? ovalue",
                        TimerCalls::setitimer)
                .full("timer_create", "clock clockid, in:sigevent? evp, out:int timerid", TimerCalls::create)
                .full(
                        "timer_settime",
                        "int timerid, flags:timer flags, in:itimerspec new_value, out:itimerspec? old_value",
                        TimerCalls::settime)
                .full("timer_gettime", "int timerid, out:itimerspec value", TimerCalls::gettime)
                .full(
                        "timer_getoverrun",
                        "int timerid",
                        (task, a) -> task.process().timers().overrun(a.getInt(0)))
                .full("timer_delete", "int timerid", TimerCalls::delete);
    }

    // Interval timers

    private static long alarm(Task task, SyscallArguments a) {
        long seconds = Math.min(Integer.toUnsignedLong(a.getInt(0)), Integer.MAX_VALUE);
        Setting old = task.process().timers().intervalTimer(Time.ITIMER_REAL, seconds * Timespec.SECOND, 0);
        long left = old.value();
        // Never 0 while the timer runs; otherwise rounded to the nearest second.
        return left == 0 ? 0 : Math.max(1, (left + HALF_SECOND) / Timespec.SECOND);
    }

    private static long getitimer(Task task, SyscallArguments a) {
        int which = a.getInt(0);
        if (which < Time.ITIMER_REAL || which > Time.ITIMER_PROF) {
            return -Errno.EINVAL;
        }
        writeTimevals(task.memory(), a.get(1), task.process().timers().intervalTimerLeft(which));
        return 0;
    }

    private static long setitimer(Task task, SyscallArguments a) {
        GuestMemory memory = task.memory();
        long value = 0;
        long interval = 0;
        if (a.get(1) != 0) {
            interval = Timespec.readTimeval(memory, a.get(1));
            value = Timespec.readTimeval(memory, a.get(1) + Timespec.SIZE);
        }
        int which = a.getInt(0);
        if (which < Time.ITIMER_REAL || which > Time.ITIMER_PROF) {
            return -Errno.EINVAL;
        }
        Setting old = task.process().timers().intervalTimer(which, value, interval);
        if (a.get(2) != 0) {
            writeTimevals(memory, a.get(2), old);
        }
        return 0;
    }

    private static void writeTimevals(GuestMemory memory, long address, Setting setting) {
        Timespec.writeTimeval(memory, address, setting.interval());
        // A timer that runs never shows 0.
        long value = setting.value() == 0 ? 0 : Math.max(setting.value(), 1000);
        Timespec.writeTimeval(memory, address + Timespec.SIZE, value);
    }

    // Timers of timer_create

    /**
     * Whether a task may be woken by an alarm clock. That a suspended machine is to wake up, too, is left out.
     *
     * @throws ErrnoException EOPNOTSUPP if the host has no clock that wakes it up, EPERM without CAP_WAKE_ALARM
     */
    static void checkAlarm(Task task, int clock) {
        if (Linux.clock_getres(clock, 0) < 0) {
            throw new ErrnoException(Errno.EOPNOTSUPP);
        }
        if (!task.credentials().has(Capabilities.CAP_WAKE_ALARM)) {
            throw new ErrnoException(Errno.EPERM);
        }
    }

    private static long create(Task task, SyscallArguments a) {
        GuestMemory memory = task.memory();
        int clock = a.getInt(0);
        TimerClock source;
        if (CpuClock.isOne(clock)) {
            source = CpuClock.find(task, clock, false);
        } else if (clock < 0) {
            return -Errno.EOPNOTSUPP;
        } else {
            switch (clock) {
                case Time.CLOCK_REALTIME, Time.CLOCK_MONOTONIC, Time.CLOCK_BOOTTIME, Time.CLOCK_TAI ->
                        source = TimerClock.host(clock);
                case Time.CLOCK_REALTIME_ALARM, Time.CLOCK_BOOTTIME_ALARM -> {
                    checkAlarm(task, clock);
                    source = TimerClock.host(clock);
                }
                case Time.CLOCK_MONOTONIC_RAW, Time.CLOCK_REALTIME_COARSE, Time.CLOCK_MONOTONIC_COARSE -> {
                    return -Errno.EOPNOTSUPP;
                }
                default -> {
                    return -Errno.EINVAL;
                }
            }
        }
        int signal = Signal.SIGALRM;
        Long value = null;
        Task target = null;
        long event = a.get(1);
        if (event != 0) {
            memory.readLong(event + SIGEVENT_SIZE - 8);
            value = memory.readLong(event);
            int notify = memory.readInt(event + SIGEVENT_NOTIFY);
            int number = memory.readInt(event + SIGEVENT_SIGNO);
            switch (notify) {
                case Signal.SIGEV_NONE -> signal = 0;
                case Signal.SIGEV_SIGNAL, Signal.SIGEV_THREAD, Signal.SIGEV_THREAD_ID -> {
                    if (!task.architecture().abi().isSignal(number)) {
                        return -Errno.EINVAL;
                    }
                    signal = task.architecture().abi().signalFromGuest(number);
                }
                default -> {
                    return -Errno.EINVAL;
                }
            }
            if (notify == Signal.SIGEV_THREAD_ID) {
                target = task.process().table().task(memory.readInt(event + SIGEVENT_TID));
                if (target == null || target.process() != task.process()) {
                    return -Errno.EINVAL;
                }
            }
        }
        ProcessTimers timers = task.process().timers();
        int id = timers.create(source, signal, value, target);
        boolean told = false;
        try {
            memory.writeInt(a.get(2), id);
            told = true;
        } finally {
            if (!told) {
                timers.delete(id);
            }
        }
        return 0;
    }

    private static long settime(Task task, SyscallArguments a) {
        GuestMemory memory = task.memory();
        if (a.get(2) == 0) {
            return -Errno.EINVAL;
        }
        long interval = Timespec.read(memory, a.get(2));
        long value = Timespec.read(memory, a.get(2) + Timespec.SIZE);
        boolean absolute = (a.getInt(1) & Time.TIMER_ABSTIME) != 0;
        Setting old = task.process().timers().set(a.getInt(0), value, interval, absolute);
        if (a.get(3) != 0) {
            writeTimespecs(memory, a.get(3), old);
        }
        return 0;
    }

    private static long gettime(Task task, SyscallArguments a) {
        writeTimespecs(task.memory(), a.get(1), task.process().timers().get(a.getInt(0)));
        return 0;
    }

    private static void writeTimespecs(GuestMemory memory, long address, Setting setting) {
        Timespec.write(memory, address, setting.interval());
        Timespec.write(memory, address + Timespec.SIZE, setting.value());
    }

    private static long delete(Task task, SyscallArguments a) {
        task.process().timers().delete(a.getInt(0));
        return 0;
    }
}
