package org.nesteddune.internal.task;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.CallMeter;
import org.nesteddune.Guest.TraceSink;
import org.nesteddune.internal.dispatch.CallStatistics;

/**
 * Who looks on at a process's calls: counters, a trace, those who look at the trace of this process alone, and a meter. Thread-safe; a call
 * reads one variable.
 */
public final class Observation {

    private final GuestProcess process;
    private volatile CallObserver observer;
    private List<TraceSink> viewers = List.of();

    /** @param parents what its parent is observed by, which goes on in the child but for the viewers; or null */
    Observation(GuestProcess process, CallObserver parents) {
        this.process = process;
        this.observer = parents == null ? null : parents.forChild(process.image().architecture().abi());
    }

    /** What is told of each call; null if nobody looks on. */
    CallObserver observer() {
        return observer;
    }

    /** Starts, replaces or (null) ends the trace, here and in children that are made from now on. */
    public synchronized void trace(TraceSink sink) {
        observe(statistics(), sink, meter());
    }

    /** Starts to count calls, unless that is done already. */
    public synchronized void enableStatistics() {
        if (statistics() == null) {
            observe(counters(), sink(), meter());
        }
    }

    /** Says who measures the calls from now on; null for nobody. */
    public synchronized void meter(CallMeter meter) {
        if (meter() != meter) {
            observe(statistics(), sink(), meter);
        }
    }

    /** Starts to give the lines of the trace to one more, those of this process alone. */
    public synchronized void watch(TraceSink viewer) {
        List<TraceSink> more = new ArrayList<>(viewers);
        more.add(viewer);
        view(more);
    }

    /** Ends what {@link #watch} has begun. */
    public synchronized void unwatch(TraceSink viewer) {
        List<TraceSink> fewer = new ArrayList<>(viewers);
        if (fewer.remove(viewer)) {
            view(fewer);
        }
    }

    /** The counters, or null if calls are not counted. */
    public CallStatistics statistics() {
        CallObserver current = observer;
        return current == null ? null : current.statistics();
    }

    /** The process is of another architecture now: calls are counted anew, by its numbers. */
    synchronized void otherNumbers() {
        observe(statistics() == null ? null : counters(), sink(), meter());
    }

    /** Something has changed that lines are made of, or who gets them. */
    synchronized void renew() {
        observe(statistics(), sink(), meter());
    }

    private CallStatistics counters() {
        return new CallStatistics(process.image().architecture().syscallNumbers());
    }

    private TraceSink sink() {
        CallObserver current = observer;
        return current == null ? null : current.sink();
    }

    private CallMeter meter() {
        CallObserver current = observer;
        return current == null ? null : current.meter();
    }

    private void view(List<TraceSink> now) {
        viewers = List.copyOf(now);
        renew();
    }

    private void observe(CallStatistics statistics, TraceSink sink, CallMeter meter) {
        observer = statistics == null && sink == null && meter == null && viewers.isEmpty()
                ? null
                : new CallObserver(statistics, sink, viewers, meter, process.image().architecture().abi(), process.job());
    }
}
