package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.Test;

/** The features, installed into a stock Apache Karaf. */
@Needs({"/dev/kvm", "sh", Needs.DISTRIBUTION, Needs.KARAF})
public class KarafTest extends DuneTest {

    private static final long PATIENCE_SECONDS = 120;

    /** Runs a line until what it prints has the text: installing may end the session that asks for it. */
    private static String await(Karaf karaf, String line, String text) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            String said = karaf.command(line);
            if (said.contains(text)) {
                return said;
            }
            assertTrue(line + ": " + said + "\n" + karaf.log(), System.nanoTime() < end);
            Thread.sleep(500);
        }
    }

    @Test
    public void programsRunInKaraf() throws Exception {
        String version = System.getProperty("dune.itest.version");
        try (Karaf karaf = new Karaf()) {
            String repository = "mvn:org.nesteddune/features/" + version + "/xml/features";
            await(karaf, "feature:repo-add " + repository, "Adding feature url");
            karaf.command("feature:install nested-dune");
            await(karaf, "feature:list -i", "nested-dune-syscalls");
            await(karaf, "dune:doctor", "Programs can run in dune.");

            assertEquals(karaf.log(), "hi", karaf.command("dune:enter /bin/echo hi"));
            assertTrue(karaf.log(), karaf.command("dune:enter " + ForeignTest.program("mips64el", "hello")).startsWith("hello\n"));
            String profiles = await(karaf, "dune:profiles", "untrusted");
            assertTrue(profiles, profiles.contains("private    /tmp /var/tmp /dev/shm"));
            assertEquals(karaf.log(), ".\n..", karaf.command("dune:enter --profile untrusted /bin/ls -a /tmp"));
            String riscv = "dune:enter " + ForeignTest.program("riscv64", "hello");
            String refused = karaf.command(riscv);
            assertTrue(refused, refused.contains("a program for RISC-V (ELF machine 243); no installed bundle runs it"));
            karaf.command("feature:install nested-dune-riscv");
            await(karaf, riscv, "hello\n");
            karaf.command("feature:uninstall nested-dune-riscv");
            await(karaf, riscv, "no installed bundle runs it");
            karaf.command("feature:install nested-dune-metrics nested-dune-health");
            await(karaf, "feature:list -i", "nested-dune-health");
            await(karaf, "service:list org.nesteddune.metrics.Metrics", "nested-dune :: metrics");
            await(karaf, "service:list org.apache.felix.hc.api.HealthCheck", "nested-dune :: health");
            karaf.command("feature:install http-whiteboard webconsole");
            karaf.command("feature:install nested-dune-metrics-http nested-dune-webconsole");
            await(karaf, "feature:list -i", "nested-dune-webconsole");
            AppliancesTest.eventually("404 ", () -> karaf.get("/metrics", false));
            karaf.command("config:edit org.nesteddune.metrics.http; config:update");
            String metrics = AppliancesTest.eventually("200 ", () -> karaf.get("/metrics", false));
            assertTrue(metrics, metrics.contains("\n# TYPE dune_guests gauge\n"));
            AppliancesTest.eventually("401 ", () -> karaf.get("/system/console/dune", false));
            AppliancesTest.eventually("200 ", () -> karaf.get("/system/console/dune", true));
            String guests = karaf.get("/system/console/dune/guests.json", true);
            assertTrue(guests, guests.startsWith("200 application/json"));
            assertTrue(karaf.get("/system/console/dune/guests.json", false).startsWith("401 "));
            assertEquals("sleep, and a list", 3,
                    karaf.command("dune:enter -d /bin/sleep 60; dune:ps").lines().count());
            karaf.command("config:edit --factory --alias karaf org.nesteddune.guest; config:property-set program /bin/sleep;"
                    + " config:property-set arguments 4715; config:update");
            await(karaf, "dune:info", "karaf: runs, pid");
        }
    }
}
