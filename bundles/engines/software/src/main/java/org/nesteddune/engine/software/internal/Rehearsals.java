package org.nesteddune.engine.software.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The regions that HotSpot is still at work on. One comes into use when it has been compiled. Large ones are watched for longer: where
 * HotSpot's optimized code meets what it had left out it is thrown away, and until there is other code the region is taken out of use, so
 * that the compact one before it goes on. Used by the translator's thread, but for {@link #hasRoom}.
 */
final class Rehearsals {

    /** Calls that make HotSpot compile a region, see the distribution's {@code jvm.options}: at once, at each look, and if it has been. */
    private static final int FIRST_CALLS = 700;
    private static final int MORE_CALLS = 16;
    private static final int CALLS_AGAIN = 120;

    /**
     * Entries of a region that is taken out of use. One that is entered seldom has loops: these HotSpot compiles while they run, which is
     * not seen here.
     */
    private static final int MANY_ENTRIES = 1 << 12;

    /** Large regions that wait for the optimizing compiler: while they do they are slower than what they replace. */
    private static final int MOST_UNSETTLED = 2;

    // Nanoseconds.
    /** A compact region is used then in any case: there is nothing before it. */
    private static final long LONGEST_WAIT = 100_000_000L;
    /** After so long without a change a large one is left alone, and does not count as waiting any more even if it is not optimized. */
    private static final long LONGEST_WATCH = 20_000_000_000L;
    private static final long LONGEST_UNSETTLED = 1_000_000_000L;
    /** Between two looks: at first, and in the end. */
    private static final long SHORT_PAUSE = 300_000L;
    private static final long LONG_PAUSE = 50_000_000L;

    /** Tells what HotSpot has made of a region. */
    interface Probe {

        /** @param expected what it probably is, {@link Compilation#QUICK} at least */
        Compilation look(Region region, Compilation expected);
    }

    private final Probe probe;
    private final LongSupplier clock;
    private final List<Rehearsal> all = new ArrayList<>();
    private volatile int unsettled;

    Rehearsals() {
        this(Compilation::of, System::nanoTime);
    }

    /** For tests: with another probe, and a clock of nanoseconds. */
    Rehearsals(Probe probe, LongSupplier clock) {
        this.probe = probe;
        this.clock = clock;
    }

    private final class Rehearsal {

        private final Region region;
        private final CodeCache code;
        private Compilation seen = Compilation.NONE;
        private boolean used;
        private final long made = clock.getAsLong();
        private long since = made;
        private long pause = SHORT_PAUSE;
        private long next = since + pause;

        Rehearsal(Region region, CodeCache code) {
            this.region = region;
            this.code = code;
        }

        boolean isLarge() {
            return region.grade() == Grade.LARGE;
        }

        /** Whether it is not what it is to become. */
        boolean isUnsettled(long now) {
            return isLarge()
                    && seen != Compilation.OPTIMIZED
                    && now - since < LONGEST_UNSETTLED
                    && (!used || region.entries() >= MANY_ENTRIES);
        }

        /** Whether code has really gone, and it was not a slow moment: only optimized code goes without better, and it leaves nothing. */
        private boolean isLost(Compilation now) {
            return seen == Compilation.OPTIMIZED && now == Compilation.NONE && region.entries() >= MANY_ENTRIES;
        }

        /** Looks, if it is time, at what HotSpot has done, and puts the region into use or takes it out. Whether that was the last time. */
        boolean look(long time) {
            if (code.isClosed() || !region.isValid() || used && region.head().translation() != region) {
                return true;
            }
            if (time - next < 0) {
                return false;
            }
            boolean isNew = since == made;
            if (isNew) {
                // There is no profile yet that this would change.
                Compilation.call(region, MORE_CALLS);
            }
            Compilation now = probe.look(region, seen == Compilation.NONE ? Compilation.QUICK : seen);
            if (now.compareTo(seen) < 0 && !isLost(now)) {
                now = seen;
            }
            pause = now != seen ? SHORT_PAUSE : Math.min(LONG_PAUSE, isNew ? pause : 2 * pause);
            if (now != seen) {
                since = time;
                seen = now;
                if (now == Compilation.NONE) {
                    code.withdraw(region);
                    used = false;
                    Compilation.call(region, CALLS_AGAIN);
                }
            }
            if (!used && (now != Compilation.NONE || !isLarge() && time - since > LONGEST_WAIT)) {
                code.install(region);
                used = true;
            }
            next = time + pause;
            if (time - since > LONGEST_WATCH) {
                code.settle(region);
                return true;
            }
            return used && !isLarge();
        }
    }

    /** A region has been made. */
    void add(Region region, CodeCache code) {
        Compilation.call(region, FIRST_CALLS);
        all.add(new Rehearsal(region, code));
        count(clock.getAsLong());
    }

    /**
     * Looks at those for which it is time.
     *
     * @return nanoseconds until the next time, or 0 if there are none any more
     */
    long look() {
        long now = clock.getAsLong();
        all.removeIf(each -> each.look(now));
        count(now);
        return all.stream().mapToLong(each -> Math.max(each.next - now, SHORT_PAUSE)).min().orElse(0);
    }

    private void count(long now) {
        unsettled = (int) all.stream().filter(each -> each.isUnsettled(now)).count();
    }

    /** Whether HotSpot has time for another large region. Any thread. */
    boolean hasRoom() {
        return unsettled < MOST_UNSETTLED;
    }
}
