package org.nesteddune.itest;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Compiles the C programs of {@code src/test/c} for the machine that the tests run on. */
final class CProgram {

    private CProgram() {
    }

    /**
     * Compiles a program.
     *
     * @param name the source's name without {@code .c} or {@code .S}
     * @param options of gcc
     * @return the executable, in a directory that is deleted when the JVM ends
     */
    static Path compile(String name, String... options) {
        try {
            Path sources = Path.of(System.getProperty("dune.itest.sources"));
            Path source = sources.resolve(name + ".c");
            if (!Files.exists(source)) {
                source = sources.resolve(name + ".S");
            }
            Path directory = Files.createTempDirectory("dune-itest-c");
            Path program = directory.resolve(name);
            directory.toFile().deleteOnExit();
            program.toFile().deleteOnExit();
            List<String> words = new ArrayList<>(
                    List.of("gcc", "-O1", "-Wall", "-Wno-unused-result", "-o", program.toString(), source.toString()));
            words.addAll(List.of(options));
            File log = Files.createTempFile("dune-itest-gcc", ".log").toFile();
            try {
                int status = new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(log).start().waitFor();
                if (status != 0) {
                    throw new AssertionError(String.join(" ", words) + ":\n" + Files.readString(log.toPath()));
                }
            } finally {
                Files.delete(log.toPath());
            }
            return program;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
