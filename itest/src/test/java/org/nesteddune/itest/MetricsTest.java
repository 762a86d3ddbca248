package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.osgi.framework.Bundle;

/** What management clients see of guests. */
@Needs("/dev/kvm")
public class MetricsTest extends DuneTest {

    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();

    private Bundle metrics;

    @Before
    public void deploy() throws Exception {
        metrics = Services.context().installBundle(Bundles.jar("org.nesteddune.metrics").toUri().toString());
        metrics.start();
    }

    @After
    public void withdraw() throws Exception {
        metrics.uninstall();
        assertFalse(server.isRegistered(name("Guests")));
    }

    private static ObjectName name(String type) throws Exception {
        return new ObjectName("org.nesteddune:type=" + type);
    }

    private Object get(String type, String attribute) throws Exception {
        return server.getAttribute(name(type), attribute);
    }

    private CompositeData row(String type, String attribute, String key, Object value) throws Exception {
        return Arrays.stream((CompositeData[]) get(type, attribute))
                .filter(row -> value.equals(row.get(key)))
                .findFirst()
                .orElse(null);
    }

    private long number(String type, String attribute, String key, Object value, String column) throws Exception {
        CompositeData row = row(type, attribute, key, value);
        return row == null ? 0 : (Long) row.get(column);
    }

    @Test
    public void callsAndExitsOfAllProcesses() throws Exception {
        long started = (Long) get("Guests", "Started");
        long ended = (Long) get("Guests", "Ended");
        long mkdirs = number("Calls", "Calls", "name", "mkdir", "count");
        long errors = number("Calls", "Calls", "name", "mkdir", "errors");
        long exits = events();
        try (GuestRunner runner = new GuestRunner()) {
            // The first mkdir succeeds, the other, in another process, fails.
            runner.inDune(Command.of("/bin/sh", "-c", "mkdir d; mkdir d 2>/dev/null; true"));
        }
        AppliancesTest.eventually("all", () -> {
            try {
                return (Long) get("Guests", "Ended") >= ended + 3 ? "all" : "only " + get("Guests", "Ended");
            } catch (Exception failed) {
                return failed.toString();
            }
        });
        assertTrue((Long) get("Guests", "Started") >= started + 3);
        assertEquals(mkdirs + 2, number("Calls", "Calls", "name", "mkdir", "count"));
        assertEquals(errors + 1, number("Calls", "Calls", "name", "mkdir", "errors"));
        CompositeData mkdir = row("Calls", "Calls", "name", "mkdir");
        long[] latencies = (long[]) mkdir.get("latencies");
        assertEquals(mkdirs + 2, LongStream.of(latencies).sum());
        assertEquals(latencies.length - 1, ((long[]) get("Calls", "LatencyBounds")).length);
        assertTrue((Long) mkdir.get("nanos") > 0);
        // Each call is an exit.
        assertTrue(events() > exits + 20);
    }

    private long events() throws Exception {
        return Arrays.stream((CompositeData[]) get("Engines", "Events")).mapToLong(row -> (Long) row.get("count")).sum();
    }

    @Test
    public void guestsWithTheirMemory() throws Exception {
        Guest guest = Services.get(Dune.class).enter(GuestSpec.program("/bin/sleep").arguments(List.of("4720")).build());
        try {
            AppliancesTest.eventually("S", () -> String.valueOf(guest.info().state()));
            CompositeData row = row("Guests", "Guests", "pid", guest.pid());
            assertEquals("/bin/sleep 4720", row.get("command"));
            assertEquals("kvm", row.get("engine"));
            assertTrue((Long) row.get("residentBytes") > 0);
            assertTrue((Integer) get("Guests", "Count") >= 1);
            assertTrue((Long) get("Guests", "VirtualBytes") >= (Long) row.get("virtualBytes"));
        } finally {
            guest.signal(9);
            GuestRunner.await(guest, "sleep");
        }
    }

    @Test
    public void theBeansGoWithTheBundle() throws Exception {
        Guest guest = Services.get(Dune.class)
                .enter(GuestSpec.program("/bin/sh").arguments(List.of("-c", "while :; do cd /; sleep 0.01; done")).build());
        try {
            metrics.stop();
            assertFalse(server.isRegistered(name("Guests")));
            metrics.start();
            // A guest that was there before is measured too, and counters begin anew.
            AppliancesTest.eventually("chdir", () -> {
                try {
                    return row("Calls", "Calls", "name", "chdir") == null ? "none" : "chdir";
                } catch (Exception failed) {
                    return failed.toString();
                }
            });
        } finally {
            guest.signal(9);
            GuestRunner.await(guest, "sh");
        }
    }
}
