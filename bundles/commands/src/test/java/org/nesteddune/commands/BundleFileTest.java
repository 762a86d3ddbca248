package org.nesteddune.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleFileTest {

    @TempDir
    Path directory;

    private HttpServer server;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private static byte[] jar(String symbolicName) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        if (symbolicName != null) {
            manifest.getMainAttributes().putValue("Bundle-SymbolicName", symbolicName);
            manifest.getMainAttributes().putValue("Bundle-Version", "1.2.3");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new JarOutputStream(bytes, manifest).close();
        return bytes.toByteArray();
    }

    private String offer(String path, int status, byte[] content, long length, String location) {
        server.createContext(path, exchange -> {
            if (location != null) {
                exchange.getResponseHeaders().set("Location", location);
            }
            exchange.sendResponseHeaders(status, length);
            try (OutputStream body = exchange.getResponseBody()) {
                body.write(content);
            } catch (IOException tooShort) {
                // What the test is about.
            }
        });
        return "http://localhost:" + server.getAddress().getPort() + path;
    }

    private BundleFile fetch(String url, String digest) throws Exception {
        return BundleFile.fetch(url, directory.toString(), digest, System.err);
    }

    private void refuses(String url, String words) {
        assertThatThrownBy(() -> fetch(url, null)).isInstanceOf(CommandException.class).hasMessageContaining(words);
    }

    @Test
    void comesByHttpAndFromFiles() throws Exception {
        byte[] good = jar("an.example;singleton:=true");
        String url = offer("/good", 200, good, good.length, null);
        Path path;
        try (BundleFile file = fetch(url, HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(good)))) {
            path = file.path();
            assertThat(file.symbolicName()).isEqualTo("an.example");
            assertThat(file.version()).isEqualTo("1.2.3");
            assertThat(path).hasBinaryContent(good);
        }
        assertThat(path).doesNotExist();
        Files.write(directory.resolve("a b.jar"), good);
        fetch("a b.jar", null).close();
        fetch(directory.resolve("a b.jar").toUri().toString(), null).close();
        fetch(offer("/elsewhere", 302, new byte[0], -1, "/good"), null).close();
    }

    @Test
    void saysWhatIsWrong() throws Exception {
        refuses("http://localhost:" + server.getAddress().getPort() + "/nothing", "the server says 404 Not Found");
        refuses(offer("/short", 200, new byte[10], 100, null), "/short: ");
        refuses(offer("/text", 200, "hello".getBytes(), 5, null), "not a jar");
        byte[] plain = jar(null);
        refuses(offer("/plain", 200, plain, plain.length, null), "no Bundle-SymbolicName");
        byte[] evil = jar("../evil");
        refuses(offer("/evil", 200, evil, evil.length, null), "symbolic name '../evil'");
        refuses(offer("/file", 302, new byte[0], -1, "file:///etc/passwd"), "not by http or https");
        refuses(offer("/loop", 302, new byte[0], -1, "/loop"), "sends on and on");
        refuses("ftp://localhost/a.jar", "not by ftp");
        refuses("nowhere.jar", "No such file or directory");
        refuses("http://a b/", "not a URL");
        server.stop(0);
        refuses("http://localhost:" + server.getAddress().getPort() + "/", "nobody answers");
    }

    @Test
    void digestsAreLookedAt() throws Exception {
        byte[] good = jar("an.example");
        String url = offer("/good", 200, good, good.length, null);
        assertThatThrownBy(() -> fetch(url, "00".repeat(32))).hasMessageContaining("its SHA-256 is");
    }
}
