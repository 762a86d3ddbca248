package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.linux.Signal;

/** Guests in the Felix Web Console, as a browser shows them. Screenshots are left in {@code itest/target}. */
@Needs("/dev/kvm")
public class WebConsoleTest extends DuneTest {

    private static final String PAGE = "/system/console/dune";
    private static final String USER = "operator";
    private static final String PASSWORD = "not-for-everyone";
    private static final String LOGIN = USER + ":" + PASSWORD;

    /** Properties of the console, which the framework looks up in the JVM's. */
    private static final String CONSOLE = "felix.webconsole.";

    private WebServer server;
    private Path go;
    private Guest guest;

    @Before
    public void deploy() throws Exception {
        System.setProperty(CONSOLE + "username", USER);
        System.setProperty(CONSOLE + "password", PASSWORD);
        server = new WebServer("org.owasp.encoder", "org.apache.commons.commons-io", "org.apache.commons.commons-fileupload",
                "org.apache.felix.inventory", "org.apache.felix.webconsole", "org.nesteddune.webconsole");
        go = Files.createTempFile("dune-itest-console", "");
        guest = enter("/bin/sh", "-c", "trap 'exit 7' TERM; while [ -e \"$0\" ]; do (cd /tmp); cd /usr; done", go.toString());
    }

    @After
    public void withdraw() throws Exception {
        Files.delete(go);
        guest.signal(Signal.SIGKILL);
        GuestRunner.await(guest, "sh");
        server.close();
        System.clearProperty(CONSOLE + "username");
        System.clearProperty(CONSOLE + "password");
    }

    private static Guest enter(String program, String... arguments) throws Exception {
        return Services.get(Dune.class).enter(
                GuestSpec.program(program).arguments(List.of(arguments)).descriptors(-1, -1, -1).build());
    }

    private static Path target() {
        return Path.of(System.getProperty("dune.itest.judges")).resolveSibling("target");
    }

    @Test
    public void onlyWhoLogsInSeesGuestsAndOnlyItsPageChangesThem() throws Exception {
        AppliancesTest.eventually("401 ", () -> server.get(PAGE));
        AppliancesTest.eventually("200 ", () -> server.ask("GET", PAGE, LOGIN));
        for (String path : List.of("", "/guests.json", "/guests.js", "/map.json?pid=" + guest.pid())) {
            assertTrue(path, server.get(PAGE + path).startsWith("401 "));
        }
        String guests = server.ask("GET", PAGE + "/guests.json", LOGIN);
        assertTrue(guests, guests.startsWith("200 application/json"));
        assertTrue(guests, guests.contains("\"pid\":" + guest.pid() + ","));
        // Neither by GET, nor without the page's token.
        for (String path : List.of("/hold", "/signal", "/watch", "/release")) {
            String query = path + "?signal=KILL&pid=" + guest.pid();
            assertTrue(query, server.ask("GET", PAGE + query, LOGIN).startsWith("404 "));
            assertTrue(query, server.ask("POST", PAGE + query, LOGIN).startsWith("403 "));
            assertTrue(query, server.ask("POST", PAGE + query, null).startsWith("401 "));
        }
        assertFalse(guest.exit().toCompletableFuture().isDone());
        assertFalse(guest.info().blockedIn().startsWith("held"));
    }

    private String row(String rest) {
        return "document.querySelector('tr[data-pid=\"" + guest.pid() + "\"]" + rest + "')";
    }

    private String button(String name) {
        return "tr[data-pid=\"" + guest.pid() + "\"] ." + name;
    }

    @Test
    @Needs(Browser.PROGRAM)
    public void aBrowserShowsAndChangesGuests() throws Exception {
        AppliancesTest.eventually("200 ", () -> server.ask("GET", PAGE, LOGIN));
        String name = "<img src=x onerror=alert(1)> ${pluginRoot}";
        Guest other = Services.get(Dune.class).enter(
                GuestSpec.program("/bin/sleep").argv(List.of(name, "4730")).descriptors(-1, -1, -1).build());
        try (Browser browser = new Browser(1400, 1000)) {
            browser.login(USER, PASSWORD);
            browser.open(server.address() + PAGE);
            browser.await(row("") + " !== null");
            browser.await("document.getElementById('dune-guests').innerText.includes('clock_nanosleep')");
            assertEquals(name + " 4730",
                    browser.evaluate("document.querySelector('tr[data-pid=\"" + other.pid() + "\"] .dune-program').textContent"));
            assertEquals("0", browser.evaluate("document.querySelectorAll('#dune img').length"));
            assertTrue(browser.evaluate(row("") + ".innerText").contains("x86-64"));
            // The charts of the table, and those of one guest.
            browser.await("Number(" + row(" .dune-calls svg") + ".dataset.points) >= 3");
            browser.await("Number(" + row(" .dune-exits svg") + ".dataset.points) >= 3");
            assertEquals("true", browser.evaluate("parseFloat(" + row(" .dune-calls") + ".textContent) > 0"));
            browser.click(button("dune-link"));
            browser.await("document.querySelectorAll('#dune-calls polyline').length === 1");
            browser.await("document.querySelectorAll('#dune-memory polyline').length === 1");
            assertEquals("guest", browser.evaluate("document.getElementById('dune-name').textContent.substring(0, 5).toLowerCase()"));
            // Its memory.
            browser.await("document.querySelectorAll('#dune-map tbody tr').length === " + guest.mappings().size());
            assertTrue(browser.evaluate("document.getElementById('dune-map').innerText").contains("[stack]"));
            // What it does.
            browser.click("#dune-watch");
            browser.await("document.querySelectorAll('#dune-trace div').length > 20");
            browser.await("document.getElementById('dune-trace').innerText.includes('chdir(\"/usr\")')");
            browser.await("Number(document.getElementById('dune-calls').dataset.points) >= 8");
            browser.screenshot(target().resolve("console-guest.png"));

            browser.click(button("dune-hold"));
            browser.await(row(" .dune-state") + ".textContent.startsWith('held')");
            assertEquals('H', guest.info().state());
            assertEquals("held: in the web console, by " + USER, guest.info().blockedIn());
            browser.await(row(" .dune-calls .dune-figure") + ".textContent === '0'");
            Guest.Activity before = guest.activity();
            browser.screenshot(target().resolve("console-held.png"));
            assertEquals(before, guest.activity());
            browser.click(button("dune-hold"));
            browser.await("!" + row(" .dune-state") + ".textContent.startsWith('held')");
            AppliancesTest.eventually("more", () -> guest.activity().calls() > before.calls() ? "more" : "not");

            // A page that goes takes its trace with it.
            assertEquals(1, watching());
            browser.click("#dune-close");
            AppliancesTest.eventually("0", () -> "" + watching());

            browser.evaluate(row(" .dune-signal") + ".value = 'TERM'");
            browser.click(button("dune-send"));
            assertEquals(7, GuestRunner.await(guest, "sh").shellStatus());
            browser.await(row("") + " === null");
            other.signal(Signal.SIGKILL);
            browser.await("document.getElementById('dune-guests').innerText.includes('No program runs in dune.')");
            browser.screenshot(target().resolve("console-empty.png"));
            assertEquals(List.of(), browser.failures());
        } finally {
            other.signal(Signal.SIGKILL);
            GuestRunner.await(other, "sleep");
        }
    }

    /** Threads that look after those who watch traces. */
    private static long watching() {
        return Thread.getAllStackTraces().keySet().stream().filter(each -> each.getName().equals("dune-webconsole")).count();
    }
}
