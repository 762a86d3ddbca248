package org.nesteddune.bench;

/** {@code dune:enter /bin/true} in a runtime that has done it before, to the guest's end. */
final class WarmStart implements Benchmark {

    private static final double BAR_MILLISECONDS = 25;
    private static final int ROUNDS = 60;
    private static final int WARM_UP = 40;

    @Override
    public String id() {
        return "warm";
    }

    @Override
    public Figure run(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        Samples samples = new Samples();
        int rounds = laboratory.rounds(ROUNDS);
        for (int i = -WARM_UP; i < rounds; i++) {
            long start = System.nanoTime();
            laboratory.runInDune("/bin/true");
            if (i >= 0) {
                samples.add(System.nanoTime() - start);
            }
        }
        return Figure.valueAtMost("warm dune:enter /bin/true", "", samples.median() / 1e6, BAR_MILLISECONDS, "ms");
    }
}
