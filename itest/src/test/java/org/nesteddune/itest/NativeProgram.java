package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.escape.EscapeException;

/** A native process with a shell for its parent, which waits for it and tells how it has ended. */
final class NativeProgram implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 30;

    /** The C library places the stack somewhere in 16 GiB, of which guests have not the last 32 MiB. */
    private static final String GUESTS_END = "7ffffe000000";

    private static final int ATTEMPTS = 20;

    private static final String SHELL = "exec 3<&0; \"$@\" <&3 3<&- & echo \"pid $!\"; wait $!; echo \"status $?\"";

    private final Process shell;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final Thread reader;
    private int pid;

    private NativeProgram(Map<String, String> environment, List<String> command) throws Exception {
        List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", SHELL, "sh"));
        words.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.environment().putAll(environment);
        shell = builder.start();
        reader = new Thread(this::read, "native-output");
        reader.setDaemon(true);
        reader.start();
        await("pid ");
        await("\n");
        pid = Integer.parseInt(text().lines().filter(line -> line.startsWith("pid ")).findFirst().orElseThrow().substring(4));
    }

    static NativeProgram start(String... command) throws Exception {
        return start(Map.of(), command);
    }

    /** Starts a program whose stack lies where guests' may. */
    static NativeProgram start(Map<String, String> environment, String... command) throws Exception {
        for (int i = 0; ; i++) {
            NativeProgram program = new NativeProgram(environment, List.of(command));
            if (i == ATTEMPTS || program.isLow()) {
                return program;
            }
            program.close();
        }
    }

    private boolean isLow() throws IOException {
        try {
            return Files.readAllLines(Path.of("/proc/" + pid + "/maps")).stream()
                    .filter(line -> line.endsWith("[stack]"))
                    .allMatch(line -> line.substring(line.indexOf('-') + 1).compareTo(GUESTS_END) < 0);
        } catch (IOException ended) {
            return true;
        }
    }

    private void read() {
        try (InputStream stream = shell.getInputStream()) {
            stream.transferTo(output);
        } catch (IOException closed) {
            return;
        }
    }

    int pid() {
        return pid;
    }

    OutputStream input() {
        return shell.getOutputStream();
    }

    /** Takes it into dune. */
    Guest enter() throws EscapeException {
        return Services.get(Dune.class).enter(pid);
    }

    String await(String wanted) throws Exception {
        return AppliancesTest.eventually(wanted, this::text);
    }

    /** What it and the shell have written. */
    String text() {
        return output.toString(StandardCharsets.UTF_8);
    }

    /** Sends a signal from outside dune. */
    void signal(String name) throws Exception {
        File none = new File("/dev/null");
        assertEquals(0, new ProcessBuilder("/bin/kill", "-s", name, Integer.toString(pid))
                .redirectInput(none).redirectOutput(none).redirectError(none).start().waitFor());
    }

    /** Waits for its end. */
    void awaitEnd(int seconds) throws Exception {
        if (!shell.waitFor(seconds, TimeUnit.SECONDS)) {
            throw new AssertionError("it has not ended: " + text());
        }
        reader.join(TimeUnit.SECONDS.toMillis(seconds));
    }

    /** Waits for the end, of which the parent learns. */
    void assertEnds(String wanted, int status) throws Exception {
        awaitEnd(PATIENCE_SECONDS);
        assertEquals(wanted + "status " + status + "\n", text().replaceFirst("pid \\d+\n", ""));
    }

    @Override
    public void close() throws Exception {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        shell.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        shell.destroy();
        shell.waitFor();
        shell.getOutputStream().close();
        reader.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    }
}
