package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.LaunchException;
import org.nesteddune.linux.Signal;
import org.osgi.framework.Bundle;
import org.osgi.service.cm.Configuration;

/** Bundles that guests need are stopped, updated and brought back while guests run; the guests do not notice. */
@Needs({"/dev/kvm", "bash", "gcc", "md5sum", "seq", "sort"})
public class LiveUpdateTest extends DuneTest {

    private static final int WARM_UP_SECONDS = 8;
    private static final int BUILD_SECONDS = 20;

    /** Of updates under load; {@code itest/live} makes minutes of it, and decides the order. */
    private static final int SECONDS = Integer.getInteger("dune.live.seconds", BUILD_SECONDS);

    private static final long SEED = Long.getLong("dune.live.seed", 11);

    /** What comes by the folder of hot deployment. */
    private static final String DEPLOYED = "org.nesteddune.riscv";

    private static final long PATIENCE_SECONDS = 220;

    /** So long after the updates a guest may take to see that it is to end. */
    private static final long UPDATE_PATIENCE_SECONDS = 200;

    /** Of processor time, in which each program has done all that it does more than once. */
    private static final long ENOUGH_NANOS = 500_000_000L;

    /** The pid that those have for a parent that were entered. */
    private static final int RUNTIME = 1;

    /** Bundles of families and clone strategies. */
    private static final String SERVERS = "org\\.nesteddune\\.(syscalls|clone)\\..*";

    /** Bundles of architectures and engines. */
    private static final String PLATFORMS = "org\\.nesteddune\\.(x86|mips|loongarch|engines\\..*)";

    /** Forks, pipes, files, signals and waits, for as long as there is a file "go". */
    private static final String WORK = """
            n=0
            while [ -e "$0" ]; do
                trap 'got=1' USR1; got=0; kill -USR1 $$; [ $got = 1 ] || echo "no signal"
                sum=$(seq 300 | sort -rn | md5sum); [ "$sum" = "%s" ] || echo "wrong sum: $sum"
                echo $n > "$0.$1"; read back < "$0.$1"; [ "$back" = $n ] || echo "read $back"
                ( exit 7 ) & wait $!; [ $? = 7 ] || echo "wrong status"
                n=$((n+1))
            done
            rm -f "$0.$1"
            echo end""";

    /** All that a guest may do, on every engine, while all that it runs on is updated, stopped, replaced and wired anew. */
    @Test
    public void guestsDoNotNoticeUpdates() throws Exception {
        Path directory = Files.createTempDirectory("dune-itest-live");
        // Calls wait for what is away, however long a busy machine takes to bring it back.
        Configuration dispatch = AppliancesTest.admin().getConfiguration("org.nesteddune.dispatch", null);
        dispatch.update(new Hashtable<>(Map.of("withdrawn.wait", TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS))));
        try (HotFolder folder = new HotFolder(directory)) {
            folder.put(DEPLOYED);
            HotFolder.awaitActive(DEPLOYED);
            RandomUpdates updates = new RandomUpdates(SEED, folder);
            assertTrue(updates.names().toString(), updates.names().contains(DEPLOYED));
            try {
                // First for a moment, so that threads and mappings are there that stay.
                updateUnderLoad(updates, directory, WARM_UP_SECONDS);
                updates.restart();
                Leaks before = Leaks.now();
                updateUnderLoad(updates, directory, SECONDS);
                updates.refresh();
                assertCollected(updates.loaders());
                assertEquals(List.of(), Services.get(Dune.class).guests());
                updates.restart();
                Leaks.now().assertNoMoreThan(before);
            } catch (AssertionError | Exception failed) {
                // Not as its cause, of which alone the report would tell.
                AssertionError told = new AssertionError("seed " + SEED + ", " + updates.story() + ": " + failed);
                told.addSuppressed(failed);
                throw told;
            }
            if (SECONDS > BUILD_SECONDS) {
                System.out.println("seed " + SEED + ": " + updates.story());
            }
        } finally {
            dispatch.delete();
            try (Stream<Path> all = Files.walk(directory)) {
                all.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
            }
        }
    }

    private static List<Command> load(Path directory) throws Exception {
        String go = directory.resolve("go").toString();
        String sum = new String(
                new ProcessBuilder("sh", "-c", "seq 300 | sort -rn | md5sum").start().getInputStream().readAllBytes())
                .strip();
        List<Command> commands = new ArrayList<>(List.of(
                Command.of(Programs.LIVE.toString(), go),
                Command.of(Programs.FAMILIES.toString(), go),
                Command.of("bash", "-c", WORK.formatted(sum), go, "work")));
        for (String machine : List.of("x86_64", "mips64el", "loongarch64", "riscv64")) {
            commands.add(Command.of(
                    ForeignTest.program(machine, "load").toString(), go, directory.resolve(machine).toString()));
        }
        for (String machine : List.of("mips64el", "loongarch64", "riscv64")) {
            commands.add(Command.of(ForeignTest.program(machine, "live").toString(), go));
        }
        return commands;
    }

    /** Compiled once. */
    private static final class Programs {
        static final Path LIVE = CProgram.compile("live", "-pthread", "-O1");
        static final Path FAMILIES = CProgram.compile("families", "-pthread", "-O1");
    }

    private static void updateUnderLoad(RandomUpdates updates, Path directory, int seconds) throws Exception {
        Path go = Files.createFile(directory.resolve("go"));
        ExecutorService threads = Executors.newCachedThreadPool();
        Map<Command, Future<Outcome>> outcomes = new LinkedHashMap<>();
        List<GuestRunner> runners = new ArrayList<>();
        try {
            for (Command command : load(directory)) {
                GuestRunner runner = new GuestRunner(seconds + UPDATE_PATIENCE_SECONDS);
                runners.add(runner);
                outcomes.put(command, threads.submit(() -> runner.inDune(command)));
            }
            awaitGuests(outcomes.size());
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            while ((System.nanoTime() < end || !haveWorked()) && outcomes.values().stream().noneMatch(Future::isDone)) {
                updates.step();
            }
            Files.delete(go);
            for (Map.Entry<Command, Future<Outcome>> each : outcomes.entrySet()) {
                Outcome found = each.getValue().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                assertEquals(each.getKey() + ": " + found.errorText() + found.note(), "end\n", found.outputText());
                assertEquals("", found.errorText());
                assertEquals(0, found.status());
            }
        } finally {
            Files.deleteIfExists(go);
            threads.shutdown();
            runners.forEach(GuestRunner::close);
        }
    }

    /** Whether those that compute have come to it: on a busy machine they need their time. */
    private static boolean haveWorked() {
        return Services.get(Dune.class).guests().stream()
                .map(Guest::info)
                .filter(info -> info.parentPid() == RUNTIME && info.executable().matches(".*/(live|load|families)"))
                .allMatch(info -> info.userNanos() + info.systemNanos() > ENOUGH_NANOS);
    }

    /** Waits until all have been entered: new guests are refused while what they run on is away. */
    private static void awaitGuests(int count) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (Services.get(Dune.class).guests().stream().filter(guest -> guest.info().parentPid() == RUNTIME).count() < count) {
            assertTrue("the guests are there", System.nanoTime() < end);
            Thread.sleep(5);
        }
    }

    @Test
    public void aBlockedCallSurvivesItsFamily() throws Exception {
        Dune dune = Services.get(Dune.class);
        Guest guest = dune.enter(GuestSpec.program("/bin/bash")
                .arguments(List.of("-c", "read -t 60 line < <(sleep 1; echo there); [ \"$line\" = there ] && exit 5"))
                .environment(List.of("PATH=/bin:/usr/bin"))
                .descriptors(-1, -1, -1)
                .build());
        for (Bundle bundle : bundles(SERVERS + "|" + PLATFORMS).values()) {
            update(bundle);
        }
        assertEquals(5, GuestRunner.await(guest, "bash").shellStatus());
    }

    @Test
    public void guestsAreHeldWhileTheirArchitectureIsAway() throws Exception {
        Dune dune = Services.get(Dune.class);
        Bundle architecture = bundles(PLATFORMS).get("org.nesteddune.x86");
        Path go = Files.createTempFile("dune-itest-live", "");
        GuestSpec spec = GuestSpec.program("/bin/sh")
                .arguments(List.of("-c", "while [ -e \"$0\" ]; do :; done; exit 9", go.toString()))
                .descriptors(-1, -1, -1)
                .build();
        Guest guest = dune.enter(spec);
        Guest doomed = dune.enter(GuestSpec.program("/bin/sleep").arguments(List.of("1000")).descriptors(-1, -1, -1).build());
        architecture.stop();
        try {
            assertEquals("held: architecture x86-64 is away", guest.info().blockedIn());
            LaunchException refused = assertThrows(LaunchException.class, () -> dune.enter(spec));
            assertTrue(refused.getMessage(), refused.getMessage().contains("no installed bundle runs it"));
            doomed.signal(Signal.SIGKILL);
            assertEquals(128 + Signal.SIGKILL, GuestRunner.await(doomed, "sleep").shellStatus());
        } finally {
            architecture.start();
            Files.delete(go);
        }
        assertEquals(9, GuestRunner.await(guest, "sh").shellStatus());
    }

    @Test
    public void aCallWaitsForItsFamily() throws Exception {
        Bundle family = bundles(SERVERS).get("org.nesteddune.syscalls.time");
        Dune dune = Services.get(Dune.class);
        family.stop();
        Guest guest;
        try {
            guest = dune.enter(GuestSpec.program("/bin/sleep").arguments(List.of("0.01")).descriptors(-1, -1, -1).build());
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (!guest.info().blockedIn().contains("clock_nanosleep")) {
                assertTrue("blocked in " + guest.info().blockedIn(), System.nanoTime() < end && !guest.exit().toCompletableFuture().isDone());
                Thread.sleep(1);
            }
        } finally {
            family.start();
        }
        assertEquals(0, GuestRunner.await(guest, "sleep").shellStatus());
    }

    @Test
    public void aGuestThatWaitsForAFamilyCanBeKilled() throws Exception {
        Bundle family = bundles(SERVERS).get("org.nesteddune.syscalls.time");
        Dune dune = Services.get(Dune.class);
        family.stop();
        try {
            Guest guest = dune.enter(GuestSpec.program("/bin/sleep").arguments(List.of("1")).descriptors(-1, -1, -1).build());
            guest.signal(Signal.SIGTERM);
            assertEquals(128 + Signal.SIGTERM, GuestRunner.await(guest, "sleep").shellStatus());
        } finally {
            family.start();
        }
    }

    /** The bundles with names that match, by name. */
    private static Map<String, Bundle> bundles(String pattern) {
        Map<String, Bundle> bundles = new TreeMap<>();
        for (Bundle bundle : Services.context().getBundles()) {
            if (bundle.getSymbolicName() != null && bundle.getSymbolicName().matches(pattern)) {
                bundles.put(bundle.getSymbolicName(), bundle);
            }
        }
        assertTrue(bundles.keySet().toString(), bundles.size() >= 4);
        return bundles;
    }

    private static void update(Bundle bundle) throws Exception {
        try (InputStream jar = Files.newInputStream(Bundles.jar(bundle.getSymbolicName()))) {
            bundle.update(jar);
        }
    }

    /** The classes of replaced bundles can be unloaded once no call is in them. */
    private static void assertCollected(List<WeakReference<ClassLoader>> loaders) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (loaders.stream().anyMatch(each -> each.get() != null) && System.nanoTime() < end) {
            System.gc();
            Thread.sleep(50);
        }
        assertEquals(
                List.of(), loaders.stream().map(WeakReference::get).filter(each -> each != null).map(Object::toString).toList());
    }
}
