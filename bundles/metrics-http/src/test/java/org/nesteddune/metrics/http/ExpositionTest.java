package org.nesteddune.metrics.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nesteddune.Guest;
import org.nesteddune.metrics.Latency;
import org.nesteddune.metrics.Metrics;

class ExpositionTest {

    /** Two sleeping guests and one that has ended, two calls of write, one kind of event. */
    private static final class Sample implements Metrics {

        private static Guest.Info info(int pid, char state) {
            return new Guest.Info(
                    pid, 1, 0, state, "x86-64", "kvm", 2, 4096, 100, 0, 0, 0, "/bin/x", List.of("x"), "/", "");
        }

        @Override
        public List<Guest.Info> guests() {
            return List.of(info(2, 'S'), info(3, 'S'), info(4, 'Z'));
        }

        @Override
        public long started() {
            return 7;
        }

        @Override
        public long ended() {
            return 5;
        }

        @Override
        public List<Call> calls() {
            List<Long> latencies = new ArrayList<>(Collections.nCopies(Latency.bounds().size() + 1, 0L));
            latencies.set(0, 1L);
            latencies.set(2, 1L);
            return List.of(new Call("write", 2, 1, 6_000, latencies));
        }

        @Override
        public List<Event> events() {
            return List.of(new Event("kvm", "a \"kind\"\\\n", 3));
        }
    }

    @Test
    void writesGaugesCountersAndHistograms() {
        String text = Exposition.of(new Sample());
        assertThat(text.lines()).contains(
                "# TYPE dune_guests gauge",
                "dune_guests{architecture=\"x86-64\",engine=\"kvm\",state=\"S\"} 2",
                "dune_guest_threads{architecture=\"x86-64\",engine=\"kvm\"} 4",
                "dune_guest_resident_bytes{architecture=\"x86-64\",engine=\"kvm\"} 200",
                "dune_guests_started_total 7",
                "dune_guests_ended_total 5",
                "# TYPE dune_syscall_duration_seconds histogram",
                "dune_syscall_duration_seconds_bucket{call=\"write\",le=\"0.000001024\"} 1",
                "dune_syscall_duration_seconds_bucket{call=\"write\",le=\"0.000004096\"} 1",
                "dune_syscall_duration_seconds_bucket{call=\"write\",le=\"0.000016384\"} 2",
                "dune_syscall_duration_seconds_bucket{call=\"write\",le=\"+Inf\"} 2",
                "dune_syscall_duration_seconds_sum{call=\"write\"} 0.000006",
                "dune_syscall_duration_seconds_count{call=\"write\"} 2",
                "dune_syscall_errors_total{call=\"write\"} 1",
                "dune_engine_events_total{engine=\"kvm\",kind=\"a \\\"kind\\\"\\\\\\n\"} 3");
        assertThat(text).endsWith("\n");
    }
}
