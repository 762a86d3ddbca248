package org.nesteddune.metrics;

import java.util.List;

/** System calls of all guests since the bundle was started, as {@code org.nesteddune:type=Calls}. */
public interface CallsMXBean {

    /** How many have returned. */
    long getCount();

    /** The upper bounds of a row's latencies, in nanoseconds; the last latency has none. */
    long[] getLatencyBounds();

    /** By name. */
    List<CallRow> getCalls();
}
