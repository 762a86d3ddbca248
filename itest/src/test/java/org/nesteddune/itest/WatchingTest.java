package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;

/** Metrics over HTTP and health checks, with the bundles of others that they run on; all of it deployed for the test. */
@Needs("/dev/kvm")
public class WatchingTest extends DuneTest {

    private static final String ENDPOINT = "org.nesteddune.metrics.http";

    private final List<Configuration> configurations = new ArrayList<>();
    private WebServer server;

    @Before
    public void deploy() throws Exception {
        server = new WebServer(
                "org.apache.felix.healthcheck.api", "org.nesteddune.metrics", "org.nesteddune.metrics.http", "org.nesteddune.health");
    }

    @After
    public void withdraw() throws Exception {
        server.close();
        for (Configuration configuration : configurations) {
            configuration.delete();
        }
    }

    private void configure(String pid, Map<String, Object> settings) throws Exception {
        Configuration configuration = AppliancesTest.admin().getConfiguration(pid, "?");
        configurations.add(configuration);
        Dictionary<String, Object> properties = new Hashtable<>(settings);
        configuration.update(properties);
    }

    @Test
    public void metricsByHttpOnceConfigured() throws Exception {
        AppliancesTest.eventually("404 ", () -> server.get("/metrics"));
        configure(ENDPOINT, Map.of("osgi.http.whiteboard.servlet.pattern", "/dune/metrics"));
        AppliancesTest.eventually("200 text/plain; version=0.0.4; charset=utf-8", () -> server.get("/dune/metrics").toLowerCase());
        try (GuestRunner runner = new GuestRunner()) {
            runner.inDune(Command.of("/bin/mkdir", "d"));
        }
        String text = AppliancesTest.eventually("dune_guests_ended_total 1\n", () -> server.get("/dune/metrics"));
        assertTrue(text, text.contains("\ndune_syscall_duration_seconds_count{call=\"mkdir\"} 1\n"));
        assertTrue(text, text.contains("\ndune_syscall_duration_seconds_bucket{call=\"mkdir\",le=\"+Inf\"} 1\n"));
        assertTrue(text, text.contains("\ndune_engine_events_total{engine=\"kvm\",kind="));
        // Every line is a comment or a sample.
        for (String line : text.substring(text.indexOf('\n') + 1).split("\n")) {
            assertTrue(line, line.matches("# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\\{([a-z]+=\"[^\"]*\",?)+})? [0-9.]+"));
        }
    }

    @Test
    public void healthSaysWhatIsMissing() throws Exception {
        assertEquals("OK", health());
        Bundle engine = null;
        for (Bundle bundle : Services.context().getBundles()) {
            engine = "org.nesteddune.engines.kvm".equals(bundle.getSymbolicName()) ? bundle : engine;
        }
        engine.stop();
        try {
            assertEquals("WARN", health());
        } finally {
            engine.start();
        }
        AppliancesTest.eventually("OK", () -> {
            try {
                return health();
            } catch (ReflectiveOperationException | org.osgi.framework.InvalidSyntaxException failed) {
                return failed.toString();
            }
        });
    }

    /** The check's status, by reflection: its API is deployed for each test anew, and the tests' bundle would see the first. */
    private static String health() throws ReflectiveOperationException, org.osgi.framework.InvalidSyntaxException {
        ServiceReference<?>[] found = Services.context()
                .getAllServiceReferences("org.apache.felix.hc.api.HealthCheck", "(hc.tags=nested-dune)");
        assertEquals(1, found.length);
        Object check = found[0].getBundle().getBundleContext().getService(found[0]);
        Object result = check.getClass().getMethod("execute").invoke(check);
        return result.getClass().getMethod("getStatus").invoke(result).toString();
    }
}
