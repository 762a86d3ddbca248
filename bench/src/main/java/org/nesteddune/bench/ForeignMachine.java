package org.nesteddune.bench;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Another architecture's programs, run in dune and under qemu-user.
 *
 * @param name as in {@code qemu-NAME} and in the folder of the programs
 * @param debian Debian's name of the architecture
 */
record ForeignMachine(String name, String debian) {

    static final ForeignMachine MIPS = new ForeignMachine("mips64el", "mips64el");
    static final ForeignMachine LOONGARCH = new ForeignMachine("loongarch64", "loong64");

    /** The engine that runs them. */
    static final String ENGINE = "software";

    /** The system property that says where the project is. */
    private static final String PROJECT = "dune.bench.project";

    static final List<String> INTEGER = List.of("core", "sieve", "sha256", "quicksort", "chase");
    static final List<String> FLOAT = List.of("nbody", "mandelbrot");

    static List<String> programs() {
        List<String> all = new ArrayList<>(INTEGER);
        all.addAll(FLOAT);
        return all;
    }

    private static Path project() throws BenchmarkException {
        String path = System.getProperty(PROJECT);
        if (path == null) {
            throw new BenchmarkException("the property " + PROJECT + " does not say where the project is");
        }
        return Path.of(path);
    }

    /** One of the programs of {@code bench/src/main/foreign}. */
    String program(String program) throws BenchmarkException {
        Path path = project().resolve("bench/src/main/foreign").resolve(name).resolve(program);
        if (!Files.isExecutable(path)) {
            throw new BenchmarkException("there is no " + path + ": make.sh beside it makes it");
        }
        return path.toString();
    }

    /** A root of Debian's packages, made by {@code itest/foreign-root} if it is not there. */
    Path root(Laboratory laboratory, String... packages) throws BenchmarkException, InterruptedException {
        Path root = project().resolve("bench/target/roots").resolve(debian);
        List<String> command = new ArrayList<>(
                List.of(project().resolve("itest/foreign-root").toString(), debian, root.toString()));
        command.addAll(List.of(packages));
        laboratory.runNatively(command.toArray(String[]::new));
        return root;
    }

    /**
     * The fastest qemu-user at hand: {@code QEMU_NAME} of the environment, and {@code qemu-NAME} and {@code qemu-NAME-static} of the
     * path.
     */
    String qemu(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        List<String> candidates = new ArrayList<>();
        String given = System.getenv("QEMU_" + name.toUpperCase(java.util.Locale.ROOT));
        if (given != null) {
            candidates.add(given);
        }
        for (String directory : System.getenv().getOrDefault("PATH", "/usr/bin").split(File.pathSeparator)) {
            candidates.add(directory + "/qemu-" + name);
            candidates.add(directory + "/qemu-" + name + "-static");
        }
        String best = null;
        double most = 0;
        for (String candidate : candidates) {
            if (Files.isExecutable(Path.of(candidate))) {
                double rate = rate(laboratory.runNatively(candidate, program("core"), "seconds", "0", "1"));
                if (rate > most) {
                    most = rate;
                    best = candidate;
                }
            }
        }
        if (best == null) {
            throw new BenchmarkException("there is no qemu-" + name + " here: install Debian's qemu-user, or say where one is"
                    + " with QEMU_" + name.toUpperCase(java.util.Locale.ROOT));
        }
        return best;
    }

    /** What a program has printed: units in a thousand seconds. */
    static double rate(String output) throws BenchmarkException {
        try {
            return Double.parseDouble(output.strip());
        } catch (NumberFormatException none) {
            throw new BenchmarkException("expected a number, got: " + output.strip(), none);
        }
    }
}
