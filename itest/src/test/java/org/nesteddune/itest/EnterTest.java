package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.Assume;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.host.Linux;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Signal;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.Configuration;

/** Native processes enter dune in the middle of what they do, and leave it again. */
@Needs({"/dev/kvm", "gcc", "/usr/bin/python3"})
public class EnterTest extends DuneTest {

    @Test
    public void aProgramFindsEverythingAsItWas() throws Exception {
        String program = CProgram.compile("escape").toString();
        enter(program, "1");
        Leaks before = leaks();
        enter(program, "20");
        leaks().assertNoMoreThan(before);
    }

    private static void enter(String program, String megabytes) throws Exception {
        try (NativeProgram entering = NativeProgram.start(program, megabytes, "i")) {
            entering.await("ready\n");
            Guest guest = entering.enter();
            assertEquals(entering.pid(), guest.pid());
            entering.assertEnds("ready\ngood\n", 7);
            assertEquals(ExitStatus.exited(7), end(guest));
        }
    }

    /** Who has left dune is freed while the process goes on already. */
    private static Leaks leaks() throws Exception {
        for (int i = 0; i < 500 && !Services.get(Dune.class).guests().isEmpty(); i++) {
            Thread.sleep(10);
        }
        return Leaks.now();
    }

    private static ExitStatus end(Guest guest) throws Exception {
        return guest.exit().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    @Test
    public void itGoesOnInTheSameProcess() throws Exception {
        String program = CProgram.compile("escape").toString();
        try (NativeProgram entering = NativeProgram.start(program, "3", "io")) {
            entering.await("ready\n");
            Guest guest = entering.enter();
            Thread.sleep(200);
            assertEquals(entering.pid(), guest.escape());
            entering.assertEnds("ready\ngood\n", 7);
        }
    }

    @Test
    public void threadsGoOn() throws Exception {
        String program = CProgram.compile("escapethreads", "-pthread").toString();
        for (String way : new String[] {"i", "io", "ioi"}) {
            try (NativeProgram entering = NativeProgram.start(program, way)) {
                entering.await("ready\n");
                for (char next : way.toCharArray()) {
                    Thread.sleep(100);
                    if (next == 'i') {
                        entering.enter();
                    } else {
                        guest(entering).escape();
                    }
                }
                entering.assertEnds("ready\ngood\n", 0);
            }
        }
    }

    @Test
    public void itIsScheduledAsItWas() throws Exception {
        String program = CProgram.compile("scheduled", "-pthread").toString();
        try (NativeProgram scheduled = NativeProgram.start(program, "oioi")) {
            scheduled.await("station 1\n");
            Guest guest = scheduled.enter();
            scheduled.await("station 2\n");
            guest.escape();
            scheduled.await("station 3\n");
            scheduled.enter();
            scheduled.assertEnds("ready\nstation 1\nstation 2\nstation 3\nstation 4\ngood\n", 0);
        }
    }

    private static Guest guest(NativeProgram program) {
        return Services.get(Dune.class).guest(program.pid()).orElseThrow();
    }

    /** Each step fails in turn, on one process, which goes on each time; at last it enters, and finds everything as it was. */
    @Test
    public void whatFailsHalfWayChangesNothing() throws Exception {
        String program = CProgram.compile("escape").toString();
        List<String> steps = new ArrayList<>();
        try (NativeProgram entering = NativeProgram.start(program, "3", "i")) {
            entering.await("ready\n");
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
                    entering.enter();
                    break;
                } catch (EscapeException wanted) {
                    assertTrue(wanted.getMessage(), wanted.getMessage().contains("the test wants it"));
                    assertTrue(Files.readString(Path.of("/proc/" + entering.pid() + "/status")).contains("TracerPid:\t0"));
                    Leaks now = leaks();
                    if (before != null) {
                        now.assertNoMoreThan(before);
                    }
                    before = now;
                } finally {
                    watching.unregister();
                }
            }
            assertTrue(steps.toString(), steps.size() > 8);
            entering.assertEnds("ready\ngood\n", 7);
        }
    }

    @Test
    public void aCallThatWaitsIsGoneOnWith() throws Exception {
        try (NativeProgram sleeping = NativeProgram.start("/bin/sleep", "1.5")) {
            long start = System.nanoTime();
            Thread.sleep(300);
            sleeping.enter();
            sleeping.assertEnds("", 0);
            long passed = System.nanoTime() - start;
            assertTrue("" + passed, passed >= TimeUnit.MILLISECONDS.toNanos(1200) && passed < TimeUnit.MILLISECONDS.toNanos(6000));
        }
        String program = CProgram.compile("waits").toString();
        for (String call : new String[] {"usleep", "poll", "forever", "select", "futex", "epoll"}) {
            try (NativeProgram waiting = NativeProgram.start(program, call)) {
                waiting.await("ready\n");
                Thread.sleep(300);
                Guest guest = waiting.enter();
                if (call.equals("poll") || call.equals("usleep")) {
                    Thread.sleep(100);
                    guest.escape();
                    Thread.sleep(100);
                    waiting.enter();
                }
                if (call.equals("forever")) {
                    Thread.sleep(1200);
                    waiting.input().write('x');
                    waiting.input().flush();
                }
                waiting.assertEnds("ready\ngood\n", 0);
            }
        }
        try (NativeProgram reading = NativeProgram.start("/bin/cat")) {
            reading.input().write("one\n".getBytes(StandardCharsets.US_ASCII));
            reading.input().flush();
            reading.await("one\n");
            Guest guest = reading.enter();
            AppliancesTest.eventually("read", () -> guest.info().blockedIn());
            reading.input().write("two\n".getBytes(StandardCharsets.US_ASCII));
            reading.input().close();
            reading.assertEnds("one\ntwo\n", 0);
        }
    }

    @Test
    public void signalsReachTheGuestAndTheParentLearnsOfItsEnd() throws Exception {
        try (NativeProgram sleeping = NativeProgram.start("/bin/sleep", "100")) {
            Guest guest = sleeping.enter();
            sleeping.signal("TERM");
            sleeping.assertEnds("Terminated\n", 128 + Signal.SIGTERM);
            assertEquals(Signal.SIGTERM, end(guest).signal());
        }
        try (NativeProgram sleeping = NativeProgram.start("/bin/sleep", "100")) {
            Guest guest = sleeping.enter();
            sleeping.signal("KILL");
            assertEquals(Signal.SIGKILL, end(guest).signal());
            sleeping.assertEnds("Killed\n", 128 + Signal.SIGKILL);
        }
        try (NativeProgram sleeping = NativeProgram.start("/bin/sleep", "100")) {
            Guest guest = sleeping.enter();
            guest.signal(Signal.SIGSEGV);
            sleeping.assertEnds("Segmentation fault\n", 128 + Signal.SIGSEGV);
        }
        String script = "import signal, sys, time\n"
                + "signal.signal(signal.SIGUSR1, lambda *ignored: sys.exit(5))\n"
                + "print('ready', flush=True)\n"
                + "time.sleep(100)\n";
        try (NativeProgram python = NativeProgram.start("/usr/bin/python3", "-c", script)) {
            python.await("ready\n");
            Guest guest = python.enter();
            python.signal("USR1");
            assertEquals(ExitStatus.exited(5), end(guest));
            python.assertEnds("ready\n", 5);
        }
    }

    @Test
    public void handlersOfFaultsGoOn() throws Exception {
        try (NativeProgram faulting = NativeProgram.start(CProgram.compile("faults").toString())) {
            faulting.await("ready\n");
            Guest guest = faulting.enter();
            Thread.sleep(200);
            EscapeException traced = assertThrows(EscapeException.class, faulting::enter);
            assertTrue(traced.getMessage(), traced.getMessage().contains(" traces it"));
            guest.escape();
            faulting.assertEnds("ready\ngood\n", 0);
        }
    }

    /** A runtime of root takes in processes of others, who stay what they are. */
    @Test
    public void itStaysItsUsers() throws Exception {
        Assume.assumeTrue("needs root", (int) Linux.geteuid() == 0);
        String script = """
                import ctypes, os, sys, tempfile
                inside = lambda: ctypes.CDLL(None).syscall(0x64756e65, 0) == 1
                print('ready', flush=True)
                for wanted in (True, False):
                    while inside() != wanted: pass
                    with tempfile.NamedTemporaryFile() as f:
                        print(os.getuid(), os.geteuid(), os.getgroups(), os.fstat(f.fileno()).st_uid, flush=True)
                    try: open('/etc/shadow')
                    except PermissionError: print('refused', flush=True)
                """;
        try (NativeProgram others = NativeProgram.start(
                "/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--groups", "100", "/usr/bin/python3", "-c", script)) {
            others.await("ready\n");
            Guest guest = others.enter();
            others.await("refused\n");
            guest.escape();
            String each = "65534 65534 [100] 65534\nrefused\n";
            others.assertEnds("ready\n" + each + each, 0);
        }
    }

    /** Children stay native, and their parent waits for them as before; new ones are guests. */
    @Test
    public void aShellWaitsForItsChildren() throws Exception {
        String script = """
                (sleep 0.7; exit 3) & first=$!
                (sleep 1.2; exit 4) & second=$!
                echo ready
                wait $first; echo first $?
                wait $second; echo second $?
                (exit 5); echo guest $?
                echo $(echo substituted | cat)
                wait
                """;
        for (String shell : new String[] {"/bin/bash", "/bin/sh"}) {
            try (NativeProgram parent = NativeProgram.start(shell, "-c", script)) {
                parent.await("ready\n");
                Thread.sleep(100);
                Guest guest = parent.enter();
                parent.await("guest");
                assertFalse(guest.exit().toCompletableFuture().isDone() && !parent.text().contains("substituted"));
                parent.assertEnds("ready\nfirst 3\nsecond 4\nguest 5\nsubstituted\n", 0);
            }
        }
    }

    /** The native parent sees that its child stops and goes on. */
    @Test
    public void itStopsAndGoesOnNativelyToo() throws Exception {
        try (NativeProgram sleeping = NativeProgram.start("/bin/sleep", "100")) {
            Guest guest = sleeping.enter();
            for (int i = 0; i < 3; i++) {
                sleeping.signal("TSTP");
                AppliancesTest.eventually("T", () -> "" + guest.info().state());
                AppliancesTest.eventually("T\n", () -> state(sleeping));
                sleeping.signal("CONT");
                AppliancesTest.eventually("S", () -> "" + guest.info().state());
                AppliancesTest.eventually("S\n", () -> state(sleeping));
                guest.signal(Signal.SIGSTOP);
                AppliancesTest.eventually("T\n", () -> state(sleeping));
                guest.signal(Signal.SIGCONT);
                AppliancesTest.eventually("S\n", () -> state(sleeping));
            }
            guest.signal(Signal.SIGSTOP);
            AppliancesTest.eventually("T\n", () -> state(sleeping));
            guest.signal(Signal.SIGKILL);
            sleeping.assertEnds("Killed\n", 128 + Signal.SIGKILL);
        }
    }

    /** Whoever is told to stop and then to go on, goes on; whether or not the first has been done before the second comes. */
    @Test
    public void itGoesOnHoweverSoonItIsTold() throws Exception {
        try (NativeProgram sleeping = NativeProgram.start("/bin/sleep", "100")) {
            Guest guest = sleeping.enter();
            String both = "kill -TSTP " + sleeping.pid() + "; %s kill -CONT " + sleeping.pid();
            for (int i = 0; i < 40; i++) {
                String between = i % 4 == 0 ? "" : "n=0; while [ $n -lt " + i * 50 + " ]; do n=$((n+1)); done;";
                assertEquals(0, new ProcessBuilder("/bin/sh", "-c", both.formatted(between)).start().waitFor());
                AppliancesTest.eventually("S", () -> "" + guest.info().state());
                AppliancesTest.eventually("S\n", () -> state(sleeping));
            }
            sleeping.signal("TERM");
            sleeping.assertEnds("Terminated\n", 128 + Signal.SIGTERM);
        }
    }

    /** T when it is stopped, also for whoever traces it; else S. */
    private static String state(NativeProgram program) {
        String status;
        try {
            status = Files.readString(Path.of("/proc/" + program.pid() + "/status"));
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
        return status.contains("State:\tT") || status.contains("State:\tt") ? "T\n" : "S\n";
    }

    @Test
    public void pythonGoesOnInTheMiddleOfAScript() throws Exception {
        String script = """
                import ctypes, hashlib, os, re, tempfile, time
                inside = lambda: ctypes.CDLL(None).syscall(0x64756e65, 0) == 1
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
                    after += inside()
                rest = list(lines)
                assert first + rest == ['line %d\\n' % i for i in range(2000)]
                g = hashlib.sha256()
                for i in range(n): g.update(str(i).encode())
                assert g.digest() == h.digest()
                assert os.popen('echo child').read() == 'child\\n'
                assert os.path.exists('/proc/self/exe') and abs(time.time() - os.stat('/proc/self').st_ctime) < 1e9
                time.sleep(0.01)
                print('good', re.sub('a+', 'b', 'caat'), flush=True)
                """;
        try (NativeProgram python = NativeProgram.start("/usr/bin/python3", "-c", script)) {
            python.await("ready\n");
            python.enter();
            python.assertEnds("ready\ngood cbt\n", 0);
        }
    }

    /** A server on epoll with open connections, whose clients are told the same all the time. */
    @Test
    public void clientsOfAServerNoticeNothing() throws Exception {
        String script = """
                import asyncio, ctypes, signal
                call = ctypes.CDLL(None).syscall
                async def serve(reader, writer):
                    n = 0
                    while line := await reader.readline():
                        n += 1
                        writer.write(b'%d %d %s' % (n, call(0x64756e65, 0) == 1, line))
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
        try (NativeProgram server = NativeProgram.start("/usr/bin/python3", "-c", script)) {
            String port = server.await("ready\n").replaceAll("(?s).*port (\\d+) .*", "$1");
            List<Socket> clients = new ArrayList<>();
            try {
                for (int i = 0; i < 5; i++) {
                    clients.add(new Socket("127.0.0.1", Integer.parseInt(port)));
                    assertEquals("1 0 hello", EscapeTest.ask(clients.get(i), "hello"));
                }
                Guest guest = server.enter();
                for (int i = 0; i < 5; i++) {
                    assertEquals("2 1 again " + i, EscapeTest.ask(clients.get(i), "again " + i));
                }
                clients.add(new Socket("127.0.0.1", Integer.parseInt(port)));
                assertEquals("1 1 new", EscapeTest.ask(clients.get(5), "new"));
                guest.escape();
                for (int i = 0; i < 5; i++) {
                    assertEquals("3 0 out " + i, EscapeTest.ask(clients.get(i), "out " + i));
                }
                server.enter();
                assertEquals("2 1 in", EscapeTest.ask(clients.get(5), "in"));
            } finally {
                for (Socket client : clients) {
                    client.close();
                }
            }
            server.signal("TERM");
            server.await("closed\n");
            server.assertEnds("port " + port + " ready\nclosed\n", 0);
        }
    }

    /** As often as one likes. */
    @Test
    public void roundTripsLeaveNothingBehind() throws Exception {
        String program = CProgram.compile("escape").toString();
        int trips = Integer.getInteger("dune.trips", 20);
        try (NativeProgram travelling = NativeProgram.start(program, "2", "io".repeat(trips))) {
            travelling.await("ready\n");
            Leaks before = null;
            long mappings = 0;
            for (int i = 0; i < trips; i++) {
                Guest guest = travelling.enter();
                Thread.sleep(30);
                guest.escape();
                Thread.sleep(30);
                if (i == 3) {
                    before = leaks();
                    mappings = mappings(travelling);
                }
            }
            leaks().assertNoMoreThan(before);
            assertTrue(mappings(travelling) <= mappings);
            travelling.assertEnds("ready\ngood\n", 7);
        }
    }

    /** By the socket of the runtime, and by the call that only dune has; a thousand times with -Ddune.trips=1000. */
    @Test
    public void aProgramTravelsByItself() throws Exception {
        int trips = Integer.getInteger("dune.trips", 20);
        try (Entrance entrance = new Entrance()) {
            String program = CProgram.compile("travel", "-I" + INSIDE).toString();
            travel(entrance, program, 3);
            Leaks before = leaks();
            travel(entrance, program, trips);
            leaks().assertNoMoreThan(before);
        }
    }

    /** It is a guest with a parent in dune, which waits for it wherever it is. */
    @Test
    public void aGuestTravelsByItself() throws Exception {
        try (Entrance entrance = new Entrance()) {
            String program = CProgram.compile("travel", "-I" + INSIDE).toString();
            Leaks before = null;
            for (int trips = 2; trips < 10; trips += 3) {
                ByteArrayOutputStream output = new ByteArrayOutputStream();
                Guest guest = Services.get(Dune.class).enter(GuestSpec.program("/bin/sh")
                        .arguments(List.of("-c", "\"$@\"; echo status $?", "sh", program, "" + trips, "guest"))
                        .environment(List.of("DUNE_SOCKET=" + entrance.environment().get("DUNE_SOCKET")))
                        .input(InputStream.nullInputStream())
                        .output(output)
                        .error(OutputStream.nullOutputStream())
                        .build());
                assertEquals(ExitStatus.exited(0), end(guest));
                assertEquals("good\nstatus 0\n", output.toString());
                if (before != null) {
                    leaks().assertNoMoreThan(before);
                }
                before = leaks();
            }
        }
    }

    /** Each step of the way back fails in turn. */
    @Test
    public void whatFailsOnTheWayBackChangesNothing() throws Exception {
        String program = CProgram.compile("escapethreads", "-pthread").toString();
        try (NativeProgram travelling = NativeProgram.start(program, "io")) {
            travelling.await("ready\n");
            Guest guest = travelling.enter();
            int failing = 0;
            for (; ; failing++) {
                AtomicInteger left = new AtomicInteger(failing);
                Consumer<String> watcher = step -> {
                    if (left.getAndDecrement() == 0) {
                        throw new IllegalStateException("the test wants it");
                    }
                };
                ServiceRegistration<?> watching = Services.context().registerService(
                        Consumer.class, watcher, new Hashtable<>(Map.of("dune.escape.steps", "test")));
                try {
                    guest.escape();
                    break;
                } catch (EscapeException wanted) {
                    assertTrue(wanted.getMessage(), wanted.getMessage().contains("the test wants it"));
                } finally {
                    watching.unregister();
                }
            }
            assertTrue("" + failing, failing > 15);
            travelling.assertEnds("ready\ngood\n", 0);
        }
    }

    private static void travel(Entrance entrance, String program, int trips) throws Exception {
        try (NativeProgram travelling = NativeProgram.start(entrance.environment(), program, Integer.toString(trips))) {
            travelling.awaitEnd(60 + trips);
            String text = travelling.text();
            assertTrue(text, text.contains("\ngood\nstatus 0\n"));
        }
    }

    @Test
    public void pythonTravelsByItself() throws Exception {
        String script = "import sys\nsys.path.insert(0, sys.argv[1])\nimport dune\n"
                + "for i in range(5):\n"
                + "    assert not dune.inside()\n"
                + "    dune.enter()\n"
                + "    assert dune.inside()\n"
                + "    dune.escape()\n"
                + "print('good')\n";
        try (Entrance entrance = new Entrance();
                NativeProgram python = NativeProgram.start(
                        entrance.environment(), "/usr/bin/python3", "-B", "-c", script, INSIDE.toString())) {
            python.assertEnds("good\n", 0);
        }
        String alone = "import sys\nsys.path.insert(0, sys.argv[1])\nimport dune\n"
                + "try: dune.enter()\nexcept KeyError as absent: print(absent)\n";
        try (NativeProgram python = NativeProgram.start("/usr/bin/python3", "-B", "-c", alone, INSIDE.toString())) {
            python.assertEnds("'DUNE_SOCKET'\n", 0);
        }
    }

    private static final Path INSIDE = Path.of(System.getProperty("dune.itest.sources"))
            .resolve("../../../../docs/inside").normalize();

    /** A runtime's socket, by configuration. */
    private static final class Entrance implements AutoCloseable {

        private final Path socket = Files.createTempDirectory("dune-itest-entrance").resolve("dune.sock");
        private final Configuration configuration =
                AppliancesTest.admin().getConfiguration("org.nesteddune.entrance", "?");

        Entrance() throws Exception {
            configuration.update(new Hashtable<>(Map.of("socket", socket.toString())));
            AppliancesTest.eventually("true", () -> "" + Files.exists(socket));
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
        }

        Map<String, String> environment() {
            return Map.of("DUNE_SOCKET", socket.toString());
        }

        @Override
        public void close() throws Exception {
            configuration.delete();
            AppliancesTest.eventually("false", () -> "" + Files.exists(socket));
            Files.delete(socket.getParent());
        }
    }

    private static long mappings(NativeProgram program) throws Exception {
        return Files.readAllLines(Path.of("/proc/" + program.pid() + "/maps")).size();
    }

    @Test
    public void whatCannotBeTakenIsSaid() throws Exception {
        refused("is about the host's processes", "/bin/sh", "-c", "exec 5</proc/self/status; echo ready; exec sleep 30");
        refused("(anon_inode:[pidfd]) is of a kind that no guest can have", "/usr/bin/python3", "-c",
                "import os, time\nos.pidfd_open(1)\nprint('ready', flush=True)\ntime.sleep(30)");
        refused("it has restricted its system calls", "/usr/bin/python3", "-c",
                "import ctypes, time\nc = ctypes.CDLL(None)\nprint('ready', flush=True)\n"
                        + "c.prctl(38, 1, 0, 0, 0)\nc.prctl(22, 1)\nwhile True: pass");
        if ((int) Linux.geteuid() == 0) {
            refused("has a real-time policy", "/usr/bin/python3", "-c", "import os, time\n"
                    + "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))\nprint('ready', flush=True)\ntime.sleep(30)");
        }
        EscapeException nobody = assertThrows(
                EscapeException.class, () -> Services.get(Dune.class).enter(1 << 22));
        assertTrue(nobody.getMessage(), nobody.getMessage().contains("there is no such process"));
    }

    private static void refused(String reason, String... command) throws Exception {
        try (NativeProgram staying = NativeProgram.start(command)) {
            staying.await("ready\n");
            Thread.sleep(100);
            EscapeException refusal = assertThrows(EscapeException.class, staying::enter);
            assertTrue(refusal.getMessage(), refusal.getMessage().contains(reason));
            assertFalse(Files.readString(Path.of("/proc/" + staying.pid() + "/status")).contains("State:\tZ"));
        }
    }
}
