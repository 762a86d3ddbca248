package org.nesteddune.bench;

/** {@code ./dune enter /bin/true} from the prompt to its exit. */
final class PromptStart implements Benchmark {

    /** The system property that says where {@code ./dune} is. */
    static final String SCRIPT = "dune.bench.script";

    private static final double BAR_SECONDS = 0.6;
    private static final int ROUNDS = 11;

    @Override
    public String id() {
        return "start";
    }

    @Override
    public Figure run(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        String script = System.getProperty(SCRIPT);
        if (script == null) {
            throw new BenchmarkException("the property " + SCRIPT + " does not say where dune is");
        }
        laboratory.runNatively(script, "enter", "/bin/true");
        Samples[] series = Samples.alternate(laboratory.rounds(ROUNDS),
                () -> Samples.time(() -> laboratory.runNatively(script, "enter", "/bin/true")),
                () -> Samples.time(() -> laboratory.runNatively("/bin/true")));
        return Figure.valueAtMost("dune enter /bin/true", Figure.time(series[1].median()),
                series[0].median() / 1e9, BAR_SECONDS, "s");
    }
}
