package org.nesteddune.itest;

import static org.junit.Assert.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Chromium without a screen, in a process and a folder of its own, with one page that is driven by the DevTools protocol
 * (<a href="https://chromedevtools.github.io/devtools-protocol/">its description</a>). What its messages say is fetched out of them by
 * patterns: all that a test asks for is made a word without quotes before. For one thread.
 */
final class Browser implements AutoCloseable {

    static final String PROGRAM = "chromium";

    private static final long PATIENCE_SECONDS = 60;
    private static final Pattern ID = Pattern.compile("\\A\\{\"id\":(\\d+),");
    private static final Pattern VALUE = Pattern.compile("\"value\":\"([^\"]*)\"");
    private static final Pattern DATA = Pattern.compile("\"data\":\"([^\"]*)\"");
    private static final Pattern REQUEST = Pattern.compile("\"requestId\":\"([^\"]*)\"");
    private static final Pattern SOCKET = Pattern.compile("\"webSocketDebuggerUrl\": *\"(ws:[^\"]*/page/[^\"]*)\"");

    private final Path folder;
    private final Process process;
    private final WebSocket socket;
    private final AtomicInteger number = new AtomicInteger();
    private final Map<Integer, CompletableFuture<String>> answers = new ConcurrentHashMap<>();
    private final List<String> failures = new ArrayList<>();
    private volatile String user = "";
    private volatile String password = "";

    /** Starts it, with a page of a size in pixels. */
    Browser(int width, int height) throws Exception {
        folder = Files.createTempDirectory("dune-itest-browser");
        // As user 0 its own sandbox cannot be had; what it shows is ours.
        process = new ProcessBuilder(Tools.find(PROGRAM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                        "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-component-update",
                        "--remote-debugging-port=0", "--user-data-dir=" + folder, "--window-size=" + width + "," + height,
                        "about:blank")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("said").toFile())
                .start();
        boolean good = false;
        try {
            socket = HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .buildAsync(URI.create(page()), new Listener())
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            call("Page.enable", "");
            call("Runtime.enable", "");
            call("Fetch.enable", "\"handleAuthRequests\":true");
            call("Emulation.setDeviceMetricsOverride",
                    "\"width\":" + width + ",\"height\":" + height + ",\"deviceScaleFactor\":1,\"mobile\":false");
            good = true;
        } finally {
            if (!good) {
                end();
            }
        }
    }

    /** The address of the page's socket, once the browser is there. */
    private String page() throws Exception {
        Path port = folder.resolve("DevToolsActivePort");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            assertTrue(Files.readString(folder.resolve("said")), process.isAlive() && System.nanoTime() < end);
            if (Files.exists(port) && Files.readString(port).contains("\n")) {
                String list = "http://127.0.0.1:" + Files.readAllLines(port).get(0) + "/json/list";
                String pages = HttpClient.newHttpClient()
                        .send(HttpRequest.newBuilder(URI.create(list)).build(), BodyHandlers.ofString()).body();
                Matcher found = SOCKET.matcher(pages);
                if (found.find()) {
                    return found.group(1);
                }
            }
            Thread.sleep(20);
        }
    }

    /** Takes answers and events. */
    private final class Listener implements WebSocket.Listener {

        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                String message = text.toString();
                text.setLength(0);
                take(message);
            }
            from.request(1);
            return null;
        }
    }

    private void take(String message) {
        Matcher id = ID.matcher(message);
        if (id.find()) {
            CompletableFuture<String> answer = answers.remove(Integer.valueOf(id.group(1)));
            if (answer != null) {
                answer.complete(message);
            }
        } else if (message.contains("\"method\":\"Fetch.requestPaused\"")) {
            send("Fetch.continueRequest", "\"requestId\":\"" + request(message) + "\"");
        } else if (message.contains("\"method\":\"Fetch.authRequired\"")) {
            send("Fetch.continueWithAuth", "\"requestId\":\"" + request(message)
                    + "\",\"authChallengeResponse\":{\"response\":\"ProvideCredentials\",\"username\":\"" + user
                    + "\",\"password\":\"" + password + "\"}");
        } else if (message.contains("\"method\":\"Runtime.exceptionThrown\"")) {
            synchronized (failures) {
                failures.add(message);
            }
        }
    }

    private static String request(String message) {
        Matcher found = REQUEST.matcher(message);
        return found.find() ? found.group(1) : "";
    }

    private CompletableFuture<String> send(String method, String parameters) {
        int id = number.incrementAndGet();
        CompletableFuture<String> answer = new CompletableFuture<>();
        answers.put(id, answer);
        String message = "{\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":{" + parameters + "}}";
        synchronized (this) {
            sent = sent.thenCompose(before -> socket().sendText(message, true)).thenApply(done -> null);
        }
        return answer;
    }

    /** One message at a time is on its way. */
    private CompletableFuture<Void> sent = CompletableFuture.completedFuture(null);

    private WebSocket socket() {
        return socket;
    }

    private String call(String method, String parameters) throws Exception {
        String answer = send(method, parameters).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertTrue(method + ": " + answer, !answer.contains("\"error\":") && !answer.contains("\"exceptionDetails\":"));
        return answer;
    }

    /** Who it says it is when it is asked for a password. */
    void login(String name, String word) {
        user = name;
        password = word;
    }

    /** Goes to an address. */
    void open(String url) throws Exception {
        call("Page.navigate", "\"url\":\"" + url + "\"");
        await("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    /** What an expression of JavaScript gives in the page, as text. */
    String evaluate(String expression) throws Exception {
        String quoted = ("encodeURIComponent(String(" + expression + "))").replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", " ");
        Matcher value = VALUE.matcher(call("Runtime.evaluate", "\"expression\":\"" + quoted + "\""));
        assertTrue(expression, value.find());
        return URLDecoder.decode(value.group(1).replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** Waits until an expression is true. */
    void await(String condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!evaluate(condition).equals("true")) {
            if (System.nanoTime() > end) {
                screenshot(Path.of(System.getProperty("dune.itest.judges")).resolveSibling("target/browser-failed.png"));
                throw new AssertionError("not so: " + condition + "\n" + evaluate("document.body && document.body.innerText"));
            }
            Thread.sleep(50);
        }
    }

    /** Clicks on the first element that a selector names, where a user would. */
    void click(String selector) throws Exception {
        await("document.querySelector(`" + selector + "`) !== null");
        String place = evaluate("(e => { e.scrollIntoView({block: 'nearest'}); const r = e.getBoundingClientRect();"
                + " return (r.x + r.width / 2) + ',' + (r.y + r.height / 2); })(document.querySelector(`" + selector + "`))");
        String[] at = place.split(",");
        for (String type : List.of("mousePressed", "mouseReleased")) {
            call("Input.dispatchMouseEvent", "\"type\":\"" + type + "\",\"button\":\"left\",\"clickCount\":1,\"x\":" + at[0] + ",\"y\":" + at[1]);
        }
    }

    /** Writes what it shows as a PNG file. */
    void screenshot(Path file) throws Exception {
        Matcher data = DATA.matcher(call("Page.captureScreenshot", "\"format\":\"png\""));
        assertTrue(data.find());
        Files.write(file, Base64.getDecoder().decode(data.group(1)));
    }

    /** What went wrong in scripts of pages. */
    List<String> failures() {
        synchronized (failures) {
            return List.copyOf(failures);
        }
    }

    private void end() throws IOException {
        List<ProcessHandle> started = new ArrayList<>(process.descendants().toList());
        started.add(process.toHandle());
        started.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle each : started) {
            each.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        }
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (UncheckedIOException gone) {
            // The folder is a temporary one.
        }
    }

    @Override
    public void close() throws IOException {
        socket.abort();
        end();
    }
}
