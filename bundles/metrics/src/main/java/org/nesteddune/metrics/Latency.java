package org.nesteddune.metrics;

import java.util.ArrayList;
import java.util.List;

/** The steps of histograms of latency: powers of four, as coarse as to be few and fine enough to tell a pipe from a disk. */
public final class Latency {

    /** 1.024 µs; what takes less is mostly the call's way itself. */
    private static final int FIRST_SHIFT = 10;

    private static final int STEP_SHIFT = 2;

    /** Up to 4^13 µs or so, 69 seconds. */
    private static final int STEPS = 14;

    private Latency() {}

    /** The upper bounds of all steps but the last, which has none, in nanoseconds; each is part of its step. */
    public static List<Long> bounds() {
        List<Long> bounds = new ArrayList<>();
        for (int i = 0; i < STEPS; i++) {
            bounds.add(1L << FIRST_SHIFT + STEP_SHIFT * i);
        }
        return bounds;
    }

    /** How many steps there are. */
    static int size() {
        return STEPS + 1;
    }

    /** The step of a time. */
    static int step(long nanos) {
        if (nanos <= 1L << FIRST_SHIFT) {
            return 0;
        }
        // The number of bits of nanos - 1 is the exponent of the first power of two that is not less than nanos.
        int bits = Long.SIZE - Long.numberOfLeadingZeros(nanos - 1);
        return Math.min(STEPS, (bits - FIRST_SHIFT + STEP_SHIFT - 1) / STEP_SHIFT);
    }
}
