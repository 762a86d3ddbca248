package org.nesteddune.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.LaunchException;
import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.ExecutionEngine;
import org.nesteddune.engine.ExitCost;
import org.nesteddune.kernel.ExitStatus;

/** What benchmarks work with: the runtime, a directory, programs run in dune and natively. */
final class Laboratory implements AutoCloseable {

    private static final List<String> ENVIRONMENT = List.of("PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C");
    private static final String SOURCE = "guest.c";
    private static final long PATIENCE_SECONDS = 300;

    private final Dune dune;
    private final ExitCost exitCost;
    private final ExecutionEngine engine;
    private final Architecture architecture;
    private final boolean quick;
    private final Path directory;
    private Path guestProgram;

    Laboratory(Dune dune, ExitCost exitCost, ExecutionEngine engine, Architecture architecture, boolean quick)
            throws IOException {
        this.dune = dune;
        this.exitCost = exitCost;
        this.engine = engine;
        this.architecture = architecture;
        this.quick = quick;
        directory = Files.createTempDirectory("dune-bench");
    }

    Dune dune() {
        return dune;
    }

    ExecutionEngine engine() {
        return engine;
    }

    Architecture architecture() {
        return architecture;
    }

    /** A directory for files, deleted at the end. */
    Path directory() {
        return directory;
    }

    /** The number of rounds to take: all, or for a quick look fewer. */
    int rounds(int all) {
        return quick ? Math.max(1, all / 4) : all;
    }

    /** Nanoseconds of a bare exit of the engine, nothing of ours around it. */
    double exitFloor(int exits) {
        return exitCost.nanosecondsPerExit(architecture, exits);
    }

    /** Our own little program, compiled from its C source. */
    String guestProgram() throws BenchmarkException, InterruptedException {
        if (guestProgram == null) {
            Path source = directory.resolve(SOURCE);
            Path program = directory.resolve("guest");
            try (InputStream in = Laboratory.class.getResourceAsStream(SOURCE)) {
                Files.copy(in, source);
            } catch (IOException failed) {
                throw new BenchmarkException("cannot write " + source + ": " + failed.getMessage(), failed);
            }
            runNatively("cc", "-O2", "-static", "-o", program.toString(), source.toString());
            guestProgram = program;
        }
        return guestProgram.toString();
    }

    /** Starts a program in dune with both outputs in a capture. */
    Guest start(Capture output, String... command) throws BenchmarkException {
        return start(output, null, null, command);
    }

    /**
     * Starts a program.
     *
     * @param engineName of the engine, null for the best
     * @param root what the program sees as /, null for the host's
     */
    Guest start(Capture output, String engineName, Path root, String... command) throws BenchmarkException {
        try {
            return dune.enter(GuestSpec.program(command[0])
                    .argv(List.of(command))
                    .engine(engineName)
                    .root(root)
                    .environment(ENVIRONMENT)
                    .workingDirectory("/")
                    .descriptors(-1, output.descriptor(), output.descriptor())
                    .build());
        } catch (LaunchException failed) {
            throw new BenchmarkException(failed.getMessage(), failed);
        }
    }

    /** Waits for a guest's end. */
    static ExitStatus await(Guest guest) throws BenchmarkException, InterruptedException {
        try {
            return guest.exit().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException failed) {
            throw new BenchmarkException("guest " + guest.pid() + " does not end: " + failed, failed);
        }
    }

    /** Runs a program in dune to its end and returns what it wrote. */
    String runInDune(String... command) throws BenchmarkException, InterruptedException {
        return runInDune(new double[1], command);
    }

    /** Runs a program in dune by an engine, with a root of its own or null, to its end and returns what it wrote. */
    String runInDune(String engineName, Path root, String... command) throws BenchmarkException, InterruptedException {
        return runInDune(new double[1], engineName, root, command);
    }

    /** As {@link #runInDune(String...)}; puts the number of exits into the array. */
    String runInDune(double[] exits, String... command) throws BenchmarkException, InterruptedException {
        return runInDune(exits, null, null, command);
    }

    private String runInDune(double[] exits, String engineName, Path root, String... command) throws BenchmarkException, InterruptedException {
        try (Capture output = new Capture()) {
            Guest guest = start(output, engineName, root, command);
            ExitStatus status = await(guest);
            exits[0] = guest.statistics().exits().stream().mapToLong(Guest.ExitCount::count).sum();
            if (status.shellStatus() != 0) {
                throw new BenchmarkException(String.join(" ", command) + " in dune ended with status "
                        + status.shellStatus() + ": " + (output.text() + " " + status.message()).strip());
            }
            return output.text();
        }
    }

    /** Runs a program on the host to its end and returns what it wrote. */
    String runNatively(String... command) throws BenchmarkException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            if (status != 0) {
                throw new BenchmarkException(String.join(" ", command) + " ended with status " + status + ": "
                        + output.strip());
            }
            return output;
        } catch (IOException failed) {
            throw new BenchmarkException(failed.getMessage(), failed);
        }
    }

    /** Runs our program in dune; the one number that it prints. */
    double guestNumber(String... arguments) throws BenchmarkException, InterruptedException {
        return number(runInDune(command(arguments)));
    }

    /** As {@link #guestNumber(String...)}; puts the number of exits that it made, its children's too, into the array. */
    double guestNumber(double[] exits, String... arguments) throws BenchmarkException, InterruptedException {
        return number(runInDune(exits, command(arguments)));
    }

    /** Runs our program on the host under a command; the one number that it prints. */
    double nativeNumber(List<String> prefix, String... arguments) throws BenchmarkException, InterruptedException {
        List<String> all = new ArrayList<>(prefix);
        all.addAll(List.of(command(arguments)));
        return number(runNatively(all.toArray(String[]::new)));
    }

    /** Runs our program on the host; the one number that it prints. */
    double nativeNumber(String... arguments) throws BenchmarkException, InterruptedException {
        return number(runNatively(command(arguments)));
    }

    private String[] command(String... arguments) throws BenchmarkException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(guestProgram()));
        command.addAll(List.of(arguments));
        return command.toArray(String[]::new);
    }

    /** The one number that our program has printed. */
    static double number(String output) throws BenchmarkException {
        try {
            return Double.parseDouble(output.strip());
        } catch (NumberFormatException none) {
            throw new BenchmarkException("expected a number, got: " + output.strip(), none);
        }
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException left) {
            System.err.println("cannot delete " + directory + ": " + left.getMessage());
        }
    }
}
