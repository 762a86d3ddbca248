package org.nesteddune.internal.mm;

import java.util.function.LongSupplier;

/**
 * How much memory is resident, as it was counted a moment ago: the host walks through all of it, milliseconds for a large process, and
 * programs ask for each of their threads in turn. Safe for any thread.
 */
public final class ResidentCount {

    private final int goodFor;
    private boolean counted;
    private long size;
    private long losses;
    private long time;
    private long cost;

    /** @param goodFor how many times its own cost a count is good for, if nothing has been taken away meanwhile */
    public ResidentCount(int goodFor) {
        this.goodFor = goodFor;
    }

    /**
     * What was counted last, if that is still good, or else what is counted now.
     *
     * @param losses a number that changes when memory may have gone
     * @param count counts
     */
    public synchronized long get(long losses, LongSupplier count) {
        boolean isGood = counted && losses == this.losses && System.nanoTime() - time <= cost * goodFor;
        return isGood ? size : anew(losses, count);
    }

    /** What is counted now. */
    public synchronized long anew(long losses, LongSupplier count) {
        long begin = System.nanoTime();
        size = count.getAsLong();
        this.losses = losses;
        time = System.nanoTime();
        cost = time - begin;
        counted = true;
        return size;
    }
}
