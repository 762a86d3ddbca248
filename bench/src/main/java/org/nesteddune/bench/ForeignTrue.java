package org.nesteddune.bench;

import java.nio.file.Path;

/** {@code busybox true} of Debian's package for another architecture, in a runtime that has run it before. */
final class ForeignTrue implements Benchmark {

    private static final double BAR_MILLISECONDS = 30;
    private static final int ROUNDS = 40;
    private static final int WARM_UP = 40;

    private final ForeignMachine machine;

    ForeignTrue(ForeignMachine machine) {
        this.machine = machine;
    }

    @Override
    public String id() {
        return machine.name() + "-true";
    }

    @Override
    public Figure run(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        Path root = machine.root(laboratory, ForeignMemory.PACKAGES);
        String busybox = "/bin/busybox";
        Samples samples = new Samples();
        int rounds = laboratory.rounds(ROUNDS);
        for (int i = -WARM_UP; i < rounds; i++) {
            long start = System.nanoTime();
            laboratory.runInDune(ForeignMachine.ENGINE, root, busybox, "true");
            if (i >= 0) {
                samples.add(System.nanoTime() - start);
            }
        }
        return Figure.valueAtMost(
                machine.name() + " busybox true", "", samples.median() / 1e6, BAR_MILLISECONDS, "ms");
    }
}
