package org.nesteddune.internal.mm;

import java.util.function.LongSupplier;

/**
 * How much memory is resident, as it was counted a moment ago: the host walks through all of it, milliseconds for a large process, and
 * programs ask for each of their threads in turn. Safe for any thread.
 */
final class ResidentCount {

    /** How many times its own cost a count is good for, if nothing has been taken away meanwhile. */
    private static final int GOOD_FOR = 10;

    private boolean counted;
    private long size;
    private long losses;
    private long time;
    private long cost;

    /**
     * @param losses a number that changes when memory may have gone
     * @param count counts
     */
    synchronized long get(long losses, LongSupplier count) {
        long begin = System.nanoTime();
        if (!counted || losses != this.losses || begin - time > cost * GOOD_FOR) {
            size = count.getAsLong();
            this.losses = losses;
            time = System.nanoTime();
            cost = time - begin;
            counted = true;
        }
        return size;
    }
}
