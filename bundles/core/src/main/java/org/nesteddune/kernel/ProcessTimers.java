package org.nesteddune.kernel;

import java.util.TreeMap;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Resource;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Time;
import org.nesteddune.syscall.ErrnoException;

/**
 * The timers of a process: the three interval timers, the timers of {@code timer_create}, and the watch over
 * RLIMIT_CPU. CPU-time timers look at the process's CPU time when it can have been reached at the earliest.
 * Thread-safe. All times are in nanoseconds.
 */
public final class ProcessTimers implements AutoCloseable {

    /** The kernel looks at CPU time once a tick; a millisecond is finer than any tick. */
    private static final long CPU_CLOCK_STEP = 1_000_000;

    /** A guard against a guest that makes timers without end, well above RLIMIT_SIGPENDING's usual use. */
    private static final int GREATEST_NUMBER = 4096;

    private final Process process;
    private final TimerThread thread;
    private final GuestTimer[] intervalTimers = new GuestTimer[3];
    private final TreeMap<Integer, PosixTimer> timers = new TreeMap<>();
    private GuestTimer cpuLimit;
    private boolean closed;

    /** Makes an empty set of timers. */
    public ProcessTimers(Process process, TimerThread thread) {
        this.process = process;
        this.thread = thread;
    }

    // Interval timers

    /** What is left of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF. */
    public synchronized GuestTimer.Setting intervalTimer(int which) {
        return intervalTimers[which] == null ? GuestTimer.Setting.DISARMED : intervalTimers[which].get();
    }

    /** Sets ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF and gives what was left of it. */
    public synchronized GuestTimer.Setting intervalTimer(int which, long value, long interval) {
        if (closed) {
            return GuestTimer.Setting.DISARMED;
        }
        if (intervalTimers[which] == null) {
            if (value == 0) {
                return GuestTimer.Setting.DISARMED;
            }
            intervalTimers[which] = switch (which) {
                case Time.ITIMER_REAL -> timer(System::nanoTime, Signal.SIGALRM);
                case Time.ITIMER_VIRTUAL -> timer(new CpuClock(true), Signal.SIGVTALRM);
                default -> timer(new CpuClock(false), Signal.SIGPROF);
            };
        }
        return intervalTimers[which].set(value, interval, false);
    }

    private GuestTimer timer(GuestTimer.Clock clock, int signal) {
        return new GuestTimer(thread, clock, expiries -> process.signal(SignalInfo.kernel(signal)));
    }

    // RLIMIT_CPU

    /** Takes note that RLIMIT_CPU was set: SIGXCPU comes at the soft limit and each second after it, SIGKILL at the hard one. */
    public synchronized void cpuLimitChanged() {
        if (cpuLimit != null) {
            cpuLimit.cancel();
            cpuLimit = null;
        }
        long soft = process.limits().soft(Resource.RLIMIT_CPU);
        if (soft != Limits.INFINITY && !closed) {
            cpuLimit = new GuestTimer(thread, new CpuClock(false), expiries -> cpuLimitReached());
            long value = Long.compareUnsigned(soft, Long.MAX_VALUE / Timespec.SECOND) >= 0
                    ? Long.MAX_VALUE
                    : Math.max(1, soft) * Timespec.SECOND;
            cpuLimit.set(value, Timespec.SECOND, true);
        }
    }

    private void cpuLimitReached() {
        Process.CpuTimes used = process.cpuTimes();
        long seconds = (used.user() + used.system()) / Timespec.SECOND;
        boolean over = Long.compareUnsigned(seconds, process.limits().hard(Resource.RLIMIT_CPU)) >= 0;
        process.signal(SignalInfo.kernel(over ? Signal.SIGKILL : Signal.SIGXCPU));
    }

    // Timers of timer_create

    /**
     * Makes a timer.
     *
     * @param clock the clock as {@code timer_create} names it
     * @param task whose CPU time CLOCK_THREAD_CPUTIME_ID follows
     * @param signal generic signal number, 0 for none (SIGEV_NONE)
     * @param value {@code sigev_value}; null for the timer's own id
     * @param target the task that gets the signal (SIGEV_THREAD_ID), or null for the process
     * @return the timer's id
     * @throws ErrnoException EINVAL for a clock that there is not, EAGAIN if there are too many timers
     */
    public synchronized int create(int clock, Task task, int signal, Long value, Task target) {
        GuestTimer.Clock source = switch (clock) {
            case Time.CLOCK_MONOTONIC -> System::nanoTime;
            case Time.CLOCK_REALTIME, Time.CLOCK_BOOTTIME, Time.CLOCK_TAI, Time.CLOCK_REALTIME_ALARM,
                    Time.CLOCK_BOOTTIME_ALARM -> () -> Timespec.now(clock);
            case Time.CLOCK_PROCESS_CPUTIME_ID -> new CpuClock(false);
            case Time.CLOCK_THREAD_CPUTIME_ID -> new ThreadClock(task);
            default -> throw new ErrnoException(Errno.EINVAL);
        };
        if (timers.size() >= GREATEST_NUMBER || closed) {
            throw new ErrnoException(Errno.EAGAIN);
        }
        int id = 0;
        while (timers.containsKey(id)) {
            id++;
        }
        timers.put(id, new PosixTimer(id, source, signal, value == null ? id : value, target));
        return id;
    }

    /** Sets a timer of {@link #create} and gives what was left of it. */
    public GuestTimer.Setting set(int id, long value, long interval, boolean absolute) {
        PosixTimer timer = find(id);
        timer.overrun = 0;
        return timer.timer.set(value, interval, absolute);
    }

    /** What is left of a timer of {@link #create}. */
    public GuestTimer.Setting get(int id) {
        return find(id).timer.get();
    }

    /** How many expiries the last signal of a timer stands for beyond the first. */
    public int overrun(int id) {
        return (int) Math.min(find(id).overrun, Integer.MAX_VALUE);
    }

    /** Deletes a timer of {@link #create}. */
    public synchronized void delete(int id) {
        find(id).timer.cancel();
        timers.remove(id);
    }

    private synchronized PosixTimer find(int id) {
        PosixTimer timer = timers.get(id);
        if (timer == null) {
            throw new ErrnoException(Errno.EINVAL);
        }
        return timer;
    }

    /** Deletes the timers of {@link #create}, as {@code execve} does; interval timers go on. */
    public synchronized void resetForExec() {
        timers.values().forEach(timer -> timer.timer.cancel());
        timers.clear();
    }

    /** Deletes all timers for good, at the process's end. Idempotent. */
    @Override
    public synchronized void close() {
        closed = true;
        resetForExec();
        for (GuestTimer timer : intervalTimers) {
            if (timer != null) {
                timer.cancel();
            }
        }
        if (cpuLimit != null) {
            cpuLimit.cancel();
        }
    }

    /** One timer of {@code timer_create}. */
    private final class PosixTimer {

        private final int id;
        private final int signal;
        private final long value;
        private final Task target;
        private final GuestTimer timer;
        private volatile long overrun;

        PosixTimer(int id, GuestTimer.Clock clock, int signal, long value, Task target) {
            this.id = id;
            this.signal = signal;
            this.value = value;
            this.target = target;
            timer = new GuestTimer(thread, clock, this::expired);
        }

        /** Only one signal of a timer is pending at a time; further expiries raise its overrun count. */
        private void expired(long expiries) {
            if (signal == 0) {
                return;
            }
            PendingSignals pending = target == null ? process.pendingSignals() : target.pendingSignals();
            long more = expiries - 1;
            if (pending.replace(this::isMine, info -> info(overrun(info) + expiries))) {
                overrun += expiries;
                return;
            }
            overrun = more;
            if (target == null) {
                process.signal(info(more));
            } else {
                target.signal(info(more));
            }
        }

        private boolean isMine(SignalInfo info) {
            return info.signal() == signal
                    && info.code() == Signal.SI_TIMER
                    && info.address() >>> 32 == Integer.toUnsignedLong(id);
        }

        private long overrun(SignalInfo info) {
            return info.address() & 0xffff_ffffL;
        }

        private SignalInfo info(long count) {
            long both = (long) id << 32 | Math.min(count, Integer.MAX_VALUE);
            return new SignalInfo(signal, Signal.SI_TIMER, 0, 0, value, both, 0, 0);
        }
    }

    /** The process's CPU time. */
    private final class CpuClock implements GuestTimer.Clock {

        private final boolean userOnly;

        CpuClock(boolean userOnly) {
            this.userOnly = userOnly;
        }

        @Override
        public long now() {
            Process.CpuTimes times = process.cpuTimes();
            return userOnly ? times.user() : times.user() + times.system();
        }

        @Override
        public long timeFor(long nanos) {
            return Math.max(CPU_CLOCK_STEP, nanos / Math.max(1, process.tasks().size()));
        }
    }

    /** One task's CPU time. */
    private record ThreadClock(Task task) implements GuestTimer.Clock {

        @Override
        public long now() {
            Process.CpuTimes times = task.cpuTimes();
            return times.user() + times.system();
        }

        @Override
        public long timeFor(long nanos) {
            return Math.max(CPU_CLOCK_STEP, nanos);
        }
    }
}
