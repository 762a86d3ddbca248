package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.Assume;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.host.Linux;
import org.nesteddune.kernel.ExitStatus;

/** Native processes enter dune in the middle of what they do, and leave it again. */
@Needs({"/dev/kvm", "gcc", "/usr/bin/python3"})
public class EnterTest extends DuneTest {

    @Test
    public void aProgramFindsEverythingAsItWas() throws Exception {
        String program = CProgram.compile("escape").toString();
        enter(program, "1");
        Leaks before = Journeys.leaks();
        enter(program, "20");
        Journeys.leaks().assertNoMoreThan(before);
    }

    private static void enter(String program, String megabytes) throws Exception {
        try (NativeProgram entering = NativeProgram.start(program, megabytes, "i")) {
            entering.await("ready\n");
            Guest guest = entering.enter();
            assertEquals(entering.pid(), guest.pid());
            entering.assertEnds("ready\ngood\n", 7);
            assertEquals(ExitStatus.exited(7), Journeys.end(guest));
        }
    }

    @Test
    public void itGoesOnInTheSameProcess() throws Exception {
        String program = CProgram.compile("escape").toString();
        try (NativeProgram entering = NativeProgram.start(program, "3", "io", "tell")) {
            entering.await("ready\n");
            Guest guest = entering.enter();
            entering.await("station 1\n");
            assertEquals(entering.pid(), guest.escape());
            entering.assertEnds("ready\nstation 1\nstation 2\ngood\n", 7);
        }
    }

    @Test
    public void threadsGoOn() throws Exception {
        String program = CProgram.compile("escapethreads", "-pthread").toString();
        for (String way : new String[] {"i", "io", "ioi"}) {
            try (NativeProgram entering = NativeProgram.start(program, way, "tell")) {
                entering.await("ready\n");
                StringBuilder told = new StringBuilder("ready\n");
                for (int i = 0; i < way.length(); i++) {
                    if (way.charAt(i) == 'i') {
                        entering.enter();
                    } else {
                        guest(entering).escape();
                    }
                    String station = "station " + (i + 1) + "\n";
                    entering.await(station);
                    told.append(station);
                }
                entering.assertEnds(told + "good\n", 0);
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
        try (NativeProgram entering = NativeProgram.start(program, "3", "i")) {
            entering.await("ready\n");
            Journeys.Action leaks = Journeys.noMoreLeaks(Journeys::leaks);
            List<String> steps = Journeys.failAtEachStep(entering::enter, () -> {
                assertTrue(Files.readString(Path.of("/proc/" + entering.pid() + "/status")).contains("TracerPid:\t0"));
                leaks.run();
            });
            assertTrue(steps.toString(), steps.contains("empty") && steps.size() > 12);
            entering.assertEnds("ready\ngood\n", 7);
        }
    }

    /** The same with threads, each of which is the only one that may give back what it was sent. */
    @Test
    public void whatFailsHalfWayChangesNoThread() throws Exception {
        String program = CProgram.compile("escapethreads", "-pthread").toString();
        try (NativeProgram entering = NativeProgram.start(program, "i")) {
            entering.await("ready\n");
            Journeys.failAtEachStep(entering::enter, () -> { });
            entering.assertEnds("ready\ngood\n", 0);
        }
    }

    @Test
    public void aCallThatWaitsIsGoneOnWith() throws Exception {
        String program = CProgram.compile("waits").toString();
        for (String call : new String[] {"select", "futex", "epoll"}) {
            try (NativeProgram waiting = NativeProgram.start(program, call)) {
                waiting.await("ready\n");
                waiting.enter();
                waited(waiting);
            }
        }
        try (NativeProgram waiting = NativeProgram.start(program, "forever")) {
            waiting.await("ready\n");
            Guest guest = waiting.enter();
            AppliancesTest.eventually("poll", () -> guest.info().blockedIn());
            waiting.input().write('x');
            waiting.input().flush();
            waited(waiting);
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

    /**
     * A time that has begun natively ends when it would have ended natively, not as long after the entry. Whatever makes that later than
     * it is on a busy machine can be no proof, so it is tried again; what begins anew is never in time.
     */
    @Test
    public void aTimeThatHasBegunEndsWhenItWouldHave() throws Exception {
        String program = CProgram.compile("waits").toString();
        for (String call : new String[] {"usleep", "poll", "pipe", "relative", "futex"}) {
            for (String way : new String[] {"i", "io", "ioi", "si"}) {
                boolean inTime = false;
                for (int i = 0; !inTime; i++) {
                    inTime = endsInTime(program, call, way);
                    assertTrue(call + " " + way, inTime || i < 10);
                }
            }
        }
    }

    /** The time goes on also when it was about to leave and did not. */
    @Test
    public void aTimeThatHasBegunGoesOnWhenTheWayBackFails() throws Exception {
        String program = CProgram.compile("waits").toString();
        for (String call : new String[] {"usleep", "pipe", "relative"}) {
            try (NativeProgram waiting = NativeProgram.start(program, call)) {
                waiting.await("ready\n");
                Guest guest = waiting.enter();
                Journeys.failAtEachStep(
                        () -> {
                            if (!guest.exit().toCompletableFuture().isDone()) {
                                escape(guest);
                            }
                        },
                        () -> { });
                waited(waiting);
            }
        }
    }

    /** Leaves, unless it ends meanwhile. */
    private static void escape(Guest guest) throws EscapeException {
        try {
            guest.escape();
        } catch (EscapeException refused) {
            if (refused.getMessage().contains("the test wants it")) {
                throw refused;
            }
            assertTrue(refused.getMessage(), refused.getMessage().contains("ended"));
        }
    }

    private static boolean endsInTime(String program, String call, String way) throws Exception {
        try (NativeProgram waiting = NativeProgram.start(program, call)) {
            waiting.await("ready\n");
            Thread.sleep(700);
            long entered = System.nanoTime();
            try {
                for (char next : way.toCharArray()) {
                    if (next == 'i') {
                        waiting.enter();
                    } else if (next == 's') {
                        waiting.signal("STOP");
                        AppliancesTest.eventually("T\n", () -> EnterJobsTest.state(waiting));
                        waiting.signal("CONT");
                        AppliancesTest.eventually("S\n", () -> EnterJobsTest.state(waiting));
                    } else {
                        guest(waiting).escape();
                    }
                }
            } catch (EscapeException | NoSuchElementException over) {
                // It has ended already.
                return false;
            }
            String[] times = waited(waiting);
            long began = Long.parseLong(times[1]);
            long ended = Long.parseLong(times[3]);
            return ended > entered && ended < entered + (ended - began < WAIT ? 0 : WAIT);
        }
    }

    /** As long as the program waits, in nanoseconds. */
    private static final long WAIT = 1_500_000_000;

    /** "from", when it began, "until", and when it ended. */
    private static String[] waited(NativeProgram waiting) throws Exception {
        waiting.awaitEnd(60);
        String text = waiting.text();
        assertTrue(text, text.endsWith("good\nstatus 0\n"));
        return text.lines().filter(line -> line.startsWith("from ")).findFirst().orElseThrow().split(" ");
    }

    @Test
    public void handlersOfFaultsGoOn() throws Exception {
        try (NativeProgram faulting = NativeProgram.start(CProgram.compile("faults").toString())) {
            faulting.await("ready\n");
            Guest guest = faulting.enter();
            // More calls than a round has, in each of which it looks where it is.
            AppliancesTest.eventually("enough", () -> guest.activity().calls() > 30 ? "enough" : "" + guest.activity());
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

    /** Signals about files go on coming, wherever they were asked for. */
    @Test
    public void filesGoOnToSendSignals() throws Exception {
        String script = """
                import fcntl, os, signal, socket, sys, time
                told = []
                signal.signal(signal.SIGIO, lambda number, frame: told.append(number))
                def pair():
                    near, far = socket.socketpair()
                    fcntl.fcntl(near, fcntl.F_SETOWN, os.getpid())
                    fcntl.fcntl(near, fcntl.F_SETFL, os.O_NONBLOCK | os.O_ASYNC)
                    return near, far
                near, far = pair()
                print('ready', flush=True)
                for line in sys.stdin:
                    if 'anew' in line: near, far = pair()
                    told.clear()
                    far.send(line.encode())
                    while not told: time.sleep(0.001)
                    flags = fcntl.fcntl(near, fcntl.F_GETFL)
                    fcntl.fcntl(near, fcntl.F_SETFL, flags)
                    print(near.recv(100).decode().strip(), bool(flags & os.O_ASYNC), flush=True)
                """;
        try (NativeProgram waiting = NativeProgram.start("/usr/bin/python3", "-c", script)) {
            waiting.await("ready\n");
            StringBuilder expected = new StringBuilder("ready\n");
            for (String name : new String[] {"outside", "inside", "outside again", "inside again", "anew there", "outside at last", "inside at last"}) {
                if (name.startsWith("in")) {
                    waiting.enter();
                } else if (name.startsWith("outside ")) {
                    guest(waiting).escape();
                }
                waiting.input().write((name + "\n").getBytes(StandardCharsets.US_ASCII));
                waiting.input().flush();
                waiting.await(name + " True\n");
                expected.append(name).append(" True\n");
            }
            waiting.input().close();
            waiting.assertEnds(expected.toString(), 0);
        }
    }

    @Test
    public void pythonGoesOnInTheMiddleOfAScript() throws Exception {
        try (NativeProgram python = NativeProgram.start("/usr/bin/python3", "-c", Journeys.script(Journeys.IN_DUNE))) {
            python.await("ready\n");
            python.enter();
            python.assertEnds("ready\ngood cbt\n", 0);
        }
    }

    /** A server on epoll with open connections, whose clients are told the same all the time. */
    @Test
    public void clientsOfAServerNoticeNothing() throws Exception {
        try (NativeProgram server = NativeProgram.start("/usr/bin/python3", "-c", Journeys.server(Journeys.IN_DUNE))) {
            String port = server.await("ready\n").replaceAll("(?s).*port (\\d+) .*", "$1");
            try (Journeys.Clients clients = new Journeys.Clients(port)) {
                for (int i = 0; i < 5; i++) {
                    clients.ask(clients.connect(), "hello", "1 0");
                }
                Guest guest = server.enter();
                clients.ask("again ", "2 1");
                int last = clients.connect();
                clients.ask(last, "new", "1 1");
                guest.escape();
                for (int i = 0; i < 5; i++) {
                    clients.ask(i, "out " + i, "3 0");
                }
                server.enter();
                clients.ask(last, "in", "2 1");
            }
            server.signal("TERM");
            server.await("closed\n");
            server.assertEnds("port " + port + " ready\nclosed\n", 0);
        }
    }

    /** Threads are in the middle of the vDSO's functions. */
    @Test
    public void clocksGoOn() throws Exception {
        try (NativeProgram clocks = NativeProgram.start(CProgram.compile("clocks", "-pthread").toString(), "oioi")) {
            clocks.await("station 1\n");
            Guest guest = clocks.enter();
            clocks.await("station 2\n");
            guest.escape();
            clocks.await("station 3\n");
            clocks.enter();
            clocks.assertEnds("ready\nstation 1\nstation 2\nstation 3\nstation 4\ngood\n", 0);
        }
    }

    /** Signals come by a descriptor that is watched, wherever it is. */
    @Test
    public void whoWatchesSignalsGoesOn() throws Exception {
        try (NativeProgram watching = NativeProgram.start(CProgram.compile("watches").toString())) {
            watching.await("ready\n");
            watching.signal("USR1");
            watching.await("signal 10 in dune 0\n");
            Guest guest = watching.enter();
            watching.signal("USR2");
            watching.await("signal 12 in dune 1\n");
            guest.escape();
            watching.signal("TERM");
            watching.assertEnds("ready\nsignal 10 in dune 0\nsignal 12 in dune 1\nsignal 15 in dune 0\n", 0);
        }
    }

    /** Each step of the way back fails in turn. */
    @Test
    public void whatFailsOnTheWayBackChangesNothing() throws Exception {
        String program = CProgram.compile("escapethreads", "-pthread").toString();
        try (NativeProgram travelling = NativeProgram.start(program, "io")) {
            travelling.await("ready\n");
            Guest guest = travelling.enter();
            List<String> steps = Journeys.failAtEachStep(guest::escape, () -> { });
            assertTrue(steps.toString(), steps.size() > 15);
            travelling.assertEnds("ready\ngood\n", 0);
        }
    }

    @Test
    public void whatCannotBeTakenIsSaid() throws Exception {
        refused("is about the host's processes", "/bin/sh", "-c", "exec 5</proc/self/status; echo ready; exec sleep 30");
        refused("(anon_inode:[pidfd]) is of a kind that no guest can have", "/usr/bin/python3", "-c",
                "import os, time\nos.pidfd_open(1)\nprint('ready', flush=True)\ntime.sleep(30)");
        refused("it has restricted its system calls", "/usr/bin/python3", "-c",
                "import ctypes, os\nc = ctypes.CDLL(None)\n"
                        + "c.prctl(38, 1, 0, 0, 0)\nc.prctl(22, 1)\nos.write(1, b'ready\\n')\nwhile True: pass");
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
            EscapeException refusal = assertThrows(EscapeException.class, staying::enter);
            assertTrue(refusal.getMessage(), refusal.getMessage().contains(reason));
            assertFalse(Files.readString(Path.of("/proc/" + staying.pid() + "/status")).contains("State:\tZ"));
        }
    }
}
