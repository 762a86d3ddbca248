package org.nesteddune.metrics;

import java.util.List;

/** Exits of vCPUs and the work of translation since the bundle was started, as {@code org.nesteddune:type=Engines}. */
public interface EnginesMXBean {

    /** By engine and kind. */
    List<EventRow> getEvents();
}
