package org.nesteddune.itest;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;

/** An HTTP service on a free port of the loopback, and bundles that use it; all of it deployed for a test, and withdrawn after it. */
final class WebServer implements AutoCloseable {

    /** Properties of the container, which the framework looks up in the JVM's. */
    private static final String PORT = "org.osgi.service.http.port";

    private static final String HOST = "org.apache.felix.http.host";

    private static final List<String> CONTAINER =
            List.of("slf4j.api", "slf4j.nop", "org.apache.felix.http.servlet-api", "org.apache.felix.http.jetty");

    private final List<Bundle> deployed = new ArrayList<>();
    private final String address;

    /** @param bundles symbolic names of bundles of the class path */
    WebServer(String... bundles) throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        address = "http://127.0.0.1:" + port;
        // A configuration would come too late: the container would have begun to listen elsewhere.
        System.setProperty(PORT, String.valueOf(port));
        System.setProperty(HOST, "127.0.0.1");
        List<String> names = new ArrayList<>(CONTAINER);
        names.addAll(List.of(bundles));
        for (String name : names) {
            deployed.add(Services.context().installBundle(Bundles.jar(name).toUri().toString()));
        }
        for (Bundle bundle : deployed) {
            if (bundle.getHeaders().get("Fragment-Host") == null) {
                bundle.start();
            }
        }
    }

    String address() {
        return address;
    }

    /** Status, media type and text of an answer; or why there is none. */
    String get(String path) {
        return ask("GET", path, null);
    }

    /**
     * The same, by a method.
     *
     * @param login {@code USER:PASSWORD}, or null
     */
    String ask(String method, String path, String login) {
        return request(method, address + path, login);
    }

    /** The same of any server. */
    static String request(String method, String url, String login) {
        try {
            HttpURLConnection connection = (HttpURLConnection) new URL(url).openConnection();
            connection.setRequestMethod(method);
            if (login != null) {
                String word = Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
                connection.setRequestProperty("Authorization", "Basic " + word);
            }
            int status = connection.getResponseCode();
            String head = status + " " + connection.getContentType() + "\n";
            if (status != HttpURLConnection.HTTP_OK) {
                return head;
            }
            try (var in = connection.getInputStream()) {
                return head + new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
        } catch (IOException none) {
            return none.toString();
        }
    }

    @Override
    public void close() throws BundleException {
        Collections.reverse(deployed);
        for (Bundle bundle : deployed) {
            bundle.uninstall();
        }
        System.clearProperty(PORT);
        System.clearProperty(HOST);
    }
}
