package org.nesteddune.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nesteddune.Guest;
import org.nesteddune.linux.Signal;

/** {@code redis-benchmark} against {@code redis-server}, both in dune or both native, over a UNIX socket: requests a second. */
final class Redis implements Benchmark {

    private static final int ROUNDS = 3;
    private static final String SERVER = "/usr/bin/redis-server";
    private static final long PATIENCE_MILLIS = 20_000;
    private static final Pattern RESULT = Pattern.compile("SET: ([0-9.]+) requests per second");

    @Override
    public String id() {
        return "redis";
    }

    @Override
    public Figure run(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        if (!Files.isExecutable(Path.of(SERVER))) {
            throw new BenchmarkException("redis-server is not installed");
        }
        Samples[] series = Samples.alternate(
                laboratory.rounds(ROUNDS), () -> inDune(laboratory), () -> natively(laboratory));
        double dune = series[0].median();
        double host = series[1].median();
        return Figure.ratio("redis SET, requests/s", Figure.number(dune), Figure.number(host), dune / host);
    }

    private static List<String> server(Path socket) {
        return List.of(SERVER, "--port", "0", "--unixsocket", socket.toString(), "--save", "", "--appendonly", "no",
                "--dir", socket.getParent().toString());
    }

    private static String[] client(Path socket) {
        return new String[] {"/usr/bin/redis-benchmark", "-s", socket.toString(), "-t", "set", "-n", "20000", "-q"};
    }

    private static double inDune(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        Path socket = laboratory.directory().resolve("redis-dune");
        try (Capture output = new Capture()) {
            Guest guest = laboratory.start(output, server(socket).toArray(String[]::new));
            try {
                await(socket);
                return requests(laboratory.runInDune(client(socket)));
            } finally {
                guest.signal(Signal.SIGKILL);
                Laboratory.await(guest);
                socket.toFile().delete();
            }
        }
    }

    private static double natively(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        Path socket = laboratory.directory().resolve("redis-host");
        Process process;
        try {
            process = new ProcessBuilder(server(socket))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (java.io.IOException failed) {
            throw new BenchmarkException(failed.getMessage(), failed);
        }
        try {
            await(socket);
            return requests(laboratory.runNatively(client(socket)));
        } finally {
            process.destroyForcibly().waitFor();
            socket.toFile().delete();
        }
    }

    private static void await(Path socket) throws BenchmarkException, InterruptedException {
        for (long waited = 0; !Files.exists(socket); waited += 10) {
            if (waited >= PATIENCE_MILLIS) {
                throw new BenchmarkException("redis-server does not open its socket");
            }
            Thread.sleep(10);
        }
    }

    private static double requests(String output) throws BenchmarkException {
        Matcher result = RESULT.matcher(output);
        if (!result.find()) {
            throw new BenchmarkException("redis-benchmark says: " + output.strip());
        }
        return Double.parseDouble(result.group(1));
    }
}
