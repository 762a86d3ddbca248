package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.linux.Signal;
import org.osgi.framework.Bundle;

/** What operators do with guests that run: they hold them, let them go on, and look at what they do. */
@Needs("/dev/kvm")
public class HoldTest extends DuneTest {

    private static final String REASON = "somebody looks at it";

    private static Guest enter(String program, String... arguments) throws Exception {
        return Services.get(Dune.class).enter(
                GuestSpec.program(program).arguments(List.of(arguments)).descriptors(-1, -1, -1).build());
    }

    /** Computes and makes calls until a file has gone. */
    private static Guest busy(Path go) throws Exception {
        return enter("/bin/sh", "-c", "while [ -e \"$0\" ]; do i=$((i+1)); done; exit 9", go.toString());
    }

    private static void standsStill(Guest guest) throws InterruptedException {
        assertEquals('H', guest.info().state());
        assertEquals("held: " + REASON, guest.info().blockedIn());
        Guest.Activity before = guest.activity();
        Thread.sleep(50);
        assertEquals(before, guest.activity());
    }

    private static void goesOn(Guest guest) throws InterruptedException {
        Guest.Activity before = guest.activity();
        AppliancesTest.eventually("more calls", () -> guest.activity().calls() > before.calls() + 100 ? "more calls" : "" + guest.activity());
        Guest.Activity now = guest.activity();
        assertTrue(now.toString(), now.exits() >= now.calls());
    }

    @Test
    public void whoIsHeldStandsStillUntilReleased() throws Exception {
        Path go = Files.createTempFile("dune-itest-hold", "");
        Guest guest = busy(go);
        try {
            goesOn(guest);
            for (int round = 0; round < 20; round++) {
                assertTrue(guest.hold(REASON));
                assertTrue(guest.hold(REASON));
                standsStill(guest);
                guest.release();
                guest.release();
            }
            goesOn(guest);
        } finally {
            Files.delete(go);
        }
        assertEquals(9, GuestRunner.await(guest, "sh").shellStatus());
        assertFalse(guest.hold(REASON));
        guest.release();
        assertTrue(guest.activity().calls() > 0);
    }

    @Test
    public void onTheSoftwareEngineToo() throws Exception {
        Path go = Files.createTempFile("dune-itest-hold", "");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Guest guest = Services.get(Dune.class).enter(GuestSpec.program(ForeignTest.program("mips64el", "live").toString())
                .arguments(List.of(go.toString())).descriptors(-1, -1, -1).output(out).error(out).build());
        try {
            goesOn(guest);
            assertTrue(guest.hold(REASON));
            standsStill(guest);
            guest.release();
            goesOn(guest);
        } finally {
            Files.delete(go);
        }
        assertEquals(0, GuestRunner.await(guest, "live").shellStatus());
        assertEquals("end\n", out.toString());
    }

    /** The call ends, but the guest does not see it before it goes on. */
    @Test
    public void aCallThatWaitsIsNotInterrupted() throws Exception {
        PipedOutputStream typed = new PipedOutputStream();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Guest guest = Services.get(Dune.class).enter(GuestSpec.program("/bin/sh")
                .arguments(List.of("-c", "read line; echo \"got $line\"; exit 4"))
                .input(new PipedInputStream(typed)).output(out).error(out).build());
        AppliancesTest.eventually("read", () -> guest.info().blockedIn());
        assertTrue(guest.hold(REASON));
        standsStill(guest);
        typed.write("this\n".getBytes());
        typed.close();
        Thread.sleep(100);
        standsStill(guest);
        assertEquals("", out.toString());
        guest.release();
        assertEquals(4, GuestRunner.await(guest, "sh").shellStatus());
        assertEquals("got this\n", out.toString());
    }

    @Test
    public void signalsAreKeptButForThoseThatEndIt() throws Exception {
        Path go = Files.createTempFile("dune-itest-hold", "");
        Guest first = enter("/bin/sh", "-c", "trap 'exit 7' TERM; while [ -e \"$0\" ]; do cd /; done", go.toString());
        Guest second = enter("/bin/sleep", "1000");
        goesOn(first);
        assertTrue(first.hold(REASON));
        assertTrue(second.hold(REASON));
        first.signal(Signal.SIGTERM);
        second.signal(Signal.SIGKILL);
        assertEquals(128 + Signal.SIGKILL, GuestRunner.await(second, "sleep").shellStatus());
        standsStill(first);
        first.release();
        assertEquals(7, GuestRunner.await(first, "sh").shellStatus());
        Files.delete(go);
    }

    @Test
    @Needs(Needs.DISTRIBUTION)
    public void theCommandsHoldAndRelease() throws Exception {
        DeploymentTest.Said said = DeploymentTest.shell("dune:enter -d /bin/sleep 60", "dune:hold --reason 'to see' 2", "dune:ps", "dune:release 2",
                "dune:ps", "dune:hold 2 99", "dune:ps -o s --no-headings");
        // Behind it is now and then what EventAdmin says when the framework stops it at work.
        assertTrue(said.text(), said.text().matches("(?s).*  H  x86-64 .* held: to see  /bin/sleep 60\n.*  [RS]  x86-64 .*"
                + "dune:hold: there is no guest 99; 'ps' lists them\n[RS]\n.*"));
    }

    /** Threads, forks, pipes and signals, on both engines, while everybody is held and released in whatever order. */
    @Test
    @Needs({"bash", "gcc"})
    public void guestsDoNotNotice() throws Exception {
        Path go = Files.createTempFile("dune-itest-hold", "");
        String work = """
                while [ -e "$0" ]; do
                    trap 'got=1' USR1; got=0; kill -USR1 $$; [ $got = 1 ] || echo "no signal"
                    [ "$(echo a | cat | cat)" = a ] || echo "no a"
                    ( exit 7 ) & wait $!; [ $? = 7 ] || echo "wrong status"
                done
                echo end""";
        List<Command> commands = List.of(
                Command.of(CProgram.compile("live", "-pthread", "-O1").toString(), go.toString()),
                Command.of(ForeignTest.program("mips64el", "live").toString(), go.toString()),
                Command.of("bash", "-c", work, go.toString()));
        ExecutorService threads = Executors.newCachedThreadPool();
        List<GuestRunner> runners = new ArrayList<>();
        List<Future<Outcome>> outcomes = new ArrayList<>();
        Random random = new Random(12);
        try {
            for (Command command : commands) {
                GuestRunner runner = new GuestRunner();
                runners.add(runner);
                outcomes.add(threads.submit(() -> runner.inDune(command)));
            }
            for (int round = 0; round < 50; round++) {
                List<Guest> guests = new ArrayList<>(Services.get(Dune.class).guests());
                Collections.shuffle(guests, random);
                // Those that have ended meanwhile cannot be held.
                guests.forEach(guest -> guest.hold(REASON));
                Collections.shuffle(guests, random);
                guests.forEach(Guest::release);
                Thread.sleep(20);
            }
            Files.delete(go);
            for (Future<Outcome> each : outcomes) {
                Outcome found = each.get(2, TimeUnit.MINUTES);
                assertEquals(found.errorText(), "end\n", found.outputText());
                assertEquals(0, found.status());
            }
        } finally {
            Files.deleteIfExists(go);
            threads.shutdown();
            runners.forEach(GuestRunner::close);
        }
    }

    /** Both reasons have to be over, in whatever order. */
    @Test
    public void anArchitectureMayGoAndComeMeanwhile() throws Exception {
        Bundle architecture = null;
        for (Bundle bundle : Services.context().getBundles()) {
            architecture = "org.nesteddune.x86".equals(bundle.getSymbolicName()) ? bundle : architecture;
        }
        Path go = Files.createTempFile("dune-itest-hold", "");
        Guest guest = busy(go);
        try {
            goesOn(guest);
            assertTrue(guest.hold(REASON));
            architecture.stop();
            assertEquals("held: architecture x86-64 is away", guest.info().blockedIn());
            architecture.start();
            AppliancesTest.eventually(REASON, () -> guest.info().blockedIn());
            standsStill(guest);
            guest.release();
            goesOn(guest);
            assertTrue(guest.hold(REASON));
            architecture.stop();
            guest.release();
            assertEquals("held: architecture x86-64 is away", guest.info().blockedIn());
            architecture.start();
            goesOn(guest);
            architecture.stop();
            assertTrue(guest.hold(REASON));
            architecture.start();
            AppliancesTest.eventually(REASON, () -> guest.info().blockedIn());
            standsStill(guest);
            guest.release();
            goesOn(guest);
        } finally {
            architecture.start();
            guest.release();
            Files.delete(go);
        }
        assertEquals(9, GuestRunner.await(guest, "sh").shellStatus());
    }

    /** Beside the trace, each for itself; of this guest and not of those that it makes. */
    @Test
    public void severalMayLookOn() throws Exception {
        List<String> trace = new CopyOnWriteArrayList<>();
        List<String> first = new CopyOnWriteArrayList<>();
        List<String> second = new CopyOnWriteArrayList<>();
        Guest.TraceSink viewer = first::add;
        PipedOutputStream typed = new PipedOutputStream();
        Guest guest = Services.get(Dune.class).enter(GuestSpec.program("/bin/sh")
                .arguments(List.of("-c", "read a; cd /usr; (cd /tmp); read b; cd /bin; (cd /dev); exit 3"))
                .input(new PipedInputStream(typed)).output(new ByteArrayOutputStream()).trace(trace::add).build());
        AppliancesTest.eventually("read", () -> guest.info().blockedIn());
        assertFalse(trace.toString().contains("chdir"));
        guest.watch(viewer);
        guest.watch(second::add);
        typed.write("\n".getBytes());
        typed.flush();
        AppliancesTest.eventually("/tmp", () -> trace.toString());
        AppliancesTest.eventually("read", () -> guest.info().blockedIn());
        guest.unwatch(viewer);
        guest.unwatch(viewer);
        typed.write("\n".getBytes());
        typed.close();
        assertEquals(3, GuestRunner.await(guest, "sh").shellStatus());
        assertEquals(List.of("/usr"), changed(first));
        assertEquals(List.of("/usr", "/bin"), changed(second));
        assertEquals(List.of("/usr", "/tmp", "/bin", "/dev"), changed(trace));
        assertEquals("+++ exited with 3 +++", second.get(second.size() - 1));
    }

    /** The directories that a trace has seen a guest go to. */
    private static List<String> changed(List<String> trace) {
        return trace.stream()
                .filter(line -> line.matches("(\\[pid \\d+\\] )?chdir\\(.*"))
                .map(line -> line.replaceAll(".*chdir\\(\"([^\"]*)\".*", "$1"))
                .toList();
    }

    @Test
    public void mappingsAreThoseOfTheMapsFile() throws Exception {
        PipedOutputStream typed = new PipedOutputStream();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Guest guest = Services.get(Dune.class).enter(GuestSpec.program("/bin/sh")
                .arguments(List.of("-c", "while read l; do echo \"$l\"; done </proc/$$/maps; echo; read end"))
                .input(new PipedInputStream(typed)).output(out).build());
        AppliancesTest.eventually("\n\n", out::toString);
        AppliancesTest.eventually("read", () -> guest.info().blockedIn());
        StringBuilder seen = new StringBuilder();
        for (Guest.Mapping each : guest.mappings()) {
            assertTrue(each.toString(), each.residentBytes() <= each.length());
            seen.append(String.format("%08x-%08x %s %08x %s%n", each.start(), each.end(), each.permissions(), each.offset(),
                    each.name()));
        }
        assertEquals(out.toString().strip().replaceAll("(?m)^(\\S+ \\S+ \\S+) \\S+ \\S+ *", "$1 "), seen.toString().strip());
        assertTrue(guest.mappings().stream().anyMatch(each -> each.name().equals("[stack]") && each.residentBytes() > 0));
        guest.signal(Signal.SIGKILL);
        GuestRunner.await(guest, "sh");
        assertEquals(List.of(), guest.mappings());
    }
}
