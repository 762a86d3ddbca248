package org.nesteddune.internal.task;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.ProcessTable;
import org.nesteddune.kernel.Task;

/** The process table of a dune, and the source of its pids. Thread-safe. */
public final class Processes implements ProcessTable {

    /** The pid that guests see as their parent where they have none: the runtime in the role of init. */
    public static final int RUNTIME_PID = 1;

    /** PID_MAX_LIMIT of linux/threads.h on 64-bit machines is 4 Mi; the default of kernel.pid_max is used here. */
    private static final int PID_MAX = 32768;

    private final Map<Integer, GuestProcess> processes = new ConcurrentHashMap<>();
    private final Map<Integer, GuestTask> tasks = new ConcurrentHashMap<>();
    private int lastPid = RUNTIME_PID;

    /**
     * A pid or tid that is not in use.
     *
     * @throws IllegalStateException if all are
     */
    public synchronized int allocate() {
        for (int tried = 0; tried < PID_MAX; tried++) {
            lastPid = lastPid + 1 >= PID_MAX ? RUNTIME_PID + 1 : lastPid + 1;
            if (!processes.containsKey(lastPid) && !tasks.containsKey(lastPid)) {
                return lastPid;
            }
        }
        throw new IllegalStateException("all " + PID_MAX + " process ids are in use");
    }

    void add(GuestProcess process, GuestTask task) {
        processes.put(process.pid(), process);
        tasks.put(task.tid(), task);
    }

    void remove(GuestTask task) {
        tasks.remove(task.tid());
    }

    void remove(GuestProcess process) {
        processes.remove(process.pid());
    }

    @Override
    public GuestProcess process(int pid) {
        return processes.get(pid);
    }

    @Override
    public Task task(int tid) {
        return tasks.get(tid);
    }

    @Override
    public List<Process> processes() {
        List<Process> all = new ArrayList<>(processes.values());
        all.sort(Comparator.comparingInt(Process::pid));
        return all;
    }
}
