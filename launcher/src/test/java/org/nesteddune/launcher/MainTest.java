package org.nesteddune.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MainTest {
    private final PrintStream standard = System.out;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @AfterEach
    void restore() {
        System.setOut(standard);
    }

    private int run(String... arguments) throws LaunchException {
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        return Main.run(arguments);
    }

    @Test
    void helpListsTheCommands() throws Exception {
        assertThat(run("help")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("Usage: dune COMMAND").contains("enter", "shell", "doctor");
    }

    @Test
    void noCommandIsAnError() throws Exception {
        assertThat(run()).isEqualTo(Main.FAULT);
    }

    @Test
    void versionNamesJava() throws Exception {
        assertThat(run("version")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("nested-dune ").contains(System.getProperty("java.version"));
    }

    @Test
    void aTreeWithoutBundlesIsNoDistribution() {
        assertThatThrownBy(() -> run("enter")).isInstanceOf(LaunchException.class)
            .hasMessageContaining("is no distribution of nested-dune");
    }
}
