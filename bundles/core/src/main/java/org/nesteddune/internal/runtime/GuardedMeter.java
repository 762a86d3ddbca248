package org.nesteddune.internal.runtime;

import java.util.function.BiConsumer;
import org.nesteddune.CallMeter;

/** A meter that can do guests no harm: once it has thrown it is not called again. Thread-safe. */
final class GuardedMeter implements CallMeter {

    private final CallMeter meter;
    private final BiConsumer<String, Throwable> log;
    private volatile boolean broken;

    /** @param log takes what the meter has thrown */
    GuardedMeter(CallMeter meter, BiConsumer<String, Throwable> log) {
        this.meter = meter;
        this.log = log;
    }

    boolean isOf(CallMeter other) {
        return meter == other;
    }

    @Override
    public void called(String name, long nanos, long result) {
        if (broken) {
            return;
        }
        try {
            meter.called(name, nanos, result);
        } catch (RuntimeException | LinkageError defect) {
            broken = true;
            log.accept("a meter of calls, which is not used any more", defect);
        }
    }
}
