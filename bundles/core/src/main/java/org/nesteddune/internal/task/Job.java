package org.nesteddune.internal.task;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.nesteddune.engine.Machine.ExitCount;
import org.nesteddune.kernel.Confinement;
import org.nesteddune.mm.MemoryBudget;

/**
 * A guest that was entered, with all its descendants: what they all inherit, and the exits of all their machines.
 * Thread-safe.
 */
public final class Job {

    private final int pid;
    private final long number;
    private final String engine;
    private final Confinement confinement;
    private final MemoryBudget memory;
    private final int taskLimit;
    private final Set<Mm> live = ConcurrentHashMap.newKeySet();
    private final Map<String, Long> ended = new TreeMap<>();
    private volatile boolean hotSpots;

    /**
     * @param pid of the guest that was entered
     * @param engine name of the engine that was asked for, or null for the best
     * @param memoryLimit greatest number of bytes of memory of all processes together, as {@link MemoryBudget} counts it
     * @param taskLimit greatest number of tasks at a time
     */
    public Job(int pid, String engine, long memoryLimit, int taskLimit) {
        this(pid, pid, engine, memoryLimit, taskLimit, null);
    }

    /**
     * @param number by which it is told from all others
     * @param confinement what they may do; null for everything
     */
    public Job(int pid, long number, String engine, long memoryLimit, int taskLimit, Confinement confinement) {
        this.number = number;
        this.confinement = confinement;
        this.pid = pid;
        this.engine = engine;
        this.memory = new MemoryBudget(memoryLimit);
        this.taskLimit = taskLimit;
    }

    /** By which it is told from all other jobs, past ones too. */
    public long number() {
        return number;
    }

    /** What all its processes are limited to; null if they are not. */
    public Confinement confinement() {
        return confinement;
    }

    int pid() {
        return pid;
    }

    String engine() {
        return engine;
    }

    /** What the memory of all its processes is charged to. */
    public MemoryBudget memory() {
        return memory;
    }

    int taskLimit() {
        return taskLimit;
    }

    void began(Mm mm) {
        live.add(mm);
    }

    void ended(Mm mm) {
        synchronized (ended) {
            if (live.remove(mm)) {
                mm.machine().exitCounts().forEach(this::add);
                hotSpots(mm).forEach(this::add);
            }
        }
    }

    /** From now on it is counted where the guest's code is hot, too. */
    public void enableHotSpots() {
        hotSpots = true;
    }

    private List<ExitCount> hotSpots(Mm mm) {
        if (!hotSpots) {
            return List.of();
        }
        CodeNames names = new CodeNames(mm.memory());
        return mm.machine().hotSpots().stream()
                .map(spot -> new ExitCount("hot: entries of " + names.of(spot.address()), spot.entries()))
                .toList();
    }

    private void add(ExitCount count) {
        ended.merge(count.kind(), count.count(), Long::sum);
    }

    /** Exits by kind, of all machines that there are and have been. */
    public List<ExitCount> exitCounts() {
        Map<String, Long> sum;
        synchronized (ended) {
            sum = new TreeMap<>(ended);
            for (Mm mm : live) {
                mm.machine().exitCounts().forEach(count -> sum.merge(count.kind(), count.count(), Long::sum));
                hotSpots(mm).forEach(count -> sum.merge(count.kind(), count.count(), Long::sum));
            }
        }
        List<ExitCount> all = new ArrayList<>();
        sum.forEach((kind, count) -> all.add(new ExitCount(kind, count)));
        return all;
    }
}
