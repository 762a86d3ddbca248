package org.nesteddune.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The runtime as a guest: {@code dune enter /bin/echo hello} in dune against the same natively, from start to end, and the same one
 * level further in. The time of the exits, their number times the bare exit of the same minute, is taken off before it is compared.
 */
final class Nesting implements Benchmark {

    private static final double BAR = 2;
    private static final int ROUNDS = 7;
    private static final int EXITS = 5_000;
    private static final List<String> NAMES = List.of("dune in dune", "dune in dune in dune");

    @Override
    public String id() {
        return "nest";
    }

    @Override
    public List<Figure> runAll(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        // The distribution's own script: the source tree's looks for newer sources first.
        String script = real(Path.of(System.getProperty("dune.home"), "dune"));
        List<String> command = List.of("/bin/echo", "hello");
        List<Figure> figures = new ArrayList<>();
        for (String name : NAMES) {
            List<String> next = new ArrayList<>(List.of(script, "enter"));
            next.addAll(command);
            command = next;
            figures.addAll(level(laboratory, name, command.toArray(String[]::new)));
        }
        return Collections.unmodifiableList(figures);
    }

    private static List<Figure> level(Laboratory laboratory, String name, String... command)
            throws BenchmarkException, InterruptedException {
        laboratory.runNatively(command); // makes the JVM's archive of classes
        laboratory.runInDune(command);
        Samples natively = new Samples();
        Samples inDune = new Samples();
        Samples less = new Samples();
        Samples counts = new Samples();
        Samples costs = new Samples();
        double[] exits = {0};
        int rounds = laboratory.rounds(ROUNDS);
        for (int round = 0; round < rounds; round++) {
            natively.add(time(() -> laboratory.runNatively(command)));
            double cost = laboratory.exitFloor(EXITS);
            java.util.Map<String, Long> before, after; KvmExits k = new KvmExits(); before = k.sums();
            double time = time(() -> laboratory.runInDune(exits, command));
            after = k.sums(); k.close(); after.forEach((n, v) -> { if (v - before.getOrDefault(n, 0L) != 0) System.err.print(n + "=" + (v - before.getOrDefault(n, 0L)) + " "); }); System.err.println(time + " " + exits[0] + " " + cost);
            cost = Math.min(cost, laboratory.exitFloor(EXITS));
            inDune.add(time);
            counts.add(exits[0]);
            costs.add(cost);
            less.add(time - exits[0] * cost);
        }
        double alone = natively.least();
        double rest = inDune.least() - counts.least() * costs.least();
        return List.of(
                Figure.ratioAtMost(name + ", less exits", Figure.time(rest), Figure.time(alone), rest / alone, BAR)
                        .withFloor(counts.least() * costs.least()),
                Figure.ratio("  with them", Figure.time(inDune.least()), Figure.time(alone), inDune.least() / alone),
                Figure.count("  exits", counts.median()),
                Figure.part("an exit", costs.least()));
    }

    private static String real(Path path) throws BenchmarkException {
        try {
            return path.toRealPath().toString();
        } catch (IOException none) {
            throw new BenchmarkException("no script of the distribution: " + none.getMessage(), none);
        }
    }

    private interface Work {
        void run() throws BenchmarkException, InterruptedException;
    }

    private static double time(Work work) throws BenchmarkException, InterruptedException {
        long start = System.nanoTime();
        work.run();
        return System.nanoTime() - start;
    }
}
