package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.StatusReport;
import org.osgi.framework.Bundle;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** Guests as configurations. */
@Needs("/dev/kvm")
public class AppliancesTest extends DuneTest {

    private static final long PATIENCE_SECONDS = 60;

    private static final String FILE_INSTALL = "felix.fileinstall.";

    /** Held on to, because each user of the service gets an object of his own, which ends with the use. */
    static ConfigurationAdmin admin() {
        Services.get(ConfigurationAdmin.class);
        return Services.all(ConfigurationAdmin.class).get(0);
    }

    /** All that parts of the runtime report. */
    static String reports() {
        StringBuilder text = new StringBuilder();
        Services.all(StatusReport.class).forEach(report -> report.lines().forEach(line -> text.append(line).append('\n')));
        return text.toString();
    }

    /** Waits until a text contains another. */
    static String eventually(String wanted, Supplier<String> text) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            String now = text.get();
            if (now.contains(wanted)) {
                return now;
            }
            assertTrue("no '" + wanted + "' in:\n" + now, System.nanoTime() < end);
            Thread.sleep(5);
        }
    }

    private static Configuration configure(String name, String... settings) throws Exception {
        Configuration configuration =
                AppliancesTest.admin().getFactoryConfiguration("org.nesteddune.guest", name, "?");
        update(configuration, settings);
        return configuration;
    }

    private static void update(Configuration configuration, String... settings) throws Exception {
        Dictionary<String, Object> properties = new Hashtable<>();
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            properties.put(setting.substring(0, equals), setting.substring(equals + 1));
        }
        configuration.update(properties);
    }

    private static List<String> running() {
        List<String> all = new ArrayList<>();
        Services.get(Dune.class).guests().forEach(guest -> all.add(String.join(" ", guest.info().command())));
        return all;
    }

    private static Guest guest(String command) throws InterruptedException {
        eventually(command, () -> running().toString());
        return Services.get(Dune.class).guests().stream()
                .filter(guest -> String.join(" ", guest.info().command()).contains(command))
                .findFirst()
                .orElseThrow();
    }

    private static void gone(String command) throws InterruptedException {
        eventually("gone", () -> running().toString().contains(command) ? running().toString() : "gone");
    }

    @Test
    public void aConfigurationIsAGuest() throws Exception {
        Path log = Files.createTempFile("dune-itest-appliance", ".log");
        String script = "trap 'echo asked; exit 0' TERM; echo \"started $0 $NAME $PWD\"; while :; do sleep 0.05; done";
        Configuration configuration = configure("one", "program=/bin/sh", "arguments=-c \"" + script.replace("\"", "\\\"") + "\" first",
                "environment=NAME=\"a b\"", "directory=/usr", "log=file:" + log, "memory=256m", "tasks=10");
        try {
            eventually("started first a b /usr\n", () -> read(log));
            eventually("one: runs, pid ", AppliancesTest::reports);
            Guest first = guest("/bin/sh -c " + script + " first");
            update(configuration, "program=/bin/sh", "arguments=-c \"" + script.replace("\"", "\\\"") + "\" second",
                    "log=file:" + log);
            eventually("started second  /\n", () -> read(log));
            eventually("asked", () -> read(log));
            assertTrue(first.exit().toCompletableFuture().isDone());
            // What does not concern the running guest leaves it alone.
            Guest second = guest("/bin/sh -c " + script + " second");
            update(configuration, "program=/bin/sh", "arguments=-c \"" + script.replace("\"", "\\\"") + "\" second",
                    "log=file:" + log, "stop.grace=20s");
            Thread.sleep(200);
            assertEquals(second.pid(), guest("/bin/sh -c " + script + " second").pid());
            // A change for the worse does, too, and is reported.
            update(configuration, "program=/bin/sh", "memory=lots");
            eventually("memory: 'lots' is no size", AppliancesTest::reports);
            assertEquals(second.pid(), guest("/bin/sh -c " + script + " second").pid());
        } finally {
            configuration.delete();
        }
        gone("second");
        eventually("gone", () -> reports().contains("one:") ? reports() : "gone");
        assertEquals(2, read(log).split("asked", -1).length - 1);
        Files.delete(log);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (java.io.IOException gone) {
            return gone.toString();
        }
    }

    @Test
    public void whoDoesNotEndIsKilled() throws Exception {
        Configuration configuration = configure("stubborn", "program=/bin/sh",
                "arguments=-c \"trap '' TERM; (trap '' TERM; while :; do sleep 0.1; done) & while :; do sleep 0.1; done\" stubborn",
                "stop.grace=300ms", "restart=always");
        Guest guest = guest("stubborn");
        Thread.sleep(200);
        configuration.delete();
        assertEquals(128 + 9, GuestRunner.await(guest, "stubborn").shellStatus());
        gone("stubborn");
    }

    @Test
    public void restartsWithBackOffUpToALimit() throws Exception {
        Path log = Files.createTempFile("dune-itest-appliance", ".log");
        Configuration configuration = configure("failing", "program=/bin/sh", "arguments=-c 'echo run; exit 3'",
                "log=file:" + log, "restart=on-failure", "restart.delay=10ms", "restart.delay.max=10s", "restart.limit=3");
        try {
            eventually("failing: ended with status 3; given up after 3 restarts", AppliancesTest::reports);
            assertEquals("run\n".repeat(4), read(log));
            update(configuration, "program=/bin/true", "restart=on-failure");
            eventually("failing: ended with status 0", AppliancesTest::reports);
        } finally {
            configuration.delete();
            Files.delete(log);
        }
    }

    @Test
    public void aKilledGuestComesBack() throws Exception {
        Configuration configuration = configure("again", "program=/bin/sleep", "arguments=4711", "restart.delay=10ms");
        try {
            Guest first = guest("sleep 4711");
            first.signal(9);
            eventually("restarts: 1", AppliancesTest::reports);
            assertNotEquals(first.job(), guest("sleep 4711").job());
        } finally {
            configuration.delete();
        }
        gone("sleep 4711");
    }

    @Test
    public void wrongConfigurationsTakeNothingElseDown() throws Exception {
        Configuration good = configure("good", "program=/bin/sleep", "arguments=4712");
        Guest guest = guest("sleep 4712");
        Path file = Files.createTempFile("org.nesteddune.guest-", ".cfg");
        Files.writeString(file, "# a guest\nprogram = /bin/true\n  tasks=-1\n\nprogramm: /bin/false\nstop.signal=SIGNOT\n");
        Configuration bad = configure("bad", "program=/bin/true", "tasks=-1", "programm=/bin/false", "stop.signal=SIGNOT",
                "felix.fileinstall.filename=" + file.toUri());
        Configuration none = configure("none", "program=/no/such/program", "restart=never");
        Configuration user = configure("user", "program=/bin/true", "user=nobodyknows", "restart=never");
        Configuration words = configure("words", "program=/bin/true", "arguments=\"open", "environment=NAME");
        try {
            String report = eventually("none: not started\n  org.nesteddune.guest~none: program: /no/such/program", AppliancesTest::reports);
            report = eventually("there is no user 'nobodyknows'", AppliancesTest::reports);
            report = eventually("words: not started", AppliancesTest::reports);
            assertTrue(report, report.contains(file + ":3: tasks: '-1' is no number from 1 up"));
            assertTrue(report, report.contains(file + ":5: programm: there is no such setting; is it 'program'?"));
            assertTrue(report, report.contains(file + ":6: stop.signal: 'SIGNOT' is no signal"));
            assertTrue(report, report.contains("arguments: a quote \" is not closed"));
            assertTrue(report, report.contains("environment: 'NAME' is not NAME=VALUE"));
            assertEquals(guest.pid(), guest("sleep 4712").pid());
        } finally {
            for (Configuration each : List.of(good, bad, none, user, words)) {
                each.delete();
            }
            Files.delete(file);
        }
        gone("sleep 4712");
    }

    @Test
    public void filesOfLogsBeginAnew() throws Exception {
        Path folder = Files.createTempDirectory("dune-itest-logs");
        Path guestLog = folder.resolve("guest.log");
        Configuration log = admin().getConfiguration("org.nesteddune.log", "?");
        Configuration guest = null;
        try {
            update(log, "file=relative", "level=loud");
            eventually("file: 'relative' is no absolute path", AppliancesTest::reports);
            eventually("level: 'loud' is none of audit, error, warn, info, debug, trace", AppliancesTest::reports);
            update(log, "file=" + folder.resolve("runtime.log"), "size=2k", "files=2", "level=warn");
            // Standard error is logged as a warning.
            guest = configure("talkative", "program=/bin/sh", "restart=never",
                    "arguments=-c 'i=1000; while [ $i -lt 1200 ]; do echo line $i >&2; i=$((i+1)); done'");
            eventually("WARN  guest.talkative: line 1199\n", () -> read(folder.resolve("runtime.log")));
            assertTrue(Files.size(folder.resolve("runtime.log")) <= 2048);
            assertTrue(Files.size(folder.resolve("runtime.log.2")) > 1900);
            assertFalse(Files.exists(folder.resolve("runtime.log.3")));
            update(guest, "program=/bin/sh", "restart=never", "log=file:" + guestLog, "log.size=1k", "log.files=1",
                    "arguments=-c 'i=1000; while [ $i -lt 1200 ]; do echo line $i; i=$((i+1)); done; echo end'");
            eventually("line 1199\nend\n", () -> read(guestLog));
            assertEquals(1020, Files.size(folder.resolve("guest.log.1")));
            assertFalse(Files.exists(folder.resolve("guest.log.2")));
        } finally {
            log.delete();
            if (guest != null) {
                guest.delete();
            }
        }
        eventually("gone", () -> reports().contains("talkative") ? reports() : "gone");
        for (String name : List.of("runtime.log", "runtime.log.1", "runtime.log.2", "guest.log", "guest.log.1")) {
            Files.delete(folder.resolve(name));
        }
        Files.delete(folder);
    }

    /** As in the shell: a file that FileInstall sees is a guest, and goes with it. */
    @Test
    public void aFileIsAGuest() throws Exception {
        Path folder = Files.createTempDirectory("dune-itest-etc");
        Path file = folder.resolve("org.nesteddune.guest-file.cfg");
        Map<String, String> settings = Map.of("dir", folder.toString(), "filter", ".*\\.cfg", "poll", "100",
                "noInitialDelay", "true", "enableConfigSave", "false");
        settings.forEach((name, value) -> System.setProperty(FILE_INSTALL + name, value));
        Bundle reader = Services.context().installBundle(Bundles.jar("org.apache.felix.fileinstall").toUri().toString());
        try {
            write(file, "# a guest\nprogram = /bin/sleep\narguments = 4716\ntasks = some\n");
            reader.start();
            eventually("file: not started\n  " + file + ":4: tasks: 'some' is no number from 1 up", AppliancesTest::reports);
            write(file, "# a guest\nprogram = /bin/sleep\narguments = 4716\ntasks = 5\n");
            guest("sleep 4716");
            eventually("file: runs, pid ", AppliancesTest::reports);
            Files.delete(file);
            gone("sleep 4716");
        } finally {
            Files.deleteIfExists(file);
            gone("sleep 4716");
            reader.uninstall();
            settings.keySet().forEach(name -> System.clearProperty(FILE_INSTALL + name));
            Files.delete(folder);
        }
    }

    /** Whole at once: a file that is half written would be read so. */
    private static void write(Path file, String text) throws Exception {
        Path other = Files.createTempFile("dune-itest", ".new");
        Files.writeString(other, text);
        Files.setLastModifiedTime(other, FileTime.fromMillis(System.currentTimeMillis() + text.length() * 1000L));
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    public void aGuestWaitsForItsProfileAndFollowsIt() throws Exception {
        Configuration configuration = configure("waiting", "program=/bin/sleep", "arguments=4713", "profile=later", "families=!ipc");
        Configuration profile = null;
        try {
            eventually("waiting: waits for the profile later", AppliancesTest::reports);
            profile = AppliancesTest.admin().getFactoryConfiguration("org.nesteddune.profile", "later", "?");
            update(profile, "refusal=ENOSYS");
            Guest first = guest("sleep 4713");
            assertEquals("later", first.profile());
            update(profile, "refusal=EPERM");
            GuestRunner.await(first, "sleep");
            assertNotEquals(first.job(), guest("sleep 4713").job());
        } finally {
            configuration.delete();
            if (profile != null) {
                profile.delete();
            }
        }
        gone("sleep 4713");
    }

    @Test
    @Needs({"/dev/kvm", Needs.ROOT})
    public void aUserByName() throws Exception {
        Path log = Files.createTempFile("dune-itest-appliance", ".log");
        Configuration configuration = configure("user", "program=id", "arguments=-un", "user=nobody", "log=file:" + log, "restart=never");
        try {
            eventually("nobody\n", () -> read(log));
        } finally {
            configuration.delete();
            Files.delete(log);
        }
    }

    @Test
    public void guestsEndWithTheSupervisor() throws Exception {
        Configuration configuration = configure("bundle", "program=/bin/sleep", "arguments=4714");
        Bundle supervisor = null;
        for (Bundle bundle : Services.context().getBundles()) {
            supervisor = "org.nesteddune.supervisor".equals(bundle.getSymbolicName()) ? bundle : supervisor;
        }
        try {
            Guest guest = guest("sleep 4714");
            supervisor.stop();
            assertTrue(guest.exit().toCompletableFuture().isDone());
            supervisor.start();
            assertNotEquals(guest.job(), guest("sleep 4714").job());
        } finally {
            configuration.delete();
        }
        gone("sleep 4714");
    }
}
