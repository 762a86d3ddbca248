package org.nesteddune.bench;

/** Arithmetic without memory and system calls, against the same natively. */
final class Compute implements Benchmark {

    private static final double BAR = 0.97;
    private static final String COUNT = "300000000";
    private static final int ROUNDS = 7;

    private final String what;

    /** @param what {@code loop} for integers or {@code float} */
    Compute(String what) {
        this.what = what;
    }

    @Override
    public String id() {
        return what;
    }

    @Override
    public Figure run(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        double[] medians = Samples.alternate(laboratory.rounds(ROUNDS),
                () -> laboratory.guestNumber(what, COUNT), () -> laboratory.nativeNumber(what, COUNT));
        return Figure.ratioAtLeast("compute loop, " + (what.equals("loop") ? "integer" : "float") + ", speed",
                Figure.time(medians[0]), Figure.time(medians[1]) + " native", medians[1] / medians[0], BAR);
    }
}
