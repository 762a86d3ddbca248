package org.nesteddune.engine.software.internal;

/**
 * What HotSpot has made of a region. Only the time tells that calls without a vCPU take: they count down from {@link #ROUNDS} and return.
 * HotSpot's interpreter does each round, the code of its quick compiler counts each round for the profile, and the optimizing compiler
 * leaves them out.
 */
enum Compilation {

    /** Nothing: it would be interpreted, which is slower than the engine's own interpreter. */
    NONE,

    /** Code that counts what it does, for the optimizing compiler; about a third as fast as that one's. */
    QUICK,

    /** Optimized code. */
    OPTIMIZED;

    /** Rounds of a call without a vCPU. */
    static final int ROUNDS = 16;

    /** Calls that are timed together, and how often that is tried. Few, because they count in HotSpot's profile too. */
    private static final int CALLS = 4;
    private static final int TRIES = 3;

    /** Nanoseconds of a call at most: found were 5 to 8 of optimized code, 30 to 60 of the other, 150 to 350 of none. */
    private static final int OPTIMIZED_CALL = 16;
    private static final int QUICK_CALL = 110;

    /** Nanoseconds between two looks at the clock. */
    private static final long CLOCK = clock();

    private static long clock() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 1000; i++) {
            long start = System.nanoTime();
            least = Math.min(least, System.nanoTime() - start);
        }
        return least;
    }

    /**
     * Finds out, in a few microseconds. A thread that is interrupted meanwhile may take it for less than it is.
     *
     * @param expected what it probably is, {@link #QUICK} at least
     */
    static Compilation of(Region region, Compilation expected) {
        Compilation found = NONE;
        for (int i = 0; i < TRIES && found.compareTo(expected) < 0; i++) {
            long start = System.nanoTime();
            call(region, CALLS);
            long time = System.nanoTime() - start - CLOCK;
            Compilation now = time < CALLS * OPTIMIZED_CALL ? OPTIMIZED : time < CALLS * QUICK_CALL ? QUICK : NONE;
            found = now.compareTo(found) > 0 ? now : found;
        }
        return found;
    }

    /** Calls a region without a vCPU: HotSpot counts it, and compiles what is called often. */
    static void call(Region region, int times) {
        for (int i = 0; i < times; i++) {
            region.run(null, null, null);
        }
    }
}
