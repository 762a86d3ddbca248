package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.After;
import org.junit.Before;
import org.nesteddune.LaunchException;

/** What programs of {@code src/test/foreign} must do, whichever machine they are for. */
public abstract class ForeignMachineTest extends DuneTest {

    GuestRunner guests;

    @Before
    public void makeRunner() {
        guests = new GuestRunner();
    }

    @After
    public void closeRunner() {
        guests.close();
    }

    final void greets(String machine) throws LaunchException {
        Path program = Path.of(System.getProperty("dune.itest.sources")).resolveSibling("foreign/" + machine + "/hello");
        Outcome outcome = guests.inDune(Command.line(program + " one two"));
        assertEquals("", outcome.errorText());
        assertEquals("hello\n113318086\none\ntwo\n", outcome.outputText());
        assertEquals(43, outcome.status());
    }

    /** A program of another machine. */
    static Path program(String machine, String name) {
        return Path.of(System.getProperty("dune.itest.sources")).resolveSibling("foreign/" + machine + "/" + name);
    }

    /** What it prints stands beside the program. */
    final void printsWhatIsExpected(String machine, String name, int status) throws LaunchException, IOException {
        Path program = program(machine, name);
        Outcome outcome = guests.inDune(Command.line(program.toString()));
        String expected = Files.readString(program.resolveSibling(name + ".expected"));
        assertEquals(outcome.errorText() + outcome.note(), expected, outcome.outputText());
        assertEquals(status, outcome.status());
    }

    final void randomCode(String machine) throws LaunchException {
        Outcome outcome = guests.inDune(Command.line(program(machine, "random").toString()));
        assertEquals(outcome.errorText() + outcome.note(), "strange ends: 0\n", outcome.outputText());
    }

    final void corruptFiles(String machine) throws IOException, LaunchException {
        byte[] good = Files.readAllBytes(program(machine, "hello"));
        Random random = new Random(machine.hashCode());
        Path directory = Files.createTempDirectory("dune-corrupt");
        Path file = directory.resolve("program");
        try {
            for (int i = 0; i < 150; i++) {
                byte[] bad = good.clone();
                for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                    // The ELF header and the first three program headers
                    bad[16 + random.nextInt(64 + 3 * 56 - 16)] = (byte) (random.nextBoolean() ? random.nextInt() : 1 << random.nextInt(8));
                }
                int length = i % 5 == 0 ? random.nextInt(good.length) : good.length;
                Files.write(file, Arrays.copyOf(bad, length));
                file.toFile().setExecutable(true);
                try {
                    Outcome outcome = guests.inDune(Command.of(file.toString()));
                    assertFalse(outcome.note(), outcome.note() != null && outcome.note().contains("internal error"));
                } catch (LaunchException refused) {
                    assertTrue(refused.getMessage(), refused.getMessage().contains("program"));
                }
            }
        } finally {
            Files.deleteIfExists(file);
            Files.delete(directory);
        }
        greets(machine);
    }
}
