package org.nesteddune.kernel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Resource;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Time;
import org.nesteddune.syscall.ErrnoException;

/**
 * The timers of a process: the three interval timers, the timers of {@code timer_create}, and the watch over
 * RLIMIT_CPU. CPU-time timers look at the CPU time when it can have been reached at the earliest. Thread-safe. All times
 * are in nanoseconds.
 */
public final class ProcessTimers implements AutoCloseable {

    private final Process process;
    private final TimerThread thread;
    private final PendingSignals.Quota quota;
    private final RealTimer realTimer;
    private final GuestTimer virtualTimer;
    private final GuestTimer profilingTimer;
    private final TreeMap<Integer, Slot> timers = new TreeMap<>();
    private final CpuShares shares = new CpuShares();
    private GuestTimer cpuLimit;
    private int nextId;
    private boolean closed;

    /** Who pays for a timer's place in the queues. */
    private record Slot(PosixTimer timer, int user) {}

    /** Makes an empty set of timers; each timer of {@code timer_create} has a place in the quota. */
    public ProcessTimers(Process process, TimerThread thread, PendingSignals.Quota quota) {
        this.process = process;
        this.thread = thread;
        this.quota = quota;
        realTimer = new RealTimer();
        virtualTimer = cpuTimer(true, Signal.SIGVTALRM);
        profilingTimer = cpuTimer(false, Signal.SIGPROF);
    }

    private GuestTimer cpuTimer(boolean userOnly, int signal) {
        return new GuestTimer(
                thread,
                TimerClock.cpu(process, userOnly),
                false,
                setting -> process.signal(SignalInfo.kernel(signal), shares.next(process)));
    }

    // Interval timers

    private GuestTimer intervalTimer(int which) {
        return switch (which) {
            case Time.ITIMER_REAL -> realTimer.timer;
            case Time.ITIMER_VIRTUAL -> virtualTimer;
            default -> profilingTimer;
        };
    }

    /** What is left of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF. */
    public GuestTimer.Setting intervalTimerLeft(int which) {
        return intervalTimer(which).get();
    }

    /** Sets ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF and gives what was left of it. */
    public synchronized GuestTimer.Setting intervalTimer(int which, long value, long interval) {
        return closed ? GuestTimer.Setting.DISARMED : intervalTimer(which).set(value, interval, false);
    }

    /** The interval timers as they were when they were stopped. */
    public static final class Suspended {

        private final List<GuestTimer.Setting> settings;
        private final long since = System.nanoTime();

        private Suspended(List<GuestTimer.Setting> settings) {
            this.settings = settings;
        }

        /** What is left now of ITIMER_REAL, ITIMER_VIRTUAL and ITIMER_PROF: of the first one the time has passed. */
        public List<GuestTimer.Setting> left() {
            List<GuestTimer.Setting> now = new ArrayList<>(settings);
            GuestTimer.Setting real = settings.get(Time.ITIMER_REAL);
            if (real.value() != 0) {
                long left = Math.max(1, real.value() - (System.nanoTime() - since));
                now.set(Time.ITIMER_REAL, new GuestTimer.Setting(left, real.interval()));
            }
            return now;
        }
    }

    /** Stops the interval timers. A signal that was sent stays. */
    public synchronized Suspended suspend() {
        List<GuestTimer.Setting> settings = new ArrayList<>();
        for (int which : new int[] {Time.ITIMER_REAL, Time.ITIMER_VIRTUAL, Time.ITIMER_PROF}) {
            settings.add(intervalTimer(which, 0, 0));
        }
        return new Suspended(settings);
    }

    /** Lets the interval timers go on. */
    public synchronized void resume(Suspended timers) {
        List<GuestTimer.Setting> left = timers.left();
        for (int which = 0; which < left.size(); which++) {
            if (left.get(which).value() != 0) {
                intervalTimer(which, left.get(which).value(), left.get(which).interval());
            }
        }
    }

    /** ITIMER_REAL, which goes on when its signal has been taken ({@code posixtimer_rearm_itimer}). */
    private final class RealTimer implements PendingSignals.Source {

        private final GuestTimer timer = new GuestTimer(thread, TimerClock.host(Time.CLOCK_MONOTONIC), true, this::expired);
        private volatile long sent;

        private void expired(long setting) {
            sent = setting;
            boolean waits = process.pendingSignals().set().has(Signal.SIGALRM);
            if (waits) {
                timer.rearm(setting);
            } else {
                process.signal(this, null);
            }
        }

        @Override
        public int signal() {
            return Signal.SIGALRM;
        }

        /** A signal that was sent comes even if the timer has been set anew since. */
        @Override
        public SignalInfo take() {
            timer.rearm(sent);
            return SignalInfo.kernel(Signal.SIGALRM);
        }
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
            cpuLimit = new GuestTimer(thread, TimerClock.cpu(process, false), false, setting -> cpuLimitReached());
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
        process.signal(SignalInfo.kernel(over ? Signal.SIGKILL : Signal.SIGXCPU), shares.next(process));
    }

    // Timers of timer_create

    /**
     * Makes a timer.
     *
     * @param signal generic signal number, 0 for none (SIGEV_NONE)
     * @param value {@code sigev_value}; null for the timer's own id
     * @param target the task that gets the signal (SIGEV_THREAD_ID), or null for the process
     * @return the timer's id
     * @throws ErrnoException EAGAIN if RLIMIT_SIGPENDING allows no more
     */
    public synchronized int create(TimerClock clock, int signal, Long value, Task target) {
        int user = quota.user();
        if (closed || !quota.charge(user, false)) {
            throw new ErrnoException(Errno.EAGAIN);
        }
        int id = nextId;
        while (timers.containsKey(id)) {
            id = id + 1 & Integer.MAX_VALUE;
        }
        nextId = id + 1 & Integer.MAX_VALUE;
        PosixTimer timer = new PosixTimer(
                id,
                thread,
                clock,
                signal,
                value == null ? id : value,
                process,
                target,
                () -> clock.process() == process ? shares.next(process) : null);
        timers.put(id, new Slot(timer, user));
        return id;
    }

    /** Sets a timer of {@link #create} and gives what was left of it. */
    public GuestTimer.Setting set(int id, long value, long interval, boolean absolute) {
        return find(id).set(value, interval, absolute);
    }

    /** What is left of a timer of {@link #create}. */
    public GuestTimer.Setting get(int id) {
        return find(id).get();
    }

    /** How many expiries the last signal of a timer stands for beyond the first. */
    public int overrun(int id) {
        return find(id).overrun();
    }

    /** How many timers of {@link #create} there are. */
    public synchronized int count() {
        return timers.size();
    }

    /** Deletes a timer of {@link #create}; a signal of it that waits is gone. */
    public synchronized void delete(int id) {
        find(id).delete();
        quota.refund(timers.remove(id).user);
    }

    private synchronized PosixTimer find(int id) {
        Slot slot = timers.get(id);
        if (slot == null) {
            throw new ErrnoException(Errno.EINVAL);
        }
        return slot.timer;
    }

    /** A signal is ignored no more: that of repeating timers which was ignored comes now. */
    public void unignored(int signal) {
        List<Slot> all;
        synchronized (this) {
            all = new ArrayList<>(timers.values());
        }
        all.forEach(slot -> slot.timer.unignored(signal));
    }

    /** Deletes the timers of {@link #create}, as {@code execve} does; interval timers go on. */
    public synchronized void resetForExec() {
        for (int id : List.copyOf(timers.keySet())) {
            delete(id);
        }
    }

    /** Deletes all timers for good, at the process's end. Idempotent. */
    @Override
    public synchronized void close() {
        closed = true;
        resetForExec();
        realTimer.timer.cancel();
        virtualTimer.cancel();
        profilingTimer.cancel();
        if (cpuLimit != null) {
            cpuLimit.cancel();
        }
    }

    /**
     * Spreads signals about CPU time over the tasks that use it, as the kernel does by sending them from the tick of the task
     * that runs: each goes to the task that has used most since it got its last one.
     */
    private static final class CpuShares {

        private Map<Task, Long> paid = new HashMap<>();

        synchronized Task next(Process process) {
            List<Task> tasks = process.tasks();
            if (tasks.size() <= 1) {
                return null;
            }
            Map<Task, Long> now = new HashMap<>();
            Task most = null;
            long greatest = -1;
            long used = 0;
            for (Task task : tasks) {
                Process.CpuTimes times = task.cpuTimes();
                long total = times.user() + times.system();
                long before = paid.getOrDefault(task, 0L);
                now.put(task, before);
                if (total - before > greatest) {
                    greatest = total - before;
                    most = task;
                    used = total;
                }
            }
            now.put(most, used);
            paid = now;
            return most;
        }
    }
}
