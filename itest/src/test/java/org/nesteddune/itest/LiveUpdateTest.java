package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.LaunchException;
import org.nesteddune.linux.Signal;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;

/** Bundles that guests need are stopped, updated and brought back while guests run; the guests do not notice. */
@Needs({"/dev/kvm", "bash", "gcc", "md5sum", "seq", "sort"})
public class LiveUpdateTest extends DuneTest {

    /** Of each bundle; {@code itest/stress} multiplies them. */
    private static final int UPDATES = 4 * Integer.getInteger("dune.stress", 1);
    private static final long PATIENCE_SECONDS = 120;

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

    @Test
    public void guestsDoNotNoticeUpdatesOfFamilies() throws Exception {
        updateUnderLoad(SERVERS, UPDATES);
    }

    @Test
    public void guestsDoNotNoticeUpdatesOfWhatTheyRunOn() throws Exception {
        updateUnderLoad(PLATFORMS, 2 * UPDATES);
    }

    private static void updateUnderLoad(String wanted, int rounds) throws Exception {
        Path directory = Files.createTempDirectory("dune-itest-live");
        Path go = Files.createFile(directory.resolve("go"));
        ExecutorService threads = Executors.newCachedThreadPool();
        List<Future<Outcome>> outcomes = new ArrayList<>();
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        List<GuestRunner> runners = new ArrayList<>();
        try {
            String sum = new String(
                    new ProcessBuilder("sh", "-c", "seq 300 | sort -rn | md5sum").start().getInputStream().readAllBytes())
                    .strip();
            List<Command> commands = List.of(
                    Command.of(CProgram.compile("live", "-pthread", "-O1").toString(), go.toString()),
                    Command.of(ForeignTest.program("mips64el", "live").toString(), go.toString()),
                    Command.of(ForeignTest.program("loongarch64", "live").toString(), go.toString()),
                    Command.of("bash", "-c", WORK.formatted(sum), go.toString(), "first"),
                    Command.of("bash", "-c", WORK.formatted(sum), go.toString(), "second"));
            for (Command command : commands) {
                GuestRunner runner = new GuestRunner();
                runners.add(runner);
                outcomes.add(threads.submit(() -> runner.inDune(command)));
            }
            awaitGuests(commands.size());
            Random random = new Random(11);
            for (int round = 0; round < rounds; round++) {
                List<Bundle> bundles = new ArrayList<>(bundles(wanted).values());
                java.util.Collections.shuffle(bundles, random);
                for (Bundle bundle : bundles) {
                    loaders.add(new WeakReference<>(bundle.adapt(BundleWiring.class).getClassLoader()));
                    update(bundle);
                }
                refresh();
            }
            Files.delete(go);
            for (Future<Outcome> outcome : outcomes) {
                Outcome found = outcome.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                assertEquals(found.errorText(), "end\n", found.outputText());
                assertEquals("", found.errorText());
                assertEquals(0, found.status());
            }
        } finally {
            Files.deleteIfExists(go);
            threads.shutdown();
            runners.forEach(GuestRunner::close);
            Files.delete(directory);
        }
        assertCollected(loaders);
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

    /** Wires the bundles that use another's packages to its new classes, as hot deployment does after an update. */
    private static void refresh() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        Services.context().getBundle(0).adapt(FrameworkWiring.class).refreshBundles(null, event -> done.countDown());
        assertTrue("refreshed", done.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
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
