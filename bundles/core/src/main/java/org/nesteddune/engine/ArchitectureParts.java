package org.nesteddune.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.nesteddune.arch.Architecture;

/**
 * What an engine knows of architectures: a part from each architecture's bundle, as a service. Of several for one ELF machine, as
 * while a bundle is replaced by another one, an architecture gets that of its own bundle, so that the two go together; if that has
 * none, the one of the highest ranking. Thread-safe.
 *
 * @param <T> the part's type
 */
public final class ArchitectureParts<T> {

    private record Entry<T>(T part, int machine, int ranking, long id) {

        boolean isBetterThan(Entry<T> other) {
            return ranking != other.ranking ? ranking > other.ranking : id < other.id;
        }
    }

    private volatile List<Entry<T>> entries = List.of(); // the best first

    /**
     * A part has come.
     *
     * @param properties of its service: {@link Architecture#ELF_MACHINE}, and perhaps {@code service.ranking} and {@code service.id}
     */
    public synchronized void add(T part, Map<String, ?> properties) {
        Entry<T> added = new Entry<>(
                part,
                (int) number(properties, Architecture.ELF_MACHINE),
                (int) number(properties, "service.ranking"),
                number(properties, "service.id"));
        List<Entry<T>> next = new ArrayList<>(entries);
        int place = 0;
        while (place < next.size() && !added.isBetterThan(next.get(place))) {
            place++;
        }
        next.add(place, added);
        entries = List.copyOf(next);
    }

    private static long number(Map<String, ?> properties, String name) {
        return properties.get(name) instanceof Number number ? number.longValue() : 0;
    }

    /** A part has gone. */
    public synchronized void remove(T part) {
        entries = entries.stream().filter(each -> each.part() != part).toList();
    }

    /** Whether a part is there. */
    public boolean contains(T part) {
        return entries.stream().anyMatch(each -> each.part() == part);
    }

    /** The part of an architecture, or null. */
    public T of(Architecture architecture) {
        ClassLoader own = architecture.getClass().getClassLoader();
        T best = null;
        for (Entry<T> each : entries) {
            if (each.machine() == architecture.elfMachine()) {
                if (each.part().getClass().getClassLoader() == own) {
                    return each.part();
                }
                best = best == null ? each.part() : best;
            }
        }
        return best;
    }

    /** All parts, the best first. */
    public Stream<T> all() {
        return entries.stream().map(Entry::part);
    }

    /** The ELF machines that there are parts for, ascending. */
    public List<Integer> machines() {
        return entries.stream().map(Entry::machine).distinct().sorted().toList();
    }
}
