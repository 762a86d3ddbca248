package org.nesteddune.metrics.http;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.nesteddune.Guest;
import org.nesteddune.metrics.Latency;
import org.nesteddune.metrics.Metrics;

/**
 * Writes metrics in the text format of Prometheus, version 0.0.4
 * (<a href="https://prometheus.io/docs/instrumenting/exposition_formats/">exposition formats</a>).
 */
final class Exposition {

    /** A nanosecond is 10^-9 seconds. */
    private static final int NANO_SCALE = 9;

    private final StringBuilder text = new StringBuilder();

    private Exposition() {}

    static String of(Metrics metrics) {
        Exposition exposition = new Exposition();
        exposition.guests(metrics);
        exposition.calls(metrics.calls());
        exposition.events(metrics.events());
        return exposition.text.toString();
    }

    private void guests(Metrics metrics) {
        List<Guest.Info> guests = metrics.guests().stream().filter(info -> !info.hasEnded()).toList();
        gauge("dune_guests", "Guests, by state as ps writes it (H is held).", guests, true, info -> 1);
        gauge("dune_guest_threads", "Threads of guests.", guests, false, Guest.Info::threads);
        gauge("dune_guest_virtual_bytes", "Size of guests' address spaces.", guests, false, Guest.Info::virtualBytes);
        gauge(
                "dune_guest_resident_bytes",
                "What of it is in memory; what several guests share counts for each.",
                guests,
                false,
                Guest.Info::residentBytes);
        head("dune_guests_started_total", "counter", "Guests that have begun.");
        sample("dune_guests_started_total", "", String.valueOf(metrics.started()));
        head("dune_guests_ended_total", "counter", "Guests that have ended.");
        sample("dune_guests_ended_total", "", String.valueOf(metrics.ended()));
    }

    private void gauge(
            String name, String help, List<Guest.Info> guests, boolean byState, ToLongFunction<Guest.Info> value) {
        Map<String, Long> sums = new TreeMap<>();
        for (Guest.Info info : guests) {
            String labels = label("architecture", info.architecture()) + "," + label("engine", info.engine())
                    + (byState ? "," + label("state", String.valueOf(info.state())) : "");
            sums.merge(labels, value.applyAsLong(info), Long::sum);
        }
        head(name, "gauge", help);
        sums.forEach((labels, sum) -> sample(name, labels, String.valueOf(sum)));
    }

    private void calls(List<Metrics.Call> calls) {
        List<Long> bounds = Latency.bounds();
        head("dune_syscall_duration_seconds", "histogram", "Time in system calls that have returned.");
        for (Metrics.Call call : calls) {
            String labels = label("call", call.name());
            long sum = 0;
            for (int i = 0; i < call.latencies().size(); i++) {
                sum += call.latencies().get(i);
                String bound = i < bounds.size() ? seconds(bounds.get(i)) : "+Inf";
                sample("dune_syscall_duration_seconds_bucket", labels + "," + label("le", bound), String.valueOf(sum));
            }
            sample("dune_syscall_duration_seconds_sum", labels, seconds(call.nanos()));
            sample("dune_syscall_duration_seconds_count", labels, String.valueOf(call.count()));
        }
        head("dune_syscall_errors_total", "counter", "System calls that have returned an error.");
        calls.forEach(call ->
                sample("dune_syscall_errors_total", label("call", call.name()), String.valueOf(call.errors())));
    }

    private void events(List<Metrics.Event> events) {
        head("dune_engine_events_total", "counter", "Exits of virtual CPUs, and the work of translation.");
        events.forEach(event -> sample(
                "dune_engine_events_total",
                label("engine", event.engine()) + "," + label("kind", event.kind()),
                String.valueOf(event.count())));
    }

    private void head(String name, String type, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private void sample(String name, String labels, String value) {
        text.append(name);
        if (!labels.isEmpty()) {
            text.append('{').append(labels).append('}');
        }
        text.append(' ').append(value).append('\n');
    }

    private static String label(String name, String value) {
        return name + "=\"" + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }

    /** Exact, and without an exponent. */
    private static String seconds(long nanos) {
        return nanos == 0 ? "0" : BigDecimal.valueOf(nanos, NANO_SCALE).stripTrailingZeros().toPlainString();
    }
}
