package org.nesteddune.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/**
 * One thing that processes and threads do, many times over by our own program and by its own clock: against the same
 * natively, and against a peer that runs Linux programs in user space, where one is installed.
 */
final class TaskWork implements Benchmark {

    private static final int ROUNDS = 7;

    /** Exits that measure the bare exit. */
    private static final int EXITS = 5_000;

    private final String id;
    private final String name;
    private final int count;
    private final List<String> program;
    private final Peer peer;

    /**
     * A way to run a program that the figure is to be no worse than.
     *
     * @param command what runs our own program
     * @param again what has to stand before a program that ours executes, so that it runs in the same way
     */
    private record Peer(String name, String tool, List<String> command, List<String> again) {

        boolean isInstalled() {
            return Stream.of(System.getenv("PATH").split(":")).anyMatch(d -> Files.isExecutable(Path.of(d, tool)));
        }
    }

    private static final Peer RUNSC = new Peer(
            "runsc",
            "runsc",
            List.of("runsc", "--platform=ptrace", "--network=none", "--ignore-cgroups", "do"),
            List.of());

    /** It passes execve on to the host, which would run the program natively. */
    private static final Peer QEMU = new Peer(
            "qemu-user", "qemu-x86_64", List.of("qemu-x86_64"), List.of("/usr/bin/qemu-x86_64"));

    /** @param program what the measured work executes, if it does */
    private TaskWork(String id, String name, int count, Peer peer, String... program) {
        this.id = id;
        this.name = name;
        this.count = count;
        this.peer = peer;
        this.program = List.of(program);
    }

    /** All of them. */
    static List<Benchmark> all() {
        return List.of(
                new TaskWork("fork", "fork+exit+wait", 300, RUNSC),
                new TaskWork("exec", "fork+exec /bin/true", 60, QEMU, "/bin/true"),
                new TaskWork("vexec", "vfork+exec /bin/true", 60, null, "/bin/true"),
                new TaskWork("thread", "thread create+join", 1_000, null),
                new TaskWork("futex", "futex ping-pong", 2_000, null),
                new TaskWork("pipe", "pipe ping-pong", 2_000, null));
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public List<Figure> runAll(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        String[] words = words(List.of());
        laboratory.guestNumber(words); // the JVM's compiler is to have seen it
        int rounds = laboratory.rounds(ROUNDS);
        Samples dune = new Samples();
        Samples host = new Samples();
        Samples other = new Samples();
        boolean compared = peer != null && peer.isInstalled();
        double[] exits = {0};
        for (int round = 0; round < rounds; round++) {
            dune.add(laboratory.guestNumber(exits, words));
            host.add(laboratory.nativeNumber(words));
            if (compared) {
                other.add(laboratory.nativeNumber(peer.command(), words(peer.again())));
            }
        }
        double mine = dune.median();
        double floor = exits[0] / count * laboratory.exitFloor(EXITS);
        List<Figure> figures = new ArrayList<>();
        figures.add(Figure.ratio(name, Figure.time(mine), Figure.time(host.median()), mine / host.median())
                .withFloor(floor));
        if (compared) {
            double its = other.median();
            figures.add(Figure.ratioAtMost(
                    "  against " + peer.name(), Figure.time(mine), Figure.time(its), mine / its, 1.0));
        }
        return Collections.unmodifiableList(figures);
    }

    /** Our program's arguments. */
    private String[] words(List<String> before) {
        List<String> words = new ArrayList<>(List.of(id, Integer.toString(count)));
        if (!program.isEmpty()) {
            words.addAll(before);
            words.addAll(program);
        }
        return words.toArray(String[]::new);
    }
}
