package org.nesteddune.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nesteddune.linux.Time;

class TimespecTest {

    @Test
    void sumsSaturate() {
        assertThat(Timespec.add(Long.MAX_VALUE, 1)).isEqualTo(Long.MAX_VALUE);
        assertThat(Timespec.add(1, 2)).isEqualTo(3);
    }

    @Test
    void nanoTimeIsTheMonotonicClock() {
        long before = System.nanoTime();
        long clock = Timespec.now(Time.CLOCK_MONOTONIC);
        long after = System.nanoTime();
        assertThat(clock).isBetween(before, after);
    }
}
