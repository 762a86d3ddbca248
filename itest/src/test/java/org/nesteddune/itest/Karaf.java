package org.nesteddune.itest;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * A stock Apache Karaf with the features of nested-dune in its system repository, in a process and a folder of its own. It listens on the
 * loopback only; commands go to it by its own client. For one thread.
 */
final class Karaf implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 180;
    private static final String LOOPBACK = InetAddress.getLoopbackAddress().getHostAddress();

    private final Path home;
    private final int port;
    private final int webPort;
    private final String password = UUID.randomUUID().toString();
    private final Process server;

    /** Unpacks and starts it. */
    Karaf() throws Exception {
        home = Files.createTempDirectory("dune-itest-karaf");
        run(List.of("cp", "-a", stock() + "/.", home.toString()), null);
        unpackFeatures();
        port = freePort();
        Path etc = home.resolve("etc");
        Files.writeString(etc.resolve("users.properties"),
                "karaf = " + password + ",_g_:admingroup\n_g_\\:admingroup = group,admin,manager,viewer,systembundles,ssh\n");
        set(etc.resolve("org.apache.karaf.shell.cfg"), Map.of("sshPort", "" + port, "sshHost", LOOPBACK));
        set(etc.resolve("org.apache.karaf.management.cfg"),
                Map.of("rmiRegistryPort", "" + freePort(), "rmiServerPort", "" + freePort(),
                        "rmiRegistryHost", LOOPBACK, "rmiServerHost", LOOPBACK));
        webPort = freePort();
        set(etc.resolve("org.ops4j.pax.web.cfg"),
                Map.of("org.osgi.service.http.port", "" + webPort, "org.ops4j.pax.web.listening.addresses", LOOPBACK));
        server = process(List.of(home.resolve("bin/karaf").toString(), "server"))
                .redirectOutput(home.resolve("server.out").toFile())
                .start();
        server.getOutputStream().close();
    }

    private static String version() {
        return System.getProperty("dune.itest.karaf");
    }

    private static Path project() {
        return Path.of(System.getProperty("dune.itest.judges")).getParent();
    }

    private static Path stock() {
        return project().resolve("target/karaf-" + version());
    }

    /** Brings a stock Karaf here, unless it is there; why that cannot be done, or null. */
    static String missing() {
        try {
            String said = run(List.of(project().resolve("karaf").toString(), version(), stock().toString()), null);
            return Files.exists(stock().resolve(".complete")) ? null : said.substring(said.lastIndexOf('\n') + 1);
        } catch (IOException failed) {
            return "Apache Karaf cannot be had: " + failed.getMessage();
        }
    }

    /** What {@code features} packages for a Karaf. */
    private void unpackFeatures() throws IOException {
        Path zip;
        try (Stream<Path> made = Files.list(project().resolveSibling("features/target"))) {
            zip = made.filter(each -> each.getFileName().toString().matches("dune-karaf-.*\\.zip")).findFirst().orElseThrow();
        }
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(zip))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                Path file = home.resolve(entry.getName()).normalize();
                if (!file.startsWith(home)) {
                    throw new IOException(entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                } else {
                    Files.createDirectories(file.getParent());
                    Files.copy(in, file);
                }
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void set(Path file, Map<String, String> values) throws IOException {
        List<String> lines = new ArrayList<>(Files.exists(file) ? Files.readAllLines(file) : List.of());
        values.forEach((name, value) -> {
            lines.removeIf(line -> line.matches(name + "\\s*=.*"));
            lines.add(name + " = " + value);
        });
        Files.write(file, lines);
    }

    private static ProcessBuilder process(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().keySet().removeIf(name -> name.startsWith("KARAF_"));
        return builder;
    }

    private static String run(List<String> command, String input) throws IOException {
        Process process = process(command).start();
        try {
            process.getOutputStream().write((input == null ? "" : input).getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            try (InputStream in = process.getInputStream()) {
                in.transferTo(said);
            }
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(command + " does not end");
            }
            return said.toString(StandardCharsets.UTF_8).strip();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException(interrupted);
        } finally {
            process.destroyForcibly();
        }
    }

    /** What a line of commands prints; without colours. Waits for a Karaf that is not there yet. */
    String command(String line) throws IOException {
        String said = run(
                List.of(home.resolve("bin/client").toString(), "-u", "karaf", "-p", password, "-a", "" + port, "-h", LOOPBACK,
                        "-r", "60", "-d", "1", "-b"),
                line + "\n");
        return said.replaceAll("\u001b\\[[0-9;]*m", "").replace("\r", "");
    }

    /**
     * What its HTTP service answers to a GET.
     *
     * @param login whether it is told who asks
     */
    String get(String path, boolean login) {
        return WebServer.request("GET", "http://" + LOOPBACK + ":" + webPort + path, login ? "karaf:" + password : null);
    }

    /** What it has said, for the message of a test that fails. */
    String log() {
        Path log = home.resolve("data/log/karaf.log");
        try {
            List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
        } catch (IOException unreadable) {
            return unreadable.toString();
        }
    }

    @Override
    public void close() throws IOException {
        List<ProcessHandle> started = new ArrayList<>(server.descendants().toList());
        started.add(server.toHandle());
        started.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle each : started) {
            each.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        }
        try (Stream<Path> all = Files.walk(home)) {
            all.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (UncheckedIOException gone) {
            // The folder is a temporary one.
        }
    }
}
