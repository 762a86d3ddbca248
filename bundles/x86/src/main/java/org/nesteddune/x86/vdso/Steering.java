package org.nesteddune.x86.vdso;

/**
 * Follows a clock of the host by straight lines from the time-stamp counter: estimates the rate from readings, and joins
 * each line to the end of the one before, with so much more or less rate that it meets the host's clock when the next
 * one is due. So time never steps, and what a reading was wrong by is gone with the next. Not thread-safe.
 */
final class Steering {

    /** The base line over which the rate is measured, in nanoseconds of the clock. */
    private static final long BASE_LINE = 1_000_000_000;

    /** How many readings are kept for it. */
    private static final int HISTORY = 32;

    /** By how much a line's rate may differ from the host's, to make up for an error. */
    private static final double STEEPEST = 0.05;

    /** An error in nanoseconds that is not made up for but jumped over, if the jump is forward. */
    private static final long GREATEST_ERROR = 10_000_000;

    /** What a reading may differ from where the rate predicts it before the rate is measured anew, in nanoseconds. */
    private static final long RATE_TOLERANCE = 400;

    private static final double RATE_UNIT = 1L << 48;

    private final long[] counters = new long[HISTORY];
    private final long[] times = new long[HISTORY];
    private long readings;

    /** Nanoseconds a count; 0 while it is not known. */
    private double hostRate;

    private long start;
    private long base;
    private long rate;

    /** Whether there is a line. */
    boolean isRunning() {
        return rate != 0;
    }

    /** The counter at which the line begins. */
    long start() {
        return start;
    }

    /** The time there in nanoseconds. */
    long base() {
        return base;
    }

    /** Nanoseconds a count, times 2^48. */
    long rate() {
        return rate;
    }

    /** What the host's rate is taken to be, nanoseconds a count; 0 while it is not known. */
    double hostRate() {
        return hostRate;
    }

    /** The time that the line gives a counter value, computed as the guest does it. */
    long time(long counter) {
        long count = Math.max(0, counter - start);
        long high = Math.multiplyHigh(count, rate);
        return base + (high << 16 | count * rate >>> 48);
    }

    /** The time that the host's clock shows at a counter value near the latest reading. */
    long hostTime(long counter) {
        int latest = index(readings - 1);
        return times[latest] + Math.round((counter - counters[latest]) * hostRate);
    }

    /** Forgets everything, because the counter has not gone on evenly. */
    void reset() {
        readings = 0;
        hostRate = 0;
        rate = 0;
    }

    /** Takes a reading into account. */
    void observe(Reading reading) {
        if (readings > 0) {
            int latest = index(readings - 1);
            if (reading.counter() <= counters[latest] || reading.nanos() < times[latest]) {
                reset();
            } else if (hostRate > 0
                    && Math.abs(reading.nanos() - hostTime(reading.counter())) > RATE_TOLERANCE) {
                keepLatest(latest);
            }
        }
        counters[index(readings)] = reading.counter();
        times[index(readings)] = reading.nanos();
        readings++;
        if (readings > 1) {
            measureRate();
        }
    }

    private static int index(long reading) {
        return (int) (reading % HISTORY);
    }

    private void keepLatest(int latest) {
        counters[0] = counters[latest];
        times[0] = times[latest];
        readings = 1;
    }

    private void measureRate() {
        long newest = readings - 1;
        long oldest = newest - 1;
        while (oldest > 0 && oldest > readings - HISTORY
                && times[index(newest)] - times[index(oldest)] < BASE_LINE) {
            oldest--;
        }
        hostRate = (double) (times[index(newest)] - times[index(oldest)])
                / (counters[index(newest)] - counters[index(oldest)]);
    }

    /** Begins a first line at the latest reading; its rate must be known. */
    void begin() {
        int latest = index(readings - 1);
        begin(counters[latest], times[latest]);
    }

    private void begin(long counter, long time) {
        start = counter;
        base = time;
        rate = Math.round(hostRate * RATE_UNIT);
    }

    /**
     * Begins a new line at a counter value to come.
     *
     * @param horizon nanoseconds from there within which it is to meet the host's clock
     */
    void turn(long counter, long horizon) {
        long ours = time(counter);
        long host = hostTime(counter);
        long error = host - ours;
        if (error > GREATEST_ERROR) {
            begin(counter, host);
            return;
        }
        double correction = Math.max(-STEEPEST, Math.min(STEEPEST, (double) error / horizon));
        start = counter;
        base = ours;
        rate = Math.round(hostRate * (1 + correction) * RATE_UNIT);
    }
}
