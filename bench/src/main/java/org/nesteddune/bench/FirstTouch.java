package org.nesteddune.bench;

/** The first write to each page of a large anonymous mapping, against the same natively. */
final class FirstTouch implements Benchmark {

    private static final double BAR = 1.0;
    private static final int ROUNDS = 9;
    private static final String SIZE = Long.toString(512L << 20);

    @Override
    public String id() {
        return "touch";
    }

    @Override
    public Figure run(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        double[] medians = Samples.alternate(laboratory.rounds(ROUNDS),
                () -> laboratory.guestNumber("touch", SIZE), () -> laboratory.nativeNumber("touch", SIZE));
        return Figure.ratioAtMost("first touch, for a page", Figure.time(medians[0]),
                Figure.time(medians[1]) + " native", medians[0] / medians[1], BAR);
    }
}
