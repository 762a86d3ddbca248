package org.nesteddune.kernel;

import org.nesteddune.linux.Resource;
import org.nesteddune.mm.MemoryLimits;

/** A process's resource limits ({@code RLIMIT_*}), soft and hard. Thread-safe. */
public final class Limits implements MemoryLimits {

    /** RLIM_INFINITY. */
    public static final long INFINITY = -1L;

    private final long[] soft;
    private final long[] hard;
    private volatile boolean locksUnlimited;

    /** @param soft and {@code hard}: one value a resource, in the order of the {@code RLIMIT_*} numbers */
    public Limits(long[] soft, long[] hard) {
        this.soft = soft.clone();
        this.hard = hard.clone();
    }

    /** How many resources there are. */
    public int count() {
        return soft.length;
    }

    /** Soft limit. */
    public synchronized long soft(int resource) {
        return soft[resource];
    }

    /** Hard limit. */
    public synchronized long hard(int resource) {
        return hard[resource];
    }

    /** Sets both. */
    public synchronized void set(int resource, long softLimit, long hardLimit) {
        soft[resource] = softLimit;
        hard[resource] = hardLimit;
    }

    /** RLIMIT_NOFILE, soft. */
    public long openFiles() {
        return soft(Resource.RLIMIT_NOFILE);
    }

    @Override
    public long addressSpace() {
        return soft(Resource.RLIMIT_AS);
    }

    @Override
    public long data() {
        return soft(Resource.RLIMIT_DATA);
    }

    @Override
    public long stack() {
        return soft(Resource.RLIMIT_STACK);
    }

    @Override
    public long locked() {
        return locksUnlimited ? INFINITY : soft(Resource.RLIMIT_MEMLOCK);
    }

    /** Says whether the process has CAP_IPC_LOCK, which lifts RLIMIT_MEMLOCK. */
    public void locksUnlimited(boolean value) {
        locksUnlimited = value;
    }

    /** A copy, as {@code fork} makes it. */
    public synchronized Limits copy() {
        Limits copy = new Limits(soft, hard);
        copy.locksUnlimited = locksUnlimited;
        return copy;
    }
}
