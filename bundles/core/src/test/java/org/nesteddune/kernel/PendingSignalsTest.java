package org.nesteddune.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.linux.Signal;

class PendingSignalsTest {

    private static final long ALL = -1L;

    private final PendingSignals pending = new PendingSignals();

    @Test
    void aStandardSignalIsPendingOnce() {
        assertThat(pending.add(SignalInfo.from(Signal.SIGUSR1, 0, 5, 0))).isTrue();
        assertThat(pending.add(SignalInfo.from(Signal.SIGUSR1, 0, 6, 0))).isTrue();

        assertThat(pending.take(ALL).pid()).isEqualTo(5);
        assertThat(pending.take(ALL)).isNull();
        assertThat(pending.set()).isZero();
    }

    @Test
    void realTimeSignalsQueueInOrder() {
        pending.add(SignalInfo.from(40, 0, 1, 0));
        pending.add(SignalInfo.from(40, 0, 2, 0));

        assertThat(pending.take(ALL).pid()).isEqualTo(1);
        assertThat(pending.set()).isEqualTo(1L << 39);
        assertThat(pending.take(ALL).pid()).isEqualTo(2);
        assertThat(pending.set()).isZero();
    }

    @Test
    void faultsComeBeforeLowerNumbers() {
        pending.add(SignalInfo.from(Signal.SIGHUP, 0, 1, 0));
        pending.add(SignalInfo.fault(Signal.SIGSEGV, 1, 16));

        assertThat(pending.take(ALL).signal()).isEqualTo(Signal.SIGSEGV);
        assertThat(pending.take(ALL).signal()).isEqualTo(Signal.SIGHUP);
    }

    @Test
    void whatIsNotWantedStays() {
        pending.add(SignalInfo.kernel(Signal.SIGTERM));

        assertThat(pending.take(1L << (Signal.SIGINT - 1))).isNull();
        assertThat(pending.set()).isEqualTo(1L << (Signal.SIGTERM - 1));
    }

    @Test
    void discardedSignalsAreGone() {
        pending.add(SignalInfo.kernel(Signal.SIGSTOP));
        pending.add(SignalInfo.kernel(Signal.SIGTERM));

        pending.discard(1L << (Signal.SIGSTOP - 1));

        assertThat(pending.take(ALL).signal()).isEqualTo(Signal.SIGTERM);
        assertThat(pending.take(ALL)).isNull();
    }

    @Test
    void aFullQueueRefusesSignalsWithAValueAndForgetsWhoSentOthers() {
        SignalQueues queues = new SignalQueues();
        PendingSignals limited = new PendingSignals(queues.quota(() -> 7, () -> 2));
        PendingSignals others = new PendingSignals(queues.quota(() -> 7, () -> 2));
        SignalInfo queued = new SignalInfo(40, Signal.SI_QUEUE, 3, 7, 1, 0, 0, 0);
        assertThat(limited.add(queued)).isTrue();
        assertThat(others.add(queued)).isTrue();
        assertThat(limited.add(queued)).isFalse();
        assertThat(queues.count(7)).isEqualTo(2);

        assertThat(limited.add(SignalInfo.from(41, Signal.SI_USER, 3, 7))).isTrue();
        assertThat(limited.add(SignalInfo.from(Signal.SIGUSR1, Signal.SI_USER, 3, 7))).isTrue();
        assertThat(limited.take(ALL).pid()).as("a standard signal has room").isEqualTo(3);
        assertThat(limited.take(ALL).value()).isEqualTo(1);
        assertThat(limited.take(ALL)).isEqualTo(SignalInfo.from(41, Signal.SI_USER, 0, 0));
        others.close();
        assertThat(queues.count(7)).isZero();
        assertThat(others.add(queued)).isTrue();
        assertThat(others.set()).isZero();
    }
}
