package org.nesteddune.bench;

/** A system call that does nothing, against the engine's bare exit in the same JVM. */
final class RoundTrip implements Benchmark {

    private static final double BAR = 1.10;
    private static final int CALLS = 20_000;
    private static final int ROUNDS = 9;

    @Override
    public String id() {
        return "syscall";
    }

    @Override
    public Figure run(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        String calls = Integer.toString(CALLS);
        laboratory.guestNumber("syscalls", calls); // the JVM's compiler is to have seen the way of a call
        double[] medians = Samples.alternate(laboratory.rounds(ROUNDS),
                () -> laboratory.guestNumber("syscalls", calls), () -> laboratory.exitFloor(CALLS));
        return Figure.ratioAtMost("system call round trip", Figure.time(medians[0]),
                Figure.time(medians[1]) + " bare exit", medians[0] / medians[1], BAR);
    }
}
