package org.nesteddune.engine.kvm.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nesteddune.engine.kvm.KvmRunLayout;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;

/** The protocol of kicks, on a page that only looks like a vCPU's. */
@Timeout(30)
class KickSwitchTest {

    private final NativeBuffer run = new NativeBuffer(4096);
    private final KickSwitch kicks = new KickSwitch();

    @AfterEach
    void free() {
        run.close();
    }

    private boolean flag() {
        return Memory.getByte(run.address() + KvmRunLayout.IMMEDIATE_EXIT) != 0;
    }

    /** As a thread does that runs on a vCPU. */
    private void begin() {
        kicks.begin();
        kicks.bind(run.address());
        kicks.arm();
    }

    @Test
    void kickOfAnIdleThreadIsReportedOnce() {
        assertThat(kicks.report()).isFalse();
        kicks.kick();
        assertThat(kicks.pending()).isTrue();
        assertThat(flag()).isFalse();
        assertThat(kicks.report()).isTrue();
        assertThat(kicks.report()).isFalse();
    }

    @Test
    void kickOfARunningThreadSetsTheFlagOfItsVcpu() {
        begin();
        kicks.kick();
        assertThat(flag()).isTrue();
        kicks.arm();
        assertThat(flag()).isFalse();
        assertThat(kicks.pending()).isTrue();
        kicks.kick();
        assertThat(flag()).as("a kick is waiting already").isFalse();
        assertThat(kicks.report()).isTrue();
        kicks.kick();
        assertThat(flag()).isTrue();
        kicks.end();
    }

    @Test
    void nudgeIsNotReported() {
        kicks.nudge();
        begin();
        assertThat(flag()).isFalse();
        kicks.nudge();
        assertThat(flag()).isTrue();
        assertThat(kicks.report()).isFalse();
        kicks.end();
    }

    @Test
    void kickEndsAWaitForAVcpu() throws Exception {
        ExecutorService threads = Executors.newSingleThreadExecutor();
        try {
            Future<Boolean> waits = threads.submit(() -> {
                kicks.begin();
                while (!kicks.pending()) {
                    LockSupport.park();
                }
                boolean reported = kicks.report();
                kicks.end();
                return reported;
            });
            Thread.sleep(20);
            kicks.kick();
            assertThat(waits.get()).isTrue();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void onlyAnIdleThreadCanBeTaken() {
        assertThat(kicks.take()).isTrue();
        assertThat(kicks.take()).isFalse();
        kicks.giveBack();
        kicks.begin();
        assertThat(kicks.take()).isFalse();
        kicks.end();
        kicks.close();
        assertThat(kicks.take()).isFalse();
    }

    @Test
    void closedSwitchIgnoresKicksAndRefusesRuns() {
        kicks.kick();
        kicks.close();
        kicks.close();
        kicks.kick();
        assertThat(flag()).isFalse();
        assertThat(kicks.pending()).isFalse();
        assertThatThrownBy(kicks::begin).isInstanceOf(IllegalStateException.class);
    }

    /** The signal must reach the thread while it runs, never behind {@code end}, where another call would suffer. */
    @Test
    void kickInterruptsOnlyBetweenBeginAndEnd() throws Exception {
        ExecutorService threads = Executors.newSingleThreadExecutor();
        AtomicBoolean done = new AtomicBoolean();
        try (NativeBuffer time = new NativeBuffer(16)) {
            Future<?> kicker = threads.submit(() -> {
                Random random = new Random(1);
                while (!done.get()) {
                    kicks.kick();
                    LockSupport.parkNanos(random.nextInt(300_000));
                }
            });
            int interruptedInside = 0;
            for (int i = 0; i < 100_000 && interruptedInside < 200; i++) {
                kicks.report();
                begin();
                if (sleep(time) == -Errno.EINTR) {
                    interruptedInside++;
                }
                kicks.end();
                assertThat(sleep(time)).isZero();
            }
            done.set(true);
            kicker.get();
            assertThat(interruptedInside).isEqualTo(200);
        } finally {
            done.set(true);
            threads.shutdownNow();
        }
    }

    /** Waits a tenth of a millisecond in a call that a signal ends. */
    private static long sleep(NativeBuffer time) {
        Memory.putLong(time.address() + 8, 100_000);
        return Linux.ppoll(0, 0, time.address(), 0, 8);
    }
}
