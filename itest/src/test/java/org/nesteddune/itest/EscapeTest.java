package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Signal;

/** Guests leave dune in the middle of what they do, and go on natively. */
@Needs({"/dev/kvm", "gcc"})
public class EscapeTest extends DuneTest {

    private static final long PATIENCE_SECONDS = 60;

    /** A guest whose output is read. */
    private final class Escapee implements AutoCloseable {

        private final ByteArrayOutputStream output = new ByteArrayOutputStream();
        private final Guest guest;

        Escapee(String program, String... arguments) throws Exception {
            guest = Services.get(Dune.class).enter(GuestSpec.program(program)
                    .arguments(List.of(arguments))
                    .environment(List.of("PATH=/usr/bin:/bin"))
                    .input(InputStream.nullInputStream())
                    .output(output)
                    .error(output)
                    .build());
        }

        String await(String wanted) throws Exception {
            return AppliancesTest.eventually(wanted, this::text);
        }

        String text() {
            return output.toString(StandardCharsets.UTF_8);
        }

        ExitStatus end() throws Exception {
            return guest.exit().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }

        @Override
        public void close() throws Exception {
            guest.signal(Signal.SIGKILL);
            end();
        }
    }

    @Test
    public void aProgramFindsEverythingAsItWas() throws Exception {
        String program = CProgram.compile("escape").toString();
        try (Escapee escapee = new Escapee(program, "4")) {
            escapee.await("ready\n");
            Thread.sleep(50);
            int pid = escapee.guest.escape();
            assertTrue(Files.exists(Path.of("/proc/" + pid)));
            ExitStatus end = escapee.end();
            assertEquals("ready\ngood\n", escapee.text());
            assertEquals(ExitStatus.exited(7), end);
        }
    }
}
