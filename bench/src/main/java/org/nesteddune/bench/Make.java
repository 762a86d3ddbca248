package org.nesteddune.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code make -j2} of a small C project, wall time from an empty build directory, against the same natively. */
final class Make implements Benchmark {

    private static final int ROUNDS = 5;
    private static final int FILES = 24;

    @Override
    public String id() {
        return "make";
    }

    @Override
    public Figure run(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        Path project = laboratory.directory().resolve("project");
        try {
            write(project);
        } catch (IOException failed) {
            throw new BenchmarkException("cannot write a project to " + project + ": " + failed.getMessage(), failed);
        }
        String[] command = {"/usr/bin/make", "-s", "-j2", "-C", project.toString(), "fresh"};
        laboratory.runNatively(command);
        laboratory.runInDune(command);
        Samples[] series = Samples.alternate(laboratory.rounds(ROUNDS),
                () -> Samples.time(() -> laboratory.runInDune(command)), () -> Samples.time(() -> laboratory.runNatively(command)));
        double dune = series[0].median();
        double host = series[1].median();
        return Figure.ratio("make -j2, " + FILES + " files", Figure.time(dune), Figure.time(host), dune / host);
    }

    private static void write(Path project) throws IOException {
        Files.createDirectories(project);
        StringBuilder objects = new StringBuilder("main.o");
        StringBuilder main = new StringBuilder();
        StringBuilder calls = new StringBuilder();
        for (int i = 0; i < FILES; i++) {
            objects.append(" part").append(i).append(".o");
            main.append("int part").append(i).append("(int);\n");
            calls.append("    sum += part").append(i).append("(sum);\n");
            Files.writeString(project.resolve("part" + i + ".c"), """
                    #include <stdio.h>
                    #include <stdlib.h>
                    #include <string.h>

                    int part%1$d(int n)
                    {
                        char text[64];

                        snprintf(text, sizeof text, "%%d", n + %1$d);
                        return atoi(text) %% 97 + (int)strlen(text);
                    }
                    """.formatted(i));
        }
        Files.writeString(project.resolve("main.c"), main + """

                int main(void)
                {
                    int sum = 0;

                %s    return sum == -1;
                }
                """.formatted(calls));
        Files.writeString(project.resolve("Makefile"), """
                OBJECTS = %s
                fresh:
                \trm -f program $(OBJECTS)
                \t$(MAKE) program
                program: $(OBJECTS)
                \tcc -o $@ $(OBJECTS)
                %%.o: %%.c
                \tcc -O1 -c -o $@ $<
                """.formatted(objects));
    }
}
