package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.nesteddune.LaunchException;

/** Programs of machines that the host is not, on the software engine; made by {@code src/test/foreign/make.sh}. */
public class ForeignTest extends DuneTest {

    private GuestRunner guests;

    @Before
    public void makeRunner() {
        guests = new GuestRunner();
    }

    @After
    public void closeRunner() {
        guests.close();
    }

    @Test
    public void mips64Hello() throws LaunchException {
        greets("mips64el");
    }

    @Test
    public void loongArch64Hello() throws LaunchException {
        greets("loongarch64");
    }

    private void greets(String machine) throws LaunchException {
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
    private void printsWhatIsExpected(String machine, String name, int status) throws LaunchException, IOException {
        Path program = program(machine, name);
        Outcome outcome = guests.inDune(Command.line(program.toString()));
        String expected = Files.readString(program.resolveSibling(name + ".expected"));
        assertEquals(outcome.errorText() + outcome.note(), expected, outcome.outputText());
        assertEquals(status, outcome.status());
    }

    @Test
    public void mips64FaultsAreExact() throws Exception {
        printsWhatIsExpected("mips64el", "faults", 3);
    }

    @Test
    public void mips64CodeChangesAndAccessesNeedNotBeAligned() throws Exception {
        printsWhatIsExpected("mips64el", "code", 0);
    }

    @Test
    public void mips64ThreadsSignalsAndProcesses() throws Exception {
        printsWhatIsExpected("mips64el", "threads", 0);
    }

    @Test
    public void mips64HasTwiceAsManySignals() throws Exception {
        printsWhatIsExpected("mips64el", "signals", 0);
    }

    @Test
    public void loongArch64FaultsAreExact() throws Exception {
        printsWhatIsExpected("loongarch64", "faults", 3);
    }

    @Test
    public void loongArch64CodeChangesAndThreadsCount() throws Exception {
        printsWhatIsExpected("loongarch64", "code", 0);
    }

    @Test
    public void mips64RandomCodeEndsOnlyItself() throws LaunchException {
        randomCode("mips64el");
    }

    @Test
    public void loongArch64RandomCodeEndsOnlyItself() throws LaunchException {
        randomCode("loongarch64");
    }

    private void randomCode(String machine) throws LaunchException {
        Outcome outcome = guests.inDune(Command.line(program(machine, "random").toString()));
        assertEquals(outcome.errorText() + outcome.note(), "strange ends: 0\n", outcome.outputText());
    }

    /** Whatever is wrong in its headers, a program is refused or ends, and the runtime goes on. */
    @Test
    public void corruptFilesOfMips64() throws Exception {
        corruptFiles("mips64el");
    }

    @Test
    public void corruptFilesOfLoongArch64() throws Exception {
        corruptFiles("loongarch64");
    }

    private void corruptFiles(String machine) throws IOException, LaunchException {
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

    /** Those of 32-bit files too. */
    @Test
    public void otherAbisOfMipsAreRefusedByName() throws Exception {
        refuses(0x70001007, "o32");
        refuses(0x80000027, "n32");
    }

    private void refuses(int flags, String name) throws IOException {
        byte[] bytes = Files.readAllBytes(program("mips64el", "hello"));
        bytes[4] = 1; // ELFCLASS32, which has e_flags at 36
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(36, flags);
        Path file = Files.createTempFile("dune-abi", "");
        try {
            Files.write(file, bytes);
            file.toFile().setExecutable(true);
            LaunchException refused = assertThrows(LaunchException.class, () -> guests.inDune(Command.of(file.toString())));
            assertTrue(refused.getMessage(), refused.getMessage().contains("of the " + name + " ABI"));
        } finally {
            Files.delete(file);
        }
    }
}
