package org.nesteddune.metrics;

/** A counter of an engine, as a management client sees it. Immutable. */
public final class EventRow {

    private final Metrics.Event event;

    EventRow(Metrics.Event event) {
        this.event = event;
    }

    public String getEngine() {
        return event.engine();
    }

    public String getKind() {
        return event.kind();
    }

    public long getCount() {
        return event.count();
    }
}
