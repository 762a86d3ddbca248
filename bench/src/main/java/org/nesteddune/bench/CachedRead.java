package org.nesteddune.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code dd bs=16M} of a file in the page cache to /dev/null, against the same natively, by dd's own clock. */
final class CachedRead implements Benchmark {

    private static final double BAR = 0.90;
    private static final int ROUNDS = 7;
    private static final long SIZE = 1L << 30;
    private static final int CHUNK = 1 << 20;
    private static final Pattern RESULT = Pattern.compile("(\\d+) bytes .*copied, ([0-9.e+-]+) s");

    @Override
    public String id() {
        return "dd";
    }

    @Override
    public Figure run(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        Path file = laboratory.directory().resolve("cached");
        try {
            write(file);
            String[] command = {"/bin/dd", "if=" + file, "of=/dev/null", "bs=16M"};
            bandwidth(laboratory.runNatively(command));
            bandwidth(laboratory.runInDune(command));
            Samples[] series = Samples.alternate(laboratory.rounds(ROUNDS),
                    () -> bandwidth(laboratory.runInDune(command)), () -> bandwidth(laboratory.runNatively(command)));
            double dune = series[0].median();
            double host = series[1].median();
            return Figure.ratioAtLeast(
                    "dd bs=16M of a cached 1 GiB", gibibytes(dune), gibibytes(host), dune / host, BAR);
        } catch (IOException failed) {
            throw new BenchmarkException("cannot write a file of 1 GiB: " + failed.getMessage(), failed);
        } finally {
            try {
                Files.deleteIfExists(file);
            } catch (IOException left) {
                // The whole directory is deleted at the end.
            }
        }
    }

    private static void write(Path file) throws IOException {
        byte[] chunk = new byte[CHUNK];
        new Random(1).nextBytes(chunk);
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long written = 0; written < SIZE; written += CHUNK) {
                out.write(chunk);
            }
        }
    }

    /** Bytes a second by what dd says. */
    private static double bandwidth(String output) throws BenchmarkException {
        Matcher result = RESULT.matcher(output);
        if (!result.find() || Long.parseLong(result.group(1)) != SIZE) {
            throw new BenchmarkException("dd says: " + output.strip());
        }
        return SIZE / Double.parseDouble(result.group(2));
    }

    private static String gibibytes(double bytes) {
        return Figure.number(bytes / (1L << 30)) + " GiB/s";
    }
}
