package org.nesteddune.commands;

import java.util.Locale;
import org.nesteddune.Guest;

/** A guest's counters as text for people, at most 80 columns wide. */
final class StatisticsTable {

    private StatisticsTable() {
    }

    /** Calls by name, exits by kind, and the totals. */
    static String print(Guest.Statistics statistics) {
        StringBuilder text = new StringBuilder();
        if (!statistics.calls().isEmpty()) {
            text.append(calls(statistics));
        }
        if (!statistics.exits().isEmpty()) {
            Table exits = new Table(">exits", "kind");
            statistics.exits().forEach(exit -> exits.row(exit.count(), exit.kind()));
            text.append(text.length() == 0 ? "" : "\n").append(exits.print());
        }
        text.append(text.length() == 0 ? "" : "\n").append(String.format(Locale.ROOT,
                "engine %s; wall %s, user %s, system %s%n", statistics.engine(), time(statistics.wallNanos()),
                time(statistics.userNanos()), time(statistics.systemNanos())));
        return text.toString();
    }

    private static String calls(Guest.Statistics statistics) {
        Table table = new Table(">% time", ">ms", ">us/call", ">calls", ">errors", "system call");
        long all = statistics.calls().stream().mapToLong(Guest.CallCount::nanos).sum();
        long count = 0;
        long errors = 0;
        for (Guest.CallCount call : statistics.calls()) {
            count += call.count();
            errors += call.errors();
            table.row(percent(call.nanos(), all), millis(call.nanos()), micros(call.nanos(), call.count()), call.count(),
                    call.errors() == 0 ? "" : call.errors(), call.name() + (call.served() ? "" : "  (not implemented)"));
        }
        table.row(percent(all, all), millis(all), micros(all, count), count, errors == 0 ? "" : errors, "total");
        return table.print();
    }

    private static String percent(long part, long all) {
        return String.format(Locale.ROOT, "%.1f", all == 0 ? 0.0 : 100.0 * part / all);
    }

    private static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.3f", nanos / 1e6);
    }

    private static String micros(long nanos, long count) {
        return String.format(Locale.ROOT, "%.1f", count == 0 ? 0.0 : nanos / 1e3 / count);
    }

    /** {@code 1.234 s}. */
    static String time(long nanos) {
        return String.format(Locale.ROOT, "%.3f s", nanos / 1e9);
    }
}
