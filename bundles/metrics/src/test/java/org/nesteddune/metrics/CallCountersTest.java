package org.nesteddune.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nesteddune.linux.Errno;

class CallCountersTest {

    private final CallCounters counters = new CallCounters();

    @Test
    void aBoundIsPartOfItsStep() {
        List<Long> bounds = Latency.bounds();
        assertThat(bounds).isSorted().doesNotHaveDuplicates().hasSize(Latency.size() - 1);
        for (int i = 0; i < bounds.size(); i++) {
            assertThat(Latency.step(bounds.get(i))).isEqualTo(i);
            assertThat(Latency.step(bounds.get(i) + 1)).isEqualTo(i + 1);
        }
        assertThat(Latency.step(0)).isZero();
        assertThat(Latency.step(Long.MAX_VALUE)).isEqualTo(Latency.size() - 1);
    }

    @Test
    void countsByName() {
        counters.called("write", 2_000, 5);
        counters.called("read", 500, -Errno.EAGAIN);
        counters.called("read", 700, 0);
        counters.called("read", 1_000_000, -Errno.ERESTARTSYS);
        List<Metrics.Call> calls = counters.snapshot();
        assertThat(calls).extracting(Metrics.Call::name).containsExactly("read", "write");
        Metrics.Call read = calls.get(0);
        assertThat(read.count()).isEqualTo(3);
        assertThat(read.errors()).isEqualTo(1);
        assertThat(read.nanos()).isEqualTo(1_001_200);
        assertThat(read.latencies()).startsWith(2L, 0L).hasSize(Latency.size());
        assertThat(read.latencies().stream().mapToLong(Long::longValue).sum()).isEqualTo(3);
    }

    @Test
    void whatNobodyServesIsOneRow() {
        counters.called(null, 1, -Errno.ENOSYS);
        counters.called(null, 1, -Errno.ENOSYS);
        assertThat(counters.snapshot()).extracting(Metrics.Call::name).containsExactly(CallCounters.OTHER);
    }
}
