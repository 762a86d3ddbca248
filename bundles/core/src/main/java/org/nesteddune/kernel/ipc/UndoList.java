package org.nesteddune.kernel.ipc;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is to be taken back of SEM_UNDO operations when the last task ends that shares the list
 * ({@code struct sem_undo_list}). Tasks share one by CLONE_SYSVSEM; without it each has its own. Thread-safe.
 */
public final class UndoList {

    /** Adjustments of one set; its array is guarded by the set's monitor. */
    static final class Adjustments {

        final SemaphoreSet set;
        final short[] values;

        Adjustments(SemaphoreSet set) {
            this.set = set;
            values = new short[set.size()];
        }
    }

    private final Map<SemaphoreSet, Adjustments> sets = new HashMap<>();
    private int users = 1;

    /** A further task shares the list. */
    public synchronized UndoList share() {
        users++;
        return this;
    }

    /** One task fewer shares it; whether that was the last. */
    synchronized boolean leave() {
        return --users == 0;
    }

    /** Whether there is nothing to be taken back. */
    public synchronized boolean isEmpty() {
        return sets.isEmpty();
    }

    synchronized Adjustments get(SemaphoreSet set) {
        return sets.get(set);
    }

    synchronized void put(Adjustments adjustments) {
        sets.put(adjustments.set, adjustments);
    }

    synchronized void remove(SemaphoreSet set) {
        sets.remove(set);
    }

    /** All adjustments, which the list has no longer then. */
    synchronized List<Adjustments> takeAll() {
        List<Adjustments> all = List.copyOf(sets.values());
        sets.clear();
        return all;
    }
}
