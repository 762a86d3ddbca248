package org.nesteddune.internal.mm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

class ResidentCountTest {

    private final AtomicInteger counts = new AtomicInteger();
    private final ResidentCount resident = new ResidentCount(10);

    private final LongSupplier slow = () -> {
        pause(100);
        return counts.incrementAndGet();
    };

    @Test
    void whatWasCountedAMomentAgoIsNotCountedAgain() {
        assertThat(resident.get(0, slow)).isEqualTo(1);
        assertThat(resident.get(0, slow)).isEqualTo(1);
    }

    @Test
    void whatMayHaveGoneIsCountedAgain() {
        assertThat(resident.get(0, slow)).isEqualTo(1);
        assertThat(resident.get(1, slow)).isEqualTo(2);
    }

    @Test
    void whatIsQuicklyCountedIsSoonCountedAgain() {
        LongSupplier quick = counts::incrementAndGet;
        assertThat(resident.get(0, quick)).isEqualTo(1);
        pause(200);
        assertThat(resident.get(0, quick)).isEqualTo(2);
    }

    private static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
