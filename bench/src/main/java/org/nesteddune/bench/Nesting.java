package org.nesteddune.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The runtime as a guest: {@code dune enter /bin/echo hello} in dune against the same natively, from start to end, and the same one
 * level further in. The time of the exits, their number times the bare exit of the same minute, is taken off before it is compared.
 * What KVM does without an exit to us, faults of pages that it has not seen yet, is counted and not taken off.
 */
final class Nesting implements Benchmark {

    private static final double BAR = 2;
    private static final int ROUNDS = 9;
    private static final int EXITS = 5_000;
    // Fields of /proc/self/stat behind the name: utime, and cutime of children that were waited for. See proc_pid_stat(5).
    private static final int OWN = 11;
    private static final int CHILDREN = 13;

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
        Samples counts = new Samples();
        Samples faults = new Samples();
        Samples costs = new Samples();
        Samples workNatively = new Samples();
        Samples workInDune = new Samples();
        double[] exits = {0};
        int rounds = laboratory.rounds(ROUNDS);
        for (int round = 0; round < rounds; round++) {
            double work = processorTime(CHILDREN);
            natively.add(Samples.time(() -> laboratory.runNatively(command)));
            workNatively.add(processorTime(CHILDREN) - work);
            costs.add(laboratory.exitFloor(EXITS));
            try (KvmExits host = new KvmExits()) {
                long before = host.sum(KvmExits.PAGE_FAULTS);
                work = processorTime(OWN);
                inDune.add(Samples.time(() -> laboratory.runInDune(exits, command)));
                workInDune.add(processorTime(OWN) - work);
                faults.add(host.sum(KvmExits.PAGE_FAULTS) - before);
            }
            counts.add(exits[0]);
            costs.add(laboratory.exitFloor(EXITS));
        }
        double alone = natively.least();
        double spent = counts.least() * costs.least();
        double rest = inDune.least() - spent;
        return List.of(
                Figure.ratioAtMost(name, Figure.time(rest), Figure.time(alone), rest / alone, BAR).withFloor(spent),
                Figure.ratio("  with its exits", Figure.time(inDune.least()), Figure.time(alone), inDune.least() / alone),
                Figure.ratio("  processor time, less exits", Figure.time(workInDune.least() - spent), Figure.time(workNatively.least()),
                        (workInDune.least() - spent) / workNatively.least()),
                Figure.count("  exits", counts.median()),
                Figure.count("  page faults in KVM", faults.median()),
                Figure.part("an exit", costs.least()));
    }

    private static String real(Path path) throws BenchmarkException {
        try {
            return path.toRealPath().toString();
        } catch (IOException none) {
            throw new BenchmarkException("no script of the distribution: " + none.getMessage(), none);
        }
    }

    /** Nanoseconds of user and system time, from a field of {@code /proc/self/stat} and the next one, in hundredths of a second. */
    private static double processorTime(int field) throws BenchmarkException {
        try {
            String line = Files.readString(Path.of("/proc/self/stat"));
            String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[field]) + Long.parseLong(fields[field + 1])) * 1e7;
        } catch (IOException none) {
            throw new BenchmarkException("/proc/self/stat: " + none.getMessage(), none);
        }
    }
}
