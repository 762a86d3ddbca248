package org.nesteddune.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.nesteddune.escape.EscapeException;

/**
 * How long a native process does not run while it becomes a guest, by its own clock: the longest time between two looks at it. Beside
 * it, what the first touch of as much memory takes natively.
 */
final class EnterHold implements Benchmark {

    private static final int ROUNDS = 15;
    private static final int WARM_UP = 5;
    private static final long PAGE = 4096;

    /** The library places the stack somewhere in 16 GiB, of which guests have not the last 32 MiB. */
    private static final int ATTEMPTS = 20;

    private final int megabytes;
    private final double barMilliseconds;

    EnterHold(int megabytes, double barMilliseconds) {
        this.megabytes = megabytes;
        this.barMilliseconds = barMilliseconds;
    }

    @Override
    public String id() {
        return "enter" + megabytes;
    }

    @Override
    public Figure run(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        Samples samples = new Samples();
        int rounds = laboratory.rounds(ROUNDS);
        for (int i = -WARM_UP; i < rounds; i++) {
            double gap = enter(laboratory, ATTEMPTS);
            if (i >= 0) {
                samples.add((long) gap);
            }
        }
        long bytes = (long) megabytes << 20;
        double touch = laboratory.nativeNumber("touch", Long.toString(bytes)) * (bytes / PAGE);
        return Figure.valueAtMost("enter, " + megabytes + " MiB", Figure.time(touch), samples.median() / 1e6, barMilliseconds, "ms");
    }

    /** Its parent is a shell, because a child of this process would be waited for here. */
    private double enter(Laboratory laboratory, int attempts) throws BenchmarkException, InterruptedException {
        try {
            Process shell = new ProcessBuilder(
                            "/bin/sh", "-c", "\"$@\" & wait $!", "sh", laboratory.guestProgram(), "enter", Integer.toString(megabytes))
                    .redirectErrorStream(true)
                    .start();
            try (BufferedReader output = new BufferedReader(
                    new InputStreamReader(shell.getInputStream(), StandardCharsets.US_ASCII))) {
                int pid = Integer.parseInt(output.readLine());
                Thread.sleep(20);
                try {
                    laboratory.dune().enter(pid);
                } catch (EscapeException refused) {
                    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
                    if (attempts > 0 && refused.getMessage().contains("start it again")) {
                        return enter(laboratory, attempts - 1);
                    }
                    throw new BenchmarkException(refused.getMessage(), refused);
                }
                return Double.parseDouble(output.readLine());
            } finally {
                shell.waitFor();
            }
        } catch (IOException failed) {
            throw new BenchmarkException("the native process was lost: " + failed, failed);
        }
    }
}
