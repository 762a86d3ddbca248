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
        Samples[] series = Samples.alternate(laboratory.rounds(ROUNDS),
                () -> laboratory.guestNumber("touch", SIZE), () -> laboratory.nativeNumber("touch", SIZE));
        double dune = series[0].median();
        double host = series[1].median();
        return Figure.ratioAtMost("first touch, for a page", Figure.time(dune), Figure.time(host), dune / host, BAR);
    }
}
