package org.nesteddune.internal.task;

import java.util.List;
import org.nesteddune.CallMeter;
import org.nesteddune.Guest.TraceSink;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.internal.dispatch.CallStatistics;
import org.nesteddune.internal.dispatch.DispatchTable;
import org.nesteddune.internal.trace.TraceFormatter;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.syscall.SyscallHandler;

/**
 * Watches a process's system calls for its trace, who looks on, its statistics and the meter of all calls. Immutable but for the counters; a
 * process without an observer pays one null check a call.
 */
final class CallObserver {

    private final CallStatistics statistics;
    private final TraceSink sink;
    private final List<TraceSink> viewers;
    private final TraceFormatter formatter;
    private final Job job;
    private final CallMeter meter;

    /**
     * Statistics, sink and meter may be null.
     *
     * @param viewers who gets the lines of this process, and not of its children
     */
    CallObserver(
            CallStatistics statistics, TraceSink sink, List<TraceSink> viewers, CallMeter meter, GuestAbi abi, Job job) {
        this.statistics = statistics;
        this.meter = meter;
        this.sink = sink;
        this.viewers = viewers;
        this.job = job;
        this.formatter = sink == null && viewers.isEmpty() ? null : new TraceFormatter(abi);
    }

    /** Who watches a child from its beginning; null for nobody. */
    CallObserver forChild(GuestAbi abi) {
        if (viewers.isEmpty()) {
            return this;
        }
        return statistics == null && sink == null && meter == null
                ? null
                : new CallObserver(statistics, sink, List.of(), meter, abi, job);
    }

    private boolean isTracing() {
        return formatter != null;
    }

    private void write(String line) {
        if (sink != null) {
            sink.line(line);
        }
        for (TraceSink viewer : viewers) {
            viewer.line(line);
        }
    }

    TraceSink sink() {
        return sink;
    }

    CallStatistics statistics() {
        return statistics;
    }

    CallMeter meter() {
        return meter;
    }

    void enter(GuestTask task, DispatchTable table, DispatchTable.Entry entry) {
        if (isTracing()) {
            String name = table.name(task.call().number());
            task.call().traceLine =
                    formatter.begin(entry == null ? null : entry.syscall(), name, task.call().arguments(), task.memory());
        }
        if (statistics != null || meter != null) {
            task.call().start = System.nanoTime();
        }
    }

    void leave(GuestTask task, DispatchTable table, DispatchTable.Entry entry, long result) {
        if (statistics != null || meter != null) {
            long nanos = System.nanoTime() - task.call().start;
            if (statistics != null) {
                statistics.count(task.call().number(), result, nanos, entry != null);
            }
            if (meter != null && result != SyscallHandler.NO_RESULT) {
                meter.called(entry == null ? null : entry.syscall().name(), nanos, result);
            }
        }
        if (isTracing() && task.call().traceLine != null) {
            String note = task.call().takeNote();
            String line = task.call().traceLine.finish(result);
            write(marked(task.tid(), note.isEmpty() ? line : line + " <" + note + ">"));
            task.call().traceLine = null;
        }
    }

    void signal(GuestTask task, SignalInfo info) {
        if (isTracing()) {
            write(marked(task.tid(), TraceFormatter.signal(info)));
        }
    }

    void ended(GuestProcess process, ExitStatus status) {
        if (isTracing()) {
            write(marked(process.pid(), TraceFormatter.end(status)));
        }
    }

    /** Lines of the first process's first task bear no mark, as long as there may be no other. */
    private String marked(int tid, String line) {
        return tid == job.pid() ? line : TraceFormatter.withPid(tid, line);
    }
}
