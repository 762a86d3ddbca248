package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.LaunchException;

/** A bundle that the distribution does not have comes into a runtime that runs: by a folder, and from URLs. */
public class DeploymentTest extends DuneTest {

    private static final String BUNDLE = "org.nesteddune.riscv";
    private static final long PATIENCE_SECONDS = 120;

    /** Time in which the program "live" has computed its sum more than once. */
    private static final long ENOUGH_NANOS = 1_000_000_000L;

    private GuestRunner guests;
    private Path directory;

    @Before
    public void prepare() throws IOException {
        guests = new GuestRunner();
        directory = Files.createTempDirectory("dune-itest-deploy");
    }

    @After
    public void cleanUp() throws IOException {
        guests.close();
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    private static Command hello() {
        return Command.of(ForeignTest.program("riscv64", "hello").toString());
    }

    private void assertRefused() {
        LaunchException refused = assertThrows(LaunchException.class, () -> guests.inDune(hello()));
        assertTrue(refused.getMessage(), refused.getMessage().contains("a program for RISC-V (ELF machine 243); no installed bundle runs it"));
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.call()) {
            assertTrue(what + ", not " + Services.get(Dune.class).guests().stream().map(Guest::info).toList(), System.nanoTime() < end);
            Thread.sleep(20);
        }
    }

    private boolean runs() {
        try {
            return guests.inDune(hello()).status() == 41;
        } catch (LaunchException refused) {
            return false;
        }
    }

    /** The folder of hot deployment: what is put there is live, what is taken away holds its guests until it is back. */
    @Test
    public void aFileInTheFolderIsLive() throws Exception {
        Path go = Files.createFile(directory.resolve("go"));
        try (HotFolder folder = new HotFolder(directory)) {
            assertRefused();
            folder.put(BUNDLE);
            await("the program runs", this::runs);

            Command command = Command.of(ForeignTest.program("riscv64", "live").toString(), go.toString());
            CompletableFuture<Outcome> outcome = CompletableFuture.supplyAsync(() -> {
                try {
                    return guests.inDune(command);
                } catch (LaunchException refused) {
                    throw new AssertionError(refused);
                }
            });
            Dune dune = Services.get(Dune.class);
            await("the guest is there", () -> live(dune) != null);
            Guest guest = live(dune);
            await("it has done something", () -> guest.info().userNanos() > ENOUGH_NANOS);
            folder.take(BUNDLE);
            await("the guest is held", () -> "held: architecture riscv64 is away".equals(guest.info().blockedIn()));
            assertRefused();
            folder.put(BUNDLE);
            await("the guest goes on", () -> !guest.info().blockedIn().startsWith("held"));
            Files.delete(go);
            assertEquals("end\n", outcome.get(PATIENCE_SECONDS, TimeUnit.SECONDS).outputText());
            folder.take(BUNDLE);
            HotFolder.awaitGone(BUNDLE);
            assertRefused();
        }
    }

    private static Guest live(Dune dune) {
        return dune.guests().stream()
                .filter(each -> each.info().command().get(0).endsWith("/live"))
                .findFirst()
                .orElse(null);
    }

    record Said(String text, int status) {}

    /** What the distribution's own shell does with a line of commands, in a process of its own. */
    static Said shell(String... lines) throws Exception {
        Path dune = Path.of(System.getProperty("dune.itest.sources"), "../../../../dune").toRealPath();
        ProcessBuilder builder = new ProcessBuilder(dune.toString(), "shell", String.join("; ", lines)).redirectErrorStream(true);
        builder.environment().put("DUNE_NO_BUILD", "1");
        Process process = builder.start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS));
        return new Said(text, process.exitValue());
    }

    @Test
    @Needs(Needs.DISTRIBUTION)
    public void theShellDeploysFromUrls() throws Exception {
        byte[] jar = Files.readAllBytes(Bundles.jar(BUNDLE));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            boolean there = exchange.getRequestURI().getPath().equals("/riscv.jar");
            exchange.sendResponseHeaders(there ? 200 : 404, there ? jar.length : -1);
            exchange.getResponseBody().write(there ? jar : new byte[0]);
            exchange.close();
        });
        server.start();
        try {
            String url = "http://localhost:" + server.getAddress().getPort();
            String enter = "dune:enter " + ForeignTest.program("riscv64", "hello");
            Said said = shell("dune:deploy " + url + "/nothing.jar", enter);
            assertTrue(said.text(), said.text().contains("/nothing.jar: the server says 404 Not Found"));
            assertTrue(said.text(), said.text().contains("a program for RISC-V (ELF machine 243); no installed bundle runs it"));
            assertTrue(said.text(), said.text().contains("dune:enter: "));
            assertFalse(said.text(), said.text().contains("Exception"));
            said = shell("dune:deploy " + url + "/riscv.jar", enter, "dune:deploy " + Bundles.jar(BUNDLE), enter);
            assertTrue(said.text(), said.text().contains(" installed as bundle "));
            assertTrue(said.text(), said.text().contains("\n  architecture riscv64\n  family riscv\n"));
            assertTrue(said.text(), said.text().contains(" updated as bundle "));
            assertEquals(said.text(), 3, said.text().split("hello\n", -1).length);
        } finally {
            server.stop(0);
        }
    }
}
