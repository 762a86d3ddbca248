package org.nesteddune.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.linux.Resource;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Time;
import org.nesteddune.syscall.ErrnoException;

class ProcessTimersTest {

    private static final long MILLISECOND = 1_000_000;

    private final TimerThread thread = new TimerThread();
    private final BlockingQueue<SignalInfo> signals = new LinkedBlockingQueue<>();
    private final PendingSignals pending = new PendingSignals();
    private final Semaphore posted = new Semaphore(0);
    private final AtomicLong cpuTime = new AtomicLong();
    private final Limits limits = new Limits(unlimited(), unlimited());
    private final ProcessTimers timers = new ProcessTimers(process(), thread, PendingSignals.Quota.NONE);

    private static long[] unlimited() {
        long[] values = new long[Resource.RLIM_NLIMITS];
        java.util.Arrays.fill(values, Limits.INFINITY);
        return values;
    }

    /** A process of which only what timers ask for is there; its signals stay pending and are seen by the test. */
    private Process process() {
        return (Process) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Process.class}, (proxy, method, arguments) -> {
                    return switch (method.getName()) {
                        case "signal" -> {
                            if (arguments[0] instanceof PendingSignals.Source source) {
                                pending.add(source);
                                posted.release();
                            } else {
                                signals.add((SignalInfo) arguments[0]);
                            }
                            yield true;
                        }
                        case "pendingSignals" -> pending;
                        case "limits" -> limits;
                        case "tasks" -> List.of();
                        case "cpuTimes" -> new Process.CpuTimes(cpuTime.get(), 0);
                        default -> throw new AssertionError(method.getName());
                    };
                });
    }

    @AfterEach
    void close() {
        timers.close();
        thread.close();
    }

    private SignalInfo next() throws InterruptedException {
        SignalInfo info = signals.poll(20, TimeUnit.SECONDS);
        assertThat(info).as("a signal").isNotNull();
        return info;
    }

    /** The next signal of a timer, taken as a task would. */
    private SignalInfo taken() throws InterruptedException {
        assertThat(posted.tryAcquire(20, TimeUnit.SECONDS)).as("a signal").isTrue();
        return pending.take(SignalSet.ALL);
    }

    @Test
    void theRealTimerSignalsAgainAndAgainUntilItIsSetToZero() throws InterruptedException {
        timers.intervalTimer(Time.ITIMER_REAL, MILLISECOND, MILLISECOND);
        for (int i = 0; i < 3; i++) {
            assertThat(taken().signal()).isEqualTo(Signal.SIGALRM);
        }
        assertThat(timers.intervalTimer(Time.ITIMER_REAL, 0, 0).interval()).isEqualTo(MILLISECOND);
        assertThat(timers.intervalTimerLeft(Time.ITIMER_REAL)).isEqualTo(new GuestTimer.Setting(0, 0));
    }

    @Test
    void whatIsLeftCountsDown() {
        timers.intervalTimer(Time.ITIMER_REAL, 1000 * Timespec.SECOND, 0);
        assertThat(timers.intervalTimerLeft(Time.ITIMER_REAL).value())
                .isGreaterThan(0)
                .isLessThanOrEqualTo(1000 * Timespec.SECOND);
        assertThat(timers.intervalTimerLeft(Time.ITIMER_PROF).value()).isZero();
    }

    @Test
    void aProfilingTimerFollowsCpuTime() throws InterruptedException {
        timers.intervalTimer(Time.ITIMER_PROF, 5 * MILLISECOND, 0);
        assertThat(signals.poll(50, TimeUnit.MILLISECONDS)).isNull();
        cpuTime.set(6 * MILLISECOND);
        assertThat(next().signal()).isEqualTo(Signal.SIGPROF);
    }

    private int create(int signal, Long value) {
        return timers.create(TimerClock.host(Time.CLOCK_MONOTONIC), signal, value, null);
    }

    @Test
    void aTimersSignalIsPendingOnceAndCountsWhatIsMissed() throws InterruptedException {
        int id = create(Signal.SIGRTMIN, 99L);
        timers.set(id, MILLISECOND, MILLISECOND, false);
        assertThat(posted.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
        Thread.sleep(10);
        assertThat(pending.count()).isOne();
        assertThat(timers.overrun(id)).isZero();
        SignalInfo first = pending.take(SignalSet.ALL);
        assertThat(first.code()).isEqualTo(Signal.SI_TIMER);
        assertThat(first.value()).isEqualTo(99);
        assertThat(first.address() >>> 32).isEqualTo(id);
        assertThat(timers.overrun(id)).isGreaterThan(5).isEqualTo((int) first.address());
        assertThat(taken()).isNotNull();
        timers.delete(id);
        assertThatThrownBy(() -> timers.get(id)).isInstanceOf(ErrnoException.class);
    }

    @Test
    void aTimerThatIsSetAnewTakesItsSignalBack() throws InterruptedException {
        int id = create(Signal.SIGRTMIN, 1L);
        timers.set(id, 1, 0, false);
        assertThat(posted.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
        timers.set(id, 1000 * Timespec.SECOND, 0, false);
        assertThat(pending.take(SignalSet.ALL)).isNull();
    }

    @Test
    void aTimeThatIsOverSignalsAtOnce() {
        int id = create(Signal.SIGRTMIN, 1L);
        timers.set(id, 1, 0, true);
        assertThat(pending.take(SignalSet.ALL)).isNotNull();
    }

    @Test
    void aDeletedTimersIdIsNotGivenAgain() {
        int id = create(0, null);
        timers.delete(id);
        assertThat(create(0, null)).isEqualTo(id + 1);
    }

    @Test
    void theCpuLimitWarnsAndThenKills() throws InterruptedException {
        limits.set(Resource.RLIMIT_CPU, 1, 2);
        timers.cpuLimitChanged();
        cpuTime.set(1100 * MILLISECOND);
        assertThat(next().signal()).isEqualTo(Signal.SIGXCPU);
        cpuTime.set(2100 * MILLISECOND);
        assertThat(next().signal()).isEqualTo(Signal.SIGKILL);
    }

    @Test
    void aClosedSetTakesNoTimers() {
        timers.close();
        assertThatThrownBy(() -> create(0, null))
                .isInstanceOf(ErrnoException.class);
    }
}
