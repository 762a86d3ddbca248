package org.nesteddune.x86.vdso;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** A host clock whose rate and noise are known. */
class SteeringTest {

    private static final double COUNTS_A_NANO = 2.6;
    private static final long INTERVAL = 50_000_000;
    private static final long LEAD = 2_000_000;

    private final Steering steering = new Steering();
    private final Random random = new Random(7);
    private double hostNanos = 5e12;
    private long counter = 1L << 50;
    private double rateError;

    private void pass(long nanos) {
        counter += Math.round(nanos * COUNTS_A_NANO);
        hostNanos += nanos * (1 + rateError);
    }

    private Reading reading() {
        return new Reading(counter, Math.round(hostNanos) + random.nextInt(41) - 20, 100);
    }

    private long host(long at) {
        return Math.round(hostNanos + (at - counter) / COUNTS_A_NANO * (1 + rateError));
    }

    private void begin() {
        steering.observe(reading());
        pass(4_000_000);
        steering.observe(reading());
        steering.begin();
    }

    private void step() {
        pass(INTERVAL);
        steering.observe(reading());
        long start = counter + Math.round(LEAD * COUNTS_A_NANO);
        long before = steering.time(start);
        steering.turn(start, INTERVAL);
        if (Math.abs(before - host(start)) < 10_000_000) {
            assertThat(steering.time(start)).as("the lines meet").isEqualTo(before);
        } else {
            assertThat(steering.time(start)).as("a jump is forward").isGreaterThanOrEqualTo(before);
        }
        assertThat(steering.rate()).isPositive();
    }

    /** How wrong the newest line is when it begins to count. */
    private long error() {
        long start = Math.max(counter, steering.start());
        return steering.time(start) - host(start);
    }

    @Test
    void staysWithinAFractionOfAMicrosecond() {
        begin();
        for (int i = 0; i < 200; i++) {
            step();
            pass(LEAD);
            assertThat(Math.abs(error())).isLessThan(500);
        }
        for (int i = 0; i < 100; i++) {
            step();
            pass(INTERVAL - LEAD);
            assertThat(Math.abs(error())).isLessThan(100);
        }
    }

    @Test
    void followsAChangeOfTheRate() {
        begin();
        for (int i = 0; i < 40; i++) {
            step();
        }
        rateError = 100e-6; // as when a time daemon starts to slew
        for (int i = 0; i < 4; i++) {
            step();
        }
        for (int i = 0; i < 50; i++) {
            step();
            assertThat(Math.abs(error())).isLessThan(300);
        }
    }

    @Test
    void neverGoesBackAndCatchesUpAfterAPause() {
        begin();
        long last = 0;
        for (int i = 0; i < 50; i++) {
            if (i == 20) {
                hostNanos -= 5_000_000; // the host's clock seems to have stood still
            }
            if (i == 35) {
                hostNanos += 40_000_000; // and to have jumped
            }
            step();
            for (int j = 0; j < 20; j++) {
                pass(100_000);
                long now = steering.time(counter);
                assertThat(now).isGreaterThanOrEqualTo(last);
                last = now;
            }
        }
        for (int i = 0; i < 60; i++) {
            pass(INTERVAL);
            steering.observe(reading());
            steering.turn(counter + 1000, INTERVAL);
        }
        assertThat(Math.abs(error())).isLessThan(300);
    }

    @Test
    void aCounterThatGoesBackStartsEverythingAnew() {
        begin();
        step();
        counter -= 1L << 40;
        steering.observe(reading());
        assertThat(steering.isRunning()).isFalse();
        assertThat(steering.hostRate()).isZero();
    }
}
