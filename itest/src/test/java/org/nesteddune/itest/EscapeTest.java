package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Signal;
import org.osgi.framework.ServiceRegistration;

/** Guests leave dune in the middle of what they do, and go on natively. */
@Needs({"/dev/kvm", "gcc", "/usr/bin/python3"})
public class EscapeTest extends DuneTest {

    private static final long PATIENCE_SECONDS = 60;

    /** A guest whose output is read. */
    private static final class Escapee implements AutoCloseable {

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

        void assertEnds(String wanted, int status) throws Exception {
            ExitStatus end = end();
            assertEquals(end.toString(), wanted, text());
            assertEquals(ExitStatus.exited(status), end);
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
        run(program, "1");
        Leaks before = Leaks.now();
        run(program, "20");
        Leaks.now().assertNoMoreThan(before);
    }

    private static void run(String program, String argument) throws Exception {
        try (Escapee escapee = new Escapee(program, argument)) {
            escapee.await("ready\n");
            int pid = escapee.guest.escape();
            assertTrue(Files.exists(Path.of("/proc/" + pid)));
            assertEquals("escaped: process " + pid + " of the host", escapee.guest.info().blockedIn());
            assertFalse(escapee.guest.hold("nobody holds a process of the host"));
            assertEquals("escaped: process " + pid + " of the host", escapee.guest.info().blockedIn());
            escapee.assertEnds("ready\ngood\n", 7);
            assertFalse(Files.exists(Path.of("/proc/" + pid)));
        }
    }

    @Test
    public void whoIsHeldStays() throws Exception {
        try (Escapee escapee = new Escapee("/bin/sh", "-c", "echo ready; while :; do :; done")) {
            escapee.await("ready\n");
            assertTrue(escapee.guest.hold("a reason"));
            EscapeException refused = assertThrows(EscapeException.class, escapee.guest::escape);
            assertTrue(refused.getMessage(), refused.getMessage().endsWith(" cannot escape: it is held: a reason"));
            escapee.guest.release();
            assertTrue(escapee.guest.escape() > 0);
        }
    }

    /** Each step fails in turn, on one guest, which goes on each time; at last it escapes, and finds everything as it was. */
    @Test
    public void whatFailsHalfWayChangesNothing() throws Exception {
        String program = CProgram.compile("escape").toString();
        List<String> steps = new ArrayList<>();
        try (Escapee escapee = new Escapee(program, "3")) {
            escapee.await("ready\n");
            Leaks before = null;
            for (int failing = 0; ; failing++) {
                steps.clear();
                int last = failing;
                Consumer<String> watcher = step -> {
                    steps.add(step);
                    if (steps.size() > last) {
                        throw new IllegalStateException("the test wants it");
                    }
                };
                ServiceRegistration<?> watching = Services.context().registerService(
                        Consumer.class, watcher, new Hashtable<>(Map.of("dune.escape.steps", "test")));
                try {
                    escapee.guest.escape();
                    break;
                } catch (EscapeException wanted) {
                    assertTrue(wanted.getMessage(), wanted.getMessage().contains("the test wants it"));
                    assertEquals(1, escapee.guest.info().parentPid());
                    assertFalse(escapee.guest.info().blockedIn().startsWith("escaped"));
                    Leaks now = Leaks.now();
                    if (before != null) {
                        now.assertNoMoreThan(before);
                    }
                    before = now;
                } finally {
                    watching.unregister();
                }
            }
            assertTrue(steps.toString(), steps.size() > 10);
            escapee.assertEnds("ready\ngood\n", 7);
        }
    }

    @Test
    public void threadsGoOn() throws Exception {
        String program = CProgram.compile("escapethreads", "-pthread").toString();
        for (int round = 0; round < 3; round++) {
            try (Escapee escapee = new Escapee(program)) {
                escapee.await("ready\n");
                Thread.sleep(100 * round);
                escapee.guest.escape();
                escapee.assertEnds("ready\ngood\n", 0);
            }
        }
    }

    @Test
    public void itIsScheduledAsItWas() throws Exception {
        try (Escapee escapee = new Escapee(CProgram.compile("scheduled", "-pthread").toString(), "io")) {
            escapee.await("station 1\n");
            escapee.guest.escape();
            escapee.assertEnds("ready\nstation 1\nstation 2\ngood\n", 0);
        }
    }

    @Test
    public void aCallThatWaitsIsGoneOnWith() throws Exception {
        try (Escapee escapee = new Escapee("/bin/sleep", "1.5")) {
            long start = System.nanoTime();
            AppliancesTest.eventually("nanosleep", () -> escapee.guest.info().blockedIn());
            escapee.guest.escape();
            escapee.assertEnds("", 0);
            assertTrue(System.nanoTime() - start >= TimeUnit.MILLISECONDS.toNanos(1300));
        }
    }

    /** The reader of a pipe escapes, the writer and the parent of both stay. */
    @Test
    public void pipesStayConnectedAndParentsWait() throws Exception {
        try (Escapee escapee = new Escapee("/bin/sh", "-c", "{ sleep 1; echo one; sleep 0.2; echo two; } | cat; echo $?; exit 5")) {
            Dune dune = Services.get(Dune.class);
            AppliancesTest.eventually("cat", () -> commands(dune));
            Guest cat = dune.guests().stream().filter(each -> each.info().command().equals(List.of("cat"))).findFirst().orElseThrow();
            AppliancesTest.eventually("read", () -> cat.info().blockedIn());
            cat.escape();
            escapee.assertEnds("one\ntwo\n0\n", 5);
        }
    }

    private static String commands(Dune dune) {
        StringBuilder all = new StringBuilder();
        dune.guests().forEach(each -> all.append(each.info().command().get(0)).append('\n'));
        return all.toString();
    }

    /** By the call that only dune has. */
    @Test
    public void aProgramAsksToLeave() throws Exception {
        String program = CProgram.compile("escapeitself", "-I" + Path.of(System.getProperty("dune.itest.sources"))
                .resolve("../../../../docs/inside").normalize()).toString();
        try (Escapee escapee = new Escapee(program)) {
            escapee.assertEnds("inside 1\nleft 0, inside 0\n", 0);
        }
        try (Escapee escapee = new Escapee(program, "child")) {
            escapee.assertEnds("inside 1\nleft -1 (Device or resource busy), inside 1\n", 0);
        }
    }

    @Test
    public void signalsArePassedOn() throws Exception {
        try (Escapee escapee = new Escapee("/bin/sleep", "100")) {
            AppliancesTest.eventually("nanosleep", () -> escapee.guest.info().blockedIn());
            escapee.guest.escape();
            escapee.guest.signal(Signal.SIGSTOP);
            AppliancesTest.eventually("T", () -> "" + escapee.guest.info().state());
            escapee.guest.signal(Signal.SIGCONT);
            AppliancesTest.eventually("S", () -> "" + escapee.guest.info().state());
            escapee.guest.signal(Signal.SIGTERM);
            assertEquals(Signal.SIGTERM, escapee.end().signal());
        }
        try (Escapee escapee = new Escapee("/bin/sleep", "100")) {
            int pid = escapee.guest.escape();
            escapee.guest.signal(Signal.SIGKILL);
            assertEquals(Signal.SIGKILL, escapee.end().signal());
            assertFalse(Files.exists(Path.of("/proc/" + pid)));
        }
    }

    @Test
    public void pythonGoesOnInTheMiddleOfAScript() throws Exception {
        String script = """
                import hashlib, os, re, tempfile, time
                f = tempfile.TemporaryFile('w+')
                for i in range(2000): f.write('line %d\\n' % i)
                f.seek(0)
                lines = iter(f.readline, '')
                first = [next(lines) for i in range(700)]
                print('ready', flush=True)
                h, n, after = hashlib.sha256(), 0, 0
                while after < 50:
                    h.update(str(n).encode()); n += 1
                    {k: [k] * 10 for k in range(300)}
                    after += os.getppid() != 1
                rest = list(lines)
                assert first + rest == ['line %d\\n' % i for i in range(2000)]
                g = hashlib.sha256()
                for i in range(n): g.update(str(i).encode())
                assert g.digest() == h.digest()
                assert os.popen('echo child').read() == 'child\\n'
                time.sleep(0.01)
                print('good', re.sub('a+', 'b', 'caat'), flush=True)
                """;
        try (Escapee escapee = new Escapee("/usr/bin/python3", "-c", script.replace("\\\\", "\\"))) {
            escapee.await("ready\n");
            escapee.guest.escape();
            escapee.assertEnds("ready\ngood cbt\n", 0);
        }
    }

    /** A server on epoll with open connections, whose clients are told the same all the time. */
    @Test
    public void clientsOfAServerNoticeNothing() throws Exception {
        String script = """
                import asyncio, os, signal
                async def serve(reader, writer):
                    n = 0
                    while line := await reader.readline():
                        n += 1
                        writer.write(b'%d %d %s' % (n, os.getppid() != 1, line))
                        await writer.drain()
                    writer.close()
                async def main():
                    server = await asyncio.start_server(serve, '127.0.0.1', 0)
                    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.close)
                    print('port', server.sockets[0].getsockname()[1], 'ready', flush=True)
                    try:
                        await server.serve_forever()
                    except asyncio.CancelledError:
                        print('closed', flush=True)
                asyncio.run(main())
                """;
        try (Escapee escapee = new Escapee("/usr/bin/python3", "-c", script)) {
            int port = Integer.parseInt(escapee.await("ready\n").split(" ")[1]);
            List<Socket> clients = new ArrayList<>();
            try {
                for (int i = 0; i < 5; i++) {
                    clients.add(new Socket("127.0.0.1", port));
                    assertEquals("1 0 hello " + i, ask(clients.get(i), "hello " + i));
                }
                escapee.guest.escape();
                for (int i = 0; i < 5; i++) {
                    assertEquals("2 1 again " + i, ask(clients.get(i), "again " + i));
                }
                clients.add(new Socket("127.0.0.1", port));
                assertEquals("1 1 new", ask(clients.get(5), "new"));
            } finally {
                for (Socket client : clients) {
                    client.close();
                }
            }
            escapee.guest.signal(Signal.SIGTERM);
            escapee.await("closed\n");
            assertEquals(ExitStatus.exited(0), escapee.end());
        }
    }

    static String ask(Socket server, String question) throws Exception {
        server.setSoTimeout((int) TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        server.getOutputStream().write((question + "\n").getBytes(StandardCharsets.US_ASCII));
        StringBuilder answer = new StringBuilder();
        for (int c = server.getInputStream().read(); c != '\n' && c >= 0; c = server.getInputStream().read()) {
            answer.append((char) c);
        }
        return answer.toString();
    }

    @Test
    public void whatCannotBeTakenAlongIsSaid() throws Exception {
        refused("it has children in dune", "/bin/sh", "-c", "sleep 30 & echo ready; wait");
        refused("of dune's own making", "/bin/sh", "-c", "exec 5</proc/self/status; echo ready; exec sleep 30");
        refused("it shares anonymous memory with guest ", "/usr/bin/python3", "-c", withGrandchild("mmap.mmap(-1, 4096)"));
        refused("is shared with guest ", "/usr/bin/python3", "-c", withGrandchild("select.epoll()"));
    }

    /** A program that has an object in common with a process that is no child of it, and lives as long. */
    private static String withGrandchild(String object) {
        return "import mmap, os, select\n"
                + "r, w = os.pipe()\n"
                + "o = " + object + "\n"
                + "p = os.fork()\n"
                + "if p == 0:\n"
                + "    os.close(w)\n"
                + "    os.fork() or os.read(r, 1)\n"
                + "    os._exit(0)\n"
                + "os.waitpid(p, 0)\n"
                + "print('ready', flush=True)\n"
                + "os.read(r, 1)\n";
    }

    private static void refused(String reason, String program, String... arguments) throws Exception {
        try (Escapee escapee = new Escapee(program, arguments)) {
            escapee.await("ready\n");
            EscapeException refusal = assertThrows(EscapeException.class, escapee.guest::escape);
            assertTrue(refusal.getMessage(), refusal.getMessage().contains(reason));
            assertFalse(escapee.guest.exit().toCompletableFuture().isDone());
        }
    }

    @Test
    public void aForeignProgramStays() throws Exception {
        Path go = Files.createTempFile("dune-itest-escape", ".go");
        try (Escapee escapee = new Escapee(ForeignTest.program("mips64el", "live").toString(), go.toString())) {
            EscapeException refusal = assertThrows(EscapeException.class, escapee.guest::escape);
            assertTrue(refusal.getMessage(), refusal.getMessage().contains("which this host does not run natively"));
        } finally {
            Files.deleteIfExists(go);
        }
    }
}
