package org.nesteddune.engine.kvm.internal;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.Machine.ExitCount;

/**
 * The vCPUs of a machine, and which guest thread runs on which. A thread keeps its vCPU between two runs until another one
 * needs it, so that a machine with few threads never comes here.
 *
 * <p>A thread without a vCPU gets, in this order: one that nobody owns; if there are already {@value #PLENTY}, one whose
 * owner has not run for a while; a new one; one whose owner is not running; or it waits in line. Whoever leaves the guest
 * gives its vCPU to the first in line, and who runs for longer than a time slice while others wait is made to.
 *
 * <p>The lock is a leaf, and under it nobody is waited for: an idle thread is tried to be taken, a running one nudged.
 */
final class VcpuPool {

    /**
     * So many are made without trying to do with less. Making one takes longer than moving a thread's state, and takes
     * memory of the host's; but a thread that finds its vCPU gone pays for coming back.
     */
    private static final int PLENTY = 64;

    /** How long a thread may run while others wait. */
    private static final long SLICE = TimeUnit.MILLISECONDS.toNanos(5);

    /** How long nothing is made after the host has refused, which may be short of descriptors or memory for a moment. */
    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

    /** A thread in line. */
    private static final class Waiter {
        final EngineVcpu thread;
        final Thread java = Thread.currentThread();
        volatile HardwareVcpu granted;

        Waiter(EngineVcpu thread) {
            this.thread = thread;
        }
    }

    private final Supplier<HardwareVcpu> factory;
    private final int limit;
    private final boolean movesCheaply;
    private final List<HardwareVcpu> all;
    private final Deque<HardwareVcpu> free;
    private final Deque<Waiter> line = new ArrayDeque<>();
    /** Exits that happened to a thread without a vCPU. */
    private final ExitCounters others = new ExitCounters();
    private volatile boolean crowded;
    /** Where the search for a little used vCPU goes on. */
    private int hand;
    private int lost;
    private long refused;
    private boolean closed;

    /**
     * @param factory makes a vCPU or throws an {@link EngineException}
     * @param limit how many there may be, above 0
     * @param movesCheaply see {@link org.nesteddune.engine.kvm.Kvm#movesVcpusCheaply}
     * @param all those that there are, all without owner; gets those that are made
     */
    VcpuPool(Supplier<HardwareVcpu> factory, int limit, boolean movesCheaply, List<HardwareVcpu> all) {
        this.factory = factory;
        this.movesCheaply = movesCheaply;
        this.all = all;
        this.free = new ArrayDeque<>(all);
        this.limit = limit;
    }

    /**
     * Makes sure that there is a vCPU at all.
     *
     * @throws EngineException if there is none and none can be made, or the machine is closed
     */
    synchronized void require() {
        if (closed) {
            throw new EngineException("the machine is closed");
        }
        if (all.size() == lost) {
            free.push(make());
        }
    }

    /** A vCPU that is nobody's, for a measurement. */
    synchronized HardwareVcpu spare() {
        return make();
    }

    private HardwareVcpu make() {
        HardwareVcpu made = factory.get();
        all.add(made);
        return made;
    }

    /** Whether threads wait for a vCPU. */
    boolean isCrowded() {
        return crowded;
    }

    /**
     * Gets a vCPU for a thread that is about to run.
     *
     * @return null if the thread has been kicked while it waited
     * @throws EngineException if there is none and none can be made
     */
    HardwareVcpu acquire(EngineVcpu thread) {
        HardwareVcpu found;
        EngineVcpu before = null;
        Waiter waiter = null;
        synchronized (this) {
            found = line.isEmpty() ? find() : null;
            if (found != null) {
                before = found.owner;
                own(found, thread);
            } else {
                waiter = new Waiter(thread);
                line.add(waiter);
                crowded = true;
            }
        }
        return found != null ? vacate(found, before) : await(waiter);
    }

    /** Takes the state of the owner before, if there is one, off a vCPU. */
    private static HardwareVcpu vacate(HardwareVcpu vcpu, EngineVcpu before) {
        if (before != null) {
            try {
                before.evict();
            } finally {
                before.kicks().giveBack();
            }
        }
        return vcpu;
    }

    private static void own(HardwareVcpu vcpu, EngineVcpu thread) {
        vcpu.owner = thread;
        vcpu.since = 0;
    }

    /** A vCPU that is free, or whose owner is {@link KickSwitch#take taken}; null if there is none. */
    private HardwareVcpu find() {
        boolean mayMake = all.size() - lost < limit && (refused == 0 || System.nanoTime() - refused >= PAUSE);
        boolean plenty = all.size() >= PLENTY;
        HardwareVcpu found = pollFree(mayMake && !plenty);
        if (found == null && (!mayMake || plenty && movesCheaply)) {
            found = takeFromIdle(false);
        }
        if (found == null && mayMake) {
            try {
                found = make();
                refused = 0;
            } catch (EngineException e) {
                if (all.size() == lost) {
                    throw e;
                }
                refused = System.nanoTime() | 1;
            }
        }
        return found != null ? found : takeFromIdle(true);
    }

    /**
     * Takes a vCPU that nobody owns.
     *
     * @param choosy whether it need not be one that is dear to move here
     */
    private HardwareVcpu pollFree(boolean choosy) {
        if (movesCheaply || !choosy) {
            return free.poll();
        }
        long self = Thread.currentThread().getId();
        for (var each = free.iterator(); each.hasNext(); ) {
            HardwareVcpu candidate = each.next();
            if (candidate.runner == 0 || candidate.runner == self) {
                each.remove();
                return candidate;
            }
        }
        return null;
    }

    /**
     * Looks for a vCPU whose owner is not running.
     *
     * @param any whether it may have run since the last search came by
     */
    private HardwareVcpu takeFromIdle(boolean any) {
        for (int i = 0; i < all.size(); i++) {
            hand = hand + 1 < all.size() ? hand + 1 : 0;
            HardwareVcpu candidate = all.get(hand);
            EngineVcpu owner = candidate.owner;
            if (owner != null && (any || !candidate.used) && owner.kicks().take()) {
                if (!owner.hasFailed()) {
                    return candidate;
                }
                owner.kicks().giveBack();
            }
            candidate.used = false;
        }
        return null;
    }

    private HardwareVcpu await(Waiter waiter) {
        boolean interrupted = false;
        try {
            while (true) {
                HardwareVcpu found = null;
                EngineVcpu before = null;
                long rest = SLICE;
                synchronized (this) {
                    if (waiter.granted != null) {
                        return waiter.granted;
                    }
                    if (waiter.thread.kicks().pending()) {
                        leaveLine(waiter);
                        return null;
                    }
                    if (line.peek() == waiter) {
                        // Threads that have left the guest without having seen that there is a line.
                        found = find();
                        if (found != null) {
                            leaveLine(waiter);
                            before = found.owner;
                            own(found, waiter.thread);
                        } else {
                            rest = hurry();
                        }
                    }
                }
                if (found != null) {
                    return vacate(found, before);
                }
                LockSupport.parkNanos(this, rest);
                interrupted |= Thread.interrupted();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void leaveLine(Waiter waiter) {
        line.remove(waiter);
        crowded = !line.isEmpty();
    }

    /** Makes the thread that has had its vCPU for longest leave the guest; when to come again, in nanoseconds. */
    private long hurry() {
        HardwareVcpu oldest = null;
        long now = System.nanoTime();
        for (HardwareVcpu each : all) {
            if (each.owner != null && each.since != 0 && (oldest == null || each.since - oldest.since < 0)) {
                oldest = each;
            }
        }
        if (oldest == null) {
            return SLICE;
        }
        long rest = oldest.since + SLICE - now;
        if (rest <= 0) {
            oldest.since = now | 1;
            oldest.owner.kicks().nudge();
            return SLICE;
        }
        return rest;
    }

    /** Takes a vCPU back that has no owner any more, and whose processor nothing is bound to. */
    synchronized void release(HardwareVcpu vcpu) {
        Waiter first = line.poll();
        if (first == null) {
            vcpu.owner = null;
            if (!closed) {
                free.push(vcpu);
            }
            return;
        }
        crowded = !line.isEmpty();
        own(vcpu, first.thread);
        first.granted = vcpu;
        LockSupport.unpark(first.java);
    }

    /** Takes a vCPU out of use that cannot run any more. */
    synchronized void retire(HardwareVcpu vcpu) {
        vcpu.owner = null;
        lost++;
    }

    synchronized void countOther(Exit exit) {
        others.count(exit);
    }

    /** Not after {@link #close}. */
    synchronized List<ExitCount> exitCounts() {
        long[] sums = ExitCounters.sums();
        others.addTo(sums);
        all.forEach(vcpu -> vcpu.counters.addTo(sums));
        return ExitCounters.list(sums);
    }

    /**
     * Ends the use of the vCPUs.
     *
     * @return whether they are all fit to be used again
     */
    synchronized boolean close() {
        closed = true;
        return lost == 0 && free.size() == all.size();
    }
}
