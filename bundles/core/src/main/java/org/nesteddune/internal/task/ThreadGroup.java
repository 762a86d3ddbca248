package org.nesteddune.internal.task;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.escape.NativeThread;

/**
 * The tasks of a process: how they come in, which ones there are, and who the leader was when it ended. Tasks come and go with
 * the process's monitor held, because what they have used is counted with that; the group is read by any thread.
 */
final class ThreadGroup {

    private final GuestProcess process;
    private final List<GuestTask> tasks = new CopyOnWriteArrayList<>();
    private volatile GuestTask leader;
    private volatile GuestTask leaderTracer;

    ThreadGroup(GuestProcess process) {
        this.process = process;
    }

    /** Takes in a task, which is in the table, and starts its thread. */
    void start(GuestTask task) {
        boolean first;
        synchronized (process) {
            first = tasks.isEmpty();
            tasks.add(task);
            process.files().begin(task.files());
        }
        if (first) {
            process.timers().cpuLimitChanged();
        }
        task.start();
    }

    /** See {@link GuestProcess#arrive}. */
    void arrive(List<NativeThread> threads, List<Vcpu> vcpus, Anchor home) {
        ProcessFiles files = process.files();
        List<GuestTask> made = new ArrayList<>();
        for (int i = 0; i < threads.size(); i++) {
            GuestTask task = GuestTask.arrived(
                    threads.get(i), process, vcpus.get(i), files.fs().retain(), files.descriptors().retain());
            made.add(task);
            if (i == 0) {
                process.processes().add(process, task);
            } else {
                process.processes().add(task);
            }
        }
        process.runtime().began(process);
        synchronized (process) {
            tasks.addAll(made);
        }
        process.timers().cpuLimitChanged();
        home.begin();
        made.forEach(GuestTask::start);
    }

    /** Those that have not ended; the list changes while it is looked at. */
    List<GuestTask> tasks() {
        return tasks;
    }

    /** The task whose tid is the process's pid, or, when that has ended, the oldest one; null if all have. */
    GuestTask first() {
        GuestTask oldest = null;
        for (GuestTask task : tasks) {
            if (task.tid() == process.pid()) {
                return task;
            }
            oldest = oldest == null ? task : oldest;
        }
        return oldest;
    }

    void interrupt() {
        tasks.forEach(GuestTask::interrupt);
    }

    void unpark() {
        tasks.forEach(GuestTask::unpark);
    }

    /** A task has ended and is about to leave. */
    void ended(GuestTask task) {
        if (task.tid() == process.pid() || leader == null) {
            leader = task;
        }
    }

    /**
     * Lets a task go; the caller holds the process's monitor.
     *
     * @return whether it was the last
     */
    boolean remove(GuestTask task) {
        tasks.remove(task);
        return tasks.isEmpty();
    }

    /** The process's first task as it was when it ended; only of use when all have, and null if there was none. */
    GuestTask leader() {
        return leader;
    }

    /** Who traced the leader when that ended; null if nobody did. */
    GuestTask leaderTracer() {
        return leaderTracer;
    }

    void leaderTracer(GuestTask tracer) {
        leaderTracer = tracer;
    }
}
