package org.nesteddune.engine.kvm.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.nesteddune.engine.kvm.KvmArchitecture;
import org.nesteddune.host.HostIdentity;

/**
 * Keeps machines whose guests have ended for guests to come, as long as there are other guests, who may fork or execute: a
 * machine that is used again costs them next to nothing. Whatever takes time, the making ready and the freeing, is done by
 * a thread of its own, which lives no longer than there is something to do or to keep.
 *
 * <p>With the last machine in use all others go too, before its {@link #giveBack} returns. Thread-safe.
 */
final class MachineStock {

    /** How many are kept. */
    private static final int MOST = 8;

    /** How many may wait to be freed; beyond that whoever closes a machine frees it. */
    private static final int MOST_DOOMED = 16;

    /** How long one is kept that nobody needs. */
    private static final long REST = TimeUnit.SECONDS.toMillis(10);

    private final Predicate<KvmArchitecture> isThere;
    private final Deque<MachineParts> ready = new ArrayDeque<>();
    private final Deque<MachineParts> used = new ArrayDeque<>();
    private final Deque<MachineParts> doomed = new ArrayDeque<>();
    private Thread worker;
    /** Whether the worker has one in its hands. */
    private boolean working;
    private int inUse;
    private boolean stopped;
    /** {@link System#nanoTime} of the last time that a machine was taken. */
    private long lastTake;

    /** @param isThere whether machines of an architecture are to be kept; one that is not any more is to be {@link #forget}ted */
    MachineStock(Predicate<KvmArchitecture> isThere) {
        this.isThere = isThere;
    }

    /**
     * A machine for a new guest.
     *
     * @param maker makes one if there is none
     */
    MachineParts take(KvmArchitecture architecture, Supplier<MachineParts> maker) {
        MachineParts found;
        boolean renewed;
        synchronized (this) {
            inUse++;
            lastTake = System.nanoTime();
            found = poll(ready, architecture);
            renewed = found != null;
            if (found == null) {
                found = poll(used, architecture);
            }
        }
        if (found != null && (renewed || found.renew())) {
            return found;
        }
        MachineParts made = null;
        try {
            if (found != null) {
                found.close();
            }
            made = maker.get();
            return made;
        } finally {
            if (made == null) {
                leave();
            }
        }
    }

    /** The youngest, which is the likeliest to be in the processor's caches. */
    private static MachineParts poll(Deque<MachineParts> from, KvmArchitecture architecture) {
        for (var all = from.descendingIterator(); all.hasNext(); ) {
            MachineParts each = all.next();
            if (each.architecture() == architecture) {
                all.remove();
                return each;
            }
        }
        return null;
    }

    /**
     * Finds a machine that has slots for a guest's memory: guests use the same few places of the host's one after the
     * other, and slots in a place that a guest does not use cost time whenever memory there comes and goes.
     *
     * @param taken one that {@link #take} has given, and that has not been used yet
     * @return that or another
     */
    synchronized MachineParts exchange(MachineParts taken, long host) {
        if (!taken.guest().covers(host)) {
            for (var all = ready.descendingIterator(); all.hasNext(); ) {
                MachineParts each = all.next();
                if (each.architecture() == taken.architecture() && each.guest().covers(host)) {
                    all.remove();
                    ready.add(taken);
                    return each;
                }
            }
        }
        return taken;
    }

    /**
     * Takes back what {@link #take} has given.
     *
     * @param usable whether it is in a state to be used again
     */
    void giveBack(MachineParts parts, boolean usable) {
        synchronized (this) {
            boolean keep = usable && !stopped && isThere.test(parts.architecture()) && ready.size() + used.size() < MOST;
            if (inUse > 1 && (keep || doomed.size() < MOST_DOOMED)) {
                inUse--;
                (keep ? used : doomed).add(parts);
                wakeWorker();
                return;
            }
        }
        parts.close();
        leave();
    }

    /** Frees all that is kept, and keeps nothing from now on. */
    void stop() {
        synchronized (this) {
            stopped = true;
        }
        clear();
    }

    /** Frees what is kept of an architecture's machines. */
    void forget(KvmArchitecture architecture) {
        List<MachineParts> gone = new ArrayList<>();
        synchronized (this) {
            awaitWorker();
            for (Deque<MachineParts> each : List.of(ready, used, doomed)) {
                each.removeIf(parts -> parts.architecture() == architecture && gone.add(parts));
            }
        }
        gone.forEach(MachineParts::close);
    }

    private void leave() {
        synchronized (this) {
            inUse--;
            if (inUse > 0) {
                return;
            }
        }
        clear();
    }

    /** Frees all that is kept or waits to be freed. Nothing of it is left when this returns. */
    private void clear() {
        MachineParts next;
        do {
            synchronized (this) {
                awaitWorker();
                next = anyOf(ready, used, doomed);
                notifyAll();
            }
            if (next != null) {
                next.close();
            }
        } while (next != null);
    }

    @SafeVarargs
    private static MachineParts anyOf(Deque<MachineParts>... from) {
        for (Deque<MachineParts> each : from) {
            MachineParts found = each.poll();
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private void awaitWorker() {
        boolean interrupted = false;
        while (working) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void wakeWorker() {
        if (worker == null) {
            worker = new Thread(this::work, "dune-kvm-stock");
            worker.setDaemon(true);
            worker.start();
        } else {
            notifyAll();
        }
    }

    private void work() {
        HostIdentity.PROCESS.assume(); // whoever has made the thread
        while (true) {
            MachineParts parts;
            boolean renew;
            synchronized (this) {
                awaitWork();
                parts = used.poll();
                renew = parts != null;
                parts = renew ? parts : doomed.poll();
                if (parts == null) {
                    worker = null;
                    return;
                }
                working = true;
            }
            boolean renewed = false;
            try {
                renewed = renew && parts.renew();
                if (!renewed) {
                    parts.close();
                }
            } finally {
                synchronized (this) {
                    if (renewed) {
                        ready.add(parts);
                    }
                    working = false;
                    notifyAll();
                }
            }
        }
    }

    /** Waits until there is something to do, or nothing left to keep. What has rested for too long is to be freed. */
    private void awaitWork() {
        while (used.isEmpty() && doomed.isEmpty() && !ready.isEmpty()) {
            long rest = REST - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lastTake);
            try {
                if (rest > 0) {
                    wait(rest);
                    continue;
                }
            } catch (InterruptedException e) {
                // Nobody has a reason to; then this thread had better end.
            }
            doomed.addAll(ready);
            ready.clear();
        }
    }
}
