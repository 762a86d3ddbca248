package org.nesteddune.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import org.nesteddune.CallMeter;
import org.nesteddune.linux.Errno;
import org.nesteddune.metrics.Metrics.Call;

/** Counts system calls by name. Thread-safe; counting allocates only at a name's first call, and there are as many names as handlers. */
final class CallCounters implements CallMeter {

    /** The name of calls that nobody serves. */
    static final String OTHER = "(other)";

    private static final int ERRORS = 0;
    private static final int NANOS = 1;
    private static final int LATENCIES = 2;

    private final ConcurrentHashMap<String, AtomicLongArray> byName = new ConcurrentHashMap<>();

    @Override
    public void called(String name, long nanos, long result) {
        String key = name == null ? OTHER : name;
        AtomicLongArray cells = byName.get(key);
        if (cells == null) {
            cells = byName.computeIfAbsent(key, first -> new AtomicLongArray(LATENCIES + Latency.size()));
        }
        // A call to be begun anew is none that failed.
        if (result < 0 && result > -Errno.ERESTARTSYS) {
            cells.incrementAndGet(ERRORS);
        }
        cells.addAndGet(NANOS, nanos);
        cells.incrementAndGet(LATENCIES + Latency.step(nanos));
    }

    /** By ascending name. Each row's count is the sum of its latencies. */
    List<Call> snapshot() {
        List<Call> calls = new ArrayList<>();
        new TreeMap<>(byName).forEach((name, cells) -> {
            List<Long> latencies = new ArrayList<>();
            long count = 0;
            for (int i = 0; i < Latency.size(); i++) {
                latencies.add(cells.get(LATENCIES + i));
                count += latencies.get(i);
            }
            calls.add(new Call(name, count, cells.get(ERRORS), cells.get(NANOS), List.copyOf(latencies)));
        });
        return calls;
    }
}
