package org.nesteddune.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.linux.Signal;

class PendingSignalsTest {

    private static final SignalSet ALL = SignalSet.ALL;

    private final PendingSignals pending = new PendingSignals();

    @Test
    void aStandardSignalIsPendingOnce() {
        assertThat(pending.add(SignalInfo.from(Signal.SIGUSR1, 0, 5, 0))).isTrue();
        assertThat(pending.add(SignalInfo.from(Signal.SIGUSR1, 0, 6, 0))).isTrue();

        assertThat(pending.take(ALL).pid()).isEqualTo(5);
        assertThat(pending.take(ALL)).isNull();
        assertThat(pending.set()).isEqualTo(SignalSet.EMPTY);
    }

    @Test
    void realTimeSignalsQueueInOrder() {
        pending.add(SignalInfo.from(40, 0, 1, 0));
        pending.add(SignalInfo.from(40, 0, 2, 0));

        assertThat(pending.take(ALL).pid()).isEqualTo(1);
        assertThat(pending.set()).isEqualTo(SignalSet.of(40));
        assertThat(pending.take(ALL).pid()).isEqualTo(2);
        assertThat(pending.set()).isEqualTo(SignalSet.EMPTY);
    }

    @Test
    void signalsOfTheWidestSetQueueToo() {
        pending.add(SignalInfo.from(128, 0, 1, 0));
        pending.add(SignalInfo.from(65, 0, 2, 0));
        pending.add(SignalInfo.from(128, 0, 3, 0));

        assertThat(pending.set()).isEqualTo(SignalSet.of(65, 128));
        assertThat(pending.take(ALL).pid()).isEqualTo(2);
        assertThat(pending.take(SignalSet.of(1, 64))).isNull();
        assertThat(pending.take(SignalSet.of(128)).pid()).isEqualTo(1);
        assertThat(pending.take(ALL).pid()).isEqualTo(3);
        assertThat(pending.set().isEmpty()).isTrue();
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

        assertThat(pending.take(SignalSet.of(Signal.SIGINT))).isNull();
        assertThat(pending.set()).isEqualTo(SignalSet.of(Signal.SIGTERM));
    }

    @Test
    void discardedSignalsAreGone() {
        pending.add(SignalInfo.kernel(Signal.SIGSTOP));
        pending.add(SignalInfo.kernel(Signal.SIGTERM));

        pending.discard(SignalSet.of(Signal.SIGSTOP));

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
        assertThat(others.set()).isEqualTo(SignalSet.EMPTY);
    }
}
