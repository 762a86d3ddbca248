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
        Samples[] series = Samples.alternate(laboratory.rounds(ROUNDS),
                () -> laboratory.guestNumber(what, COUNT), () -> laboratory.nativeNumber(what, COUNT));
        double dune = series[0].least();
        double host = series[1].least();
        return Figure.ratioAtLeast((what.equals("loop") ? "integer" : "floating-point") + " loop's speed",
                Figure.time(dune), Figure.time(host), host / dune, BAR);
    }
}
