package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.Before;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.linux.Signal;

/**
 * What guests can do to the runtime all at once: the JVM survives it, and in the end nothing is left. The property
 * {@code dune.stress} multiplies the work; {@code itest/stress} sets it.
 */
@Needs({"/dev/kvm", "gcc"})
public class StressTest extends DuneTest {

    /** 1 in the build; a hundred makes minutes of it. */
    private static final int SCALE = Integer.getInteger("dune.stress", 1);

    private static final int GUESTS = 200;
    private static final int CHILDREN = 100 * SCALE;
    private static final int CALLS = 10_000 * SCALE;
    private static final int BOMB_TASKS = 64;
    private static final long BOMB_MILLIS = 1_000;
    private static final long KILLING_MILLIS = 6_000L * SCALE;
    private static final long PATIENCE_SECONDS = 60 + 20L * SCALE;

    private Dune dune;

    @Before
    public void runtime() {
        dune = Services.get(Dune.class);
    }

    private static GuestSpec.Builder stress(String... arguments) {
        return GuestSpec.program(Program.PATH.toString()).arguments(List.of(arguments)).descriptors(-1, -1, -1);
    }

    /** Compiled once. */
    private static final class Program {
        static final Path PATH = CProgram.compile("stress", "-pthread", "-static");
    }

    @Test
    public void twoHundredGuestsAtOnce() throws Exception {
        warmUp();
        Leaks before = Leaks.now();
        List<Guest> guests = new ArrayList<>();
        for (int i = 0; i < GUESTS; i++) {
            guests.add(dune.enter(GuestSpec.program("/bin/sh")
                    .arguments(List.of("-c", "trap 'exit 7' TERM; sleep 1000 & wait"))
                    .environment(List.of("PATH=/bin:/usr/bin"))
                    .descriptors(-1, -1, -1)
                    .build()));
        }
        awaitGuests(2 * GUESTS);
        guests.forEach(guest -> guest.signal(Signal.SIGTERM));
        for (Guest guest : guests) {
            assertEquals(7, end(guest));
        }
        assertEquals("orphans", GUESTS, dune.guests().size());
        killAll();
        assertNothingLeft(before);
    }

    @Test
    public void manyChildrenInARow() throws Exception {
        warmUp();
        Leaks before = Leaks.now();
        try (GuestRunner runner = new GuestRunner()) {
            Outcome outcome = runner.inDune(
                    Command.of(Program.PATH.toString(), "forkexec", Integer.toString(CHILDREN), "/bin/true"));
            assertEquals(CHILDREN + "\n", outcome.outputText());
        }
        assertNothingLeft(before);
    }

    @Test
    public void aForkBombEndsAtItsLimit() throws Exception {
        warmUp();
        Leaks before = Leaks.now();
        dune.enter(stress("bomb").taskLimit(BOMB_TASKS).build());
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BOMB_MILLIS);
        int most = 0;
        while (System.nanoTime() < end) {
            most = Math.max(most, dune.guests().size());
            Thread.sleep(10);
        }
        assertTrue(most + " guests at a time", most > BOMB_TASKS / 4 && most <= BOMB_TASKS);
        assertEquals(0, end(dune.enter(GuestSpec.program("/bin/true").descriptors(-1, -1, -1).build())));
        killAll();
        assertNothingLeft(before);
    }

    @Test
    public void randomKills() throws Exception {
        warmUp();
        Leaks before = Leaks.now();
        Random random = new Random(7);
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(KILLING_MILLIS);
        int seed = 0;
        while (System.nanoTime() < end) {
            List<Guest> all = dune.guests();
            if (all.size() < 8) {
                dune.enter(stress("mixed", Integer.toString(++seed)).build());
            } else {
                all.get(random.nextInt(all.size())).signal(random.nextInt(4) == 0 ? Signal.SIGUSR1 : Signal.SIGKILL);
            }
            Thread.sleep(random.nextInt(20));
        }
        killAll();
        assertNothingLeft(before);
    }

    @Test
    public void randomSystemCalls() throws Exception {
        Path root = Files.createTempDirectory("dune-itest-calls");
        Path program = root.resolve("stress");
        try {
            Files.copy(Program.PATH, program);
            assertTrue(program.toFile().setExecutable(true));
            warmUp();
            Leaks before = Leaks.now();
            Guest guest = dune.enter(GuestSpec.program("/stress")
                    .arguments(List.of("calls", Integer.toString(CALLS), "42"))
                    .root(root)
                    .memoryLimit(256L << 20)
                    .descriptors(-1, -1, -1)
                    .build());
            assertEquals(0, end(guest));
            killAll();
            try (GuestRunner runner = new GuestRunner()) {
                assertEquals("0\n", runner.inDune(Command.of(Program.PATH.toString(), "ipcrm")).outputText());
            }
            assertNothingLeft(before);
        } finally {
            delete(root);
        }
    }

    private static void delete(Path root) throws Exception {
        try (var files = Files.walk(root)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Fills caches and starts the threads that stay. */
    private void warmUp() throws Exception {
        for (int i = 0; i < 5; i++) {
            end(dune.enter(stress("forkexec", "2", "/bin/true").build()));
        }
    }

    private static int end(Guest guest) throws Exception {
        return guest.exit().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS).shellStatus();
    }

    /** Kills until nobody is left: who is killed may have made another just before. */
    private void killAll() throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!dune.guests().isEmpty()) {
            assertTrue("guests do not end: " + dune.guests().stream().map(Guest::info).toList(), System.nanoTime() < end);
            dune.guests().forEach(guest -> guest.signal(Signal.SIGKILL));
            Thread.sleep(5);
        }
    }

    private void awaitGuests(int number) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (dune.guests().size() < number) {
            assertTrue(dune.guests().size() + " guests are there", System.nanoTime() < end);
            Thread.sleep(5);
        }
    }

    private void assertNothingLeft(Leaks before) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!dune.guests().isEmpty() && System.nanoTime() < end) {
            Thread.sleep(5);
        }
        assertEquals(List.of(), dune.guests().stream().map(Guest::info).toList());
        Leaks.now().assertNoMoreThan(before);
    }
}
