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
        Samples[] series = Samples.alternate(laboratory.rounds(ROUNDS),
                () -> laboratory.guestNumber("syscalls", calls), () -> laboratory.exitFloor(CALLS));
        double call = series[0].median();
        double floor = series[1].median();
        return Figure.ratioAtMost("system call round trip", Figure.time(call), Figure.time(floor), call / floor, BAR);
    }
}
