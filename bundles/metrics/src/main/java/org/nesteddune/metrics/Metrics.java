package org.nesteddune.metrics;

import java.util.List;
import org.nesteddune.Guest;
import org.osgi.annotation.versioning.ProviderType;

/** What guests do, in numbers. An OSGi service; thread-safe. Counters begin with the service and never go back as long as it is there. */
@ProviderType
public interface Metrics {

    /** What the guests are at the moment, by ascending pid. */
    List<Guest.Info> guests();

    /** Guests that have begun since the service is there, those that guests make among them. */
    long started();

    /** Guests that have ended since the service is there. */
    long ended();

    /** The system calls that have returned, by ascending name. */
    List<Call> calls();

    /**
     * What engines count: exits of vCPUs by reason, and the work of translation; of all guests that have run since the service is there, by
     * ascending engine and kind.
     */
    List<Event> events();

    /**
     * One system call.
     *
     * @param name {@value CallCounters#OTHER} for all that nobody serves
     * @param errors how many of them gave an error
     * @param nanos time in all of them
     * @param latencies how many took up to each of {@link Latency#bounds}, and last how many took longer; each counts in one place
     */
    record Call(String name, long count, long errors, long nanos, List<Long> latencies) {}

    /** How often something happened in an engine. */
    record Event(String engine, String kind, long count) {}
}
