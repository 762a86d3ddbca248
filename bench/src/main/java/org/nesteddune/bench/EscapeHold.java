package org.nesteddune.bench;

import org.nesteddune.Guest;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.kernel.ExitStatus;

/**
 * How long a guest does not run while it becomes a native process, by its own clock: the longest time between two looks at it. Beside
 * it, what the first touch of as much memory takes natively.
 */
final class EscapeHold implements Benchmark {

    private static final int ROUNDS = 15;
    private static final int WARM_UP = 5;
    private static final long PAGE = 4096;

    private final int megabytes;
    private final double barMilliseconds;

    EscapeHold(int megabytes, double barMilliseconds) {
        this.megabytes = megabytes;
        this.barMilliseconds = barMilliseconds;
    }

    @Override
    public String id() {
        return "escape" + megabytes;
    }

    @Override
    public Figure run(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        Samples samples = new Samples();
        int rounds = laboratory.rounds(ROUNDS);
        for (int i = -WARM_UP; i < rounds; i++) {
            double gap = escape(laboratory);
            if (i >= 0) {
                samples.add((long) gap);
            }
        }
        long bytes = (long) megabytes << 20;
        double touch = laboratory.nativeNumber("touch", Long.toString(bytes)) * (bytes / PAGE);
        return Figure.valueAtMost("escape, " + megabytes + " MiB", Figure.time(touch), samples.median() / 1e6, barMilliseconds, "ms");
    }

    private double escape(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        try (Capture output = new Capture()) {
            Guest guest = laboratory.start(output, laboratory.guestProgram(), "escape", Integer.toString(megabytes));
            while (!output.text().startsWith("ready\n") && !guest.exit().toCompletableFuture().isDone()) {
                Thread.sleep(1);
            }
            Thread.sleep(20);
            guest.escape();
            ExitStatus status = Laboratory.await(guest);
            if (status.shellStatus() != 0) {
                throw new BenchmarkException("the guest ended with " + status + ": " + output.text());
            }
            return Double.parseDouble(output.text().substring("ready\n".length()));
        } catch (EscapeException refused) {
            throw new BenchmarkException(refused.getMessage(), refused);
        }
    }
}
