package org.nesteddune.internal.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GuardedMeterTest {

    @Test
    void whoThrowsIsNotCalledAgain() {
        List<String> called = new ArrayList<>();
        List<Throwable> logged = new ArrayList<>();
        GuardedMeter meter = new GuardedMeter(
                (name, nanos, result) -> {
                    called.add(name);
                    throw new IllegalStateException(name);
                },
                (what, defect) -> logged.add(defect));
        meter.called("read", 1, 0);
        meter.called("write", 1, 0);
        assertThat(called).containsExactly("read");
        assertThat(logged).hasSize(1);
    }
}
