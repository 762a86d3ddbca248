package org.nesteddune.bench;

import java.util.Arrays;

/** Repeated measurements of one thing. Not thread-safe. */
final class Samples {

    private double[] values = new double[16];
    private int count;

    /** Measures something that throws as benchmarks do. */
    @FunctionalInterface
    interface Measurement {
        double take() throws BenchmarkException, InterruptedException;
    }

    /** Something that takes its time. */
    @FunctionalInterface
    interface Work {
        void run() throws BenchmarkException, InterruptedException;
    }

    /** Nanoseconds that some work takes. */
    static double time(Work work) throws BenchmarkException, InterruptedException {
        long start = System.nanoTime();
        work.run();
        return System.nanoTime() - start;
    }

    void add(double value) {
        if (count == values.length) {
            values = Arrays.copyOf(values, 2 * count);
        }
        values[count++] = value;
    }

    double median() {
        double[] sorted = Arrays.copyOf(values, count);
        Arrays.sort(sorted);
        return count % 2 == 1 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
    }

    /** The least: for work of which everything else on the machine can only make more. */
    double least() {
        return Arrays.stream(values, 0, count).min().orElseThrow();
    }

    /**
     * Takes two measurements in turn, so that whatever else the machine does meets both alike.
     *
     * @return the two series
     */
    static Samples[] alternate(int rounds, Measurement first, Measurement second)
            throws BenchmarkException, InterruptedException {
        Samples one = new Samples();
        Samples two = new Samples();
        for (int round = 0; round < rounds; round++) {
            one.add(first.take());
            two.add(second.take());
        }
        return new Samples[] {one, two};
    }
}
