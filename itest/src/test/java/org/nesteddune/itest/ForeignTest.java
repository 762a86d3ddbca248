package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;

import java.nio.file.Path;
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
}
