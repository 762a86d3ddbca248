package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Signal;

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
        try (Escapee escapee = new Escapee(program, "3")) {
            escapee.await("ready\n");
            Journeys.Action leaks = Journeys.noMoreLeaks(Leaks::now);
            List<String> steps = Journeys.failAtEachStep(escapee.guest::escape, () -> {
                assertEquals(1, escapee.guest.info().parentPid());
                assertFalse(escapee.guest.info().blockedIn().startsWith("escaped"));
                leaks.run();
            });
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
        long start = System.nanoTime();
        try (Escapee escapee = new Escapee("/bin/sleep", "3")) {
            AppliancesTest.eventually("nanosleep", () -> escapee.guest.info().blockedIn());
            escapee.guest.escape();
            escapee.assertEnds("", 0);
            assertTrue(System.nanoTime() - start >= TimeUnit.SECONDS.toNanos(3));
        }
    }

    /** The reader of a pipe escapes, the writer and the parent of both stay. */
    @Test
    public void pipesStayConnectedAndParentsWait() throws Exception {
        Path go = Path.of(System.getProperty("java.io.tmpdir"), "dune-itest-go-" + ProcessHandle.current().pid());
        String script = "{ until test -e " + go + "; do sleep 0.05; done; echo one; sleep 0.2; echo two; } | cat; echo $?; exit 5";
        try (Escapee escapee = new Escapee("/bin/sh", "-c", script)) {
            Dune dune = Services.get(Dune.class);
            AppliancesTest.eventually("cat", () -> commands(dune));
            Guest cat = dune.guests().stream().filter(each -> each.info().command().equals(List.of("cat"))).findFirst().orElseThrow();
            AppliancesTest.eventually("read", () -> cat.info().blockedIn());
            cat.escape();
            Files.createFile(go);
            escapee.assertEnds("one\ntwo\n0\n", 5);
        } finally {
            Files.deleteIfExists(go);
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
        String program = CProgram.compile("escapeitself", "-I" + Journeys.INSIDE).toString();
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
        try (Escapee escapee = new Escapee("/usr/bin/python3", "-c", Journeys.script(Journeys.OUT_OF_DUNE))) {
            escapee.await("ready\n");
            escapee.guest.escape();
            escapee.assertEnds("ready\ngood cbt\n", 0);
        }
    }

    /** A server on epoll with open connections, whose clients are told the same all the time. */
    @Test
    public void clientsOfAServerNoticeNothing() throws Exception {
        try (Escapee escapee = new Escapee("/usr/bin/python3", "-c", Journeys.server(Journeys.OUT_OF_DUNE))) {
            try (Journeys.Clients clients = new Journeys.Clients(escapee.await("ready\n").split(" ")[1])) {
                for (int i = 0; i < 5; i++) {
                    int client = clients.connect();
                    clients.ask(client, "hello " + i, "1 0");
                }
                escapee.guest.escape();
                clients.ask("again ", "2 1");
                clients.ask(clients.connect(), "new", "1 1");
            }
            escapee.guest.signal(Signal.SIGTERM);
            escapee.await("closed\n");
            assertEquals(ExitStatus.exited(0), escapee.end());
        }
    }

    @Test
    public void handlersOfFaultsGoOn() throws Exception {
        try (Escapee escapee = new Escapee(CProgram.compile("faults").toString())) {
            escapee.await("ready\n");
            escapee.guest.escape();
            escapee.assertEnds("ready\ngood\n", 0);
        }
    }

    /** Threads are in the middle of the vDSO's functions. */
    @Test
    public void clocksGoOn() throws Exception {
        try (Escapee escapee = new Escapee(CProgram.compile("clocks", "-pthread").toString(), "io")) {
            escapee.await("station 1\n");
            escapee.guest.escape();
            escapee.assertEnds("ready\nstation 1\nstation 2\ngood\n", 0);
        }
    }

    /** Its children have ended; further ones are native. */
    @Test
    public void aShellGoesOnWithItsChildren() throws Exception {
        Path go = Path.of(System.getProperty("java.io.tmpdir"), "dune-itest-shell-" + ProcessHandle.current().pid());
        String script = "(exit 3); echo first $?\n"
                + "until test -e " + go + "; do :; done\n"
                + "(exit 4); echo second $?\n"
                + "sleep 0 & wait $!; echo third $?\n"
                + "echo $(echo substituted | cat)\n";
        for (String shell : new String[] {"/bin/bash", "/bin/sh"}) {
            try (Escapee escapee = new Escapee(shell, "-c", script)) {
                escapee.await("first 3\n");
                escapee.guest.escape();
                Files.createFile(go);
                escapee.assertEnds("first 3\nsecond 4\nthird 0\nsubstituted\n", 0);
            } finally {
                Files.deleteIfExists(go);
            }
        }
    }

    /** Signals come by a descriptor that is watched, before and after. */
    @Test
    public void whoWatchesSignalsGoesOn() throws Exception {
        try (Escapee escapee = new Escapee(CProgram.compile("watches").toString())) {
            escapee.await("ready\n");
            escapee.guest.signal(Signal.SIGUSR1);
            escapee.await("signal 10 in dune 1\n");
            escapee.guest.escape();
            escapee.guest.signal(Signal.SIGUSR2);
            escapee.await("signal 12 in dune 0\n");
            escapee.guest.signal(Signal.SIGTERM);
            escapee.assertEnds("ready\nsignal 10 in dune 1\nsignal 12 in dune 0\nsignal 15 in dune 0\n", 0);
        }
    }

    /** The leader of a session with a pseudo-terminal of its own keeps both; the other end is its parent's, in dune. */
    @Test
    public void itKeepsItsSessionAndTerminal() throws Exception {
        String script = """
                import ctypes, os, pty, signal, sys, time
                arrived = lambda: ARRIVED
                interrupts = []
                def stands():
                    me = os.getpid()
                    current = os.open('/dev/tty', os.O_RDWR)
                    assert os.getsid(0) == os.getpgrp() == me, (os.getsid(0), os.getpgrp(), me)
                    assert os.tcgetpgrp(0) == os.tcgetpgrp(current) == me
                    os.close(current)
                child, end = pty.fork()
                if child == 0:
                    signal.signal(signal.SIGINT, lambda *ignored: interrupts.append(1))
                    stands()
                    print('leader', flush=True)
                    while not arrived(): time.sleep(0.001)
                    stands()
                    print('native', flush=True)
                    while not interrupts: time.sleep(0.001)
                    print('interrupted', sys.stdin.readline().strip(), flush=True)
                    os._exit(len(interrupts))
                seen = b''
                def until(wanted):
                    global seen
                    while wanted not in seen: seen += os.read(end, 1000)
                    print(wanted.decode(), flush=True)
                until(b'leader')
                until(b'native')
                os.write(end, b'\\x03')
                os.write(end, b'text\\n')
                until(b'interrupted text')
                print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
                """.replace("ARRIVED", Journeys.OUT_OF_DUNE).replace("\\\\", "\\");
        try (Escapee escapee = new Escapee("/usr/bin/python3", "-c", script)) {
            escapee.await("leader\n");
            Dune dune = Services.get(Dune.class);
            Guest leader = dune.guests().stream().filter(each -> each.info().parentPid() == escapee.guest.pid()).findFirst().orElseThrow();
            leader.escape();
            escapee.assertEnds("leader\nnative\ninterrupted text\n1\n", 0);
        }
    }

    /** A child that has left is its parent's to signal and to wait for, as before. */
    @Test
    public void aParentSignalsAChildThatHasLeft() throws Exception {
        // It tells standard error what its child has ended of.
        String script = "exec 2>/dev/null; trap 'kill -0 $child && kill -TERM $child' USR1\n"
                + "sleep 100 & child=$!\n"
                + "echo ready\n"
                + "until wait $child; status=$?; test $status -eq 143; do :; done\n"
                + "echo $status; kill -0 $child || echo gone";
        for (String shell : new String[] {"/bin/bash", "/bin/sh"}) {
            try (Escapee escapee = new Escapee(shell, "-c", script)) {
                escapee.await("ready\n");
                Dune dune = Services.get(Dune.class);
                Predicate<Guest> isChild = each ->
                        each.info().parentPid() == escapee.guest.pid() && each.info().command().get(0).equals("sleep");
                AppliancesTest.eventually("sleep", () -> dune.guests().stream().anyMatch(isChild) ? "sleep" : "");
                Guest child = dune.guests().stream().filter(isChild).findFirst().orElseThrow();
                child.escape();
                escapee.guest.signal(Signal.SIGUSR1);
                escapee.assertEnds("ready\n143\ngone\n", 0);
            }
        }
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
