package org.nesteddune.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.nesteddune.Guest;
import org.nesteddune.metrics.Metrics.Event;

/**
 * Sums what engines count. A job's guests all tell of the whole job, each up to its own end, so of each job the greatest number that was
 * seen counts. Of a job that has ended only the sums are kept. Thread-safe.
 */
final class EventCounters {

    /** What a guest that was entered with statistics has beside counters: where its code is hot, in words without number. */
    private static final String HOT = "hot:";

    /** A kind that is a level and not a counter. */
    private static final String LEVEL = " in use";

    private record Key(String engine, String kind) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int order = engine.compareTo(other.engine);
            return order != 0 ? order : kind.compareTo(other.kind);
        }
    }

    private static final class JobCounts {
        final Set<Guest> guests = new HashSet<>();
        final Map<Key, Long> counts = new HashMap<>();
    }

    private final Map<Long, JobCounts> jobs = new HashMap<>();
    private final Map<Key, Long> ended = new TreeMap<>();

    synchronized void began(Guest guest) {
        jobs.computeIfAbsent(guest.job(), first -> new JobCounts()).guests.add(guest);
    }

    synchronized void ended(Guest guest) {
        JobCounts job = jobs.get(guest.job());
        if (job != null && job.guests.remove(guest)) {
            look(job, guest);
            if (job.guests.isEmpty()) {
                job.counts.forEach((key, count) -> ended.merge(key, count, Long::sum));
                jobs.remove(guest.job());
            }
        }
    }

    /** By ascending engine and kind. */
    synchronized List<Event> snapshot() {
        Map<Key, Long> sum = new TreeMap<>(ended);
        for (JobCounts job : jobs.values()) {
            look(job, job.guests.iterator().next());
            job.counts.forEach((key, count) -> sum.merge(key, count, Long::sum));
        }
        List<Event> events = new ArrayList<>();
        sum.forEach((key, count) -> events.add(new Event(key.engine(), key.kind(), count)));
        return events;
    }

    private static void look(JobCounts job, Guest guest) {
        Guest.Statistics now = guest.statistics();
        for (Guest.ExitCount exit : now.exits()) {
            if (!exit.kind().startsWith(HOT) && !exit.kind().endsWith(LEVEL)) {
                job.counts.merge(new Key(now.engine(), exit.kind()), exit.count(), Math::max);
            }
        }
    }
}
