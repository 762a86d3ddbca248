package org.nesteddune.metrics;

/** One system call's counters, as a management client sees them. Immutable. */
public final class CallRow {

    private final Metrics.Call call;

    CallRow(Metrics.Call call) {
        this.call = call;
    }

    public String getName() {
        return call.name();
    }

    public long getCount() {
        return call.count();
    }

    public long getErrors() {
        return call.errors();
    }

    public long getNanos() {
        return call.nanos();
    }

    /** One more than there are bounds. */
    public long[] getLatencies() {
        return call.latencies().stream().mapToLong(Long::longValue).toArray();
    }
}
