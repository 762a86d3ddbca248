package org.nesteddune.webconsole;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import javax.servlet.Servlet;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.nesteddune.Dune;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * The plugin. A GET of its own address gives the page, which asks for all else as JSON; only a POST changes anything, and only with the
 * token that the page has been given: pages of others cannot read it, nor send a header of this name.
 */
@Component(
        service = Servlet.class,
        property = {
            "felix.webconsole.label=" + ConsoleServlet.LABEL,
            "felix.webconsole.title=Guests",
            "felix.webconsole.category=nested-dune",
            "felix.webconsole.css=/" + ConsoleServlet.LABEL + "/guests.css"
        })
public final class ConsoleServlet extends HttpServlet {

    /** Where it is below the console's address. */
    static final String LABEL = "dune";

    /** The header that a POST has to have. */
    static final String TOKEN = "X-Dune-Token";

    private static final long serialVersionUID = 1L;

    private static final String JSON = "application/json";

    /** Attribute of a request: the plugin's own address. */
    private static final String ROOT = "felix.webconsole.pluginRoot";

    /** What lies beside this class for the page, and its media types. */
    private static final Map<String, String> RESOURCES =
            Map.of("guests.js", "text/javascript", "charts.js", "text/javascript", "guests.css", "text/css");

    private static final int TOKEN_BYTES = 16;

    private final String token = newToken();
    private final transient Viewers viewers = new Viewers();
    private final transient Answers answers;
    private final transient Actions actions;

    @Activate
    public ConsoleServlet(@Reference Dune dune) {
        answers = new Answers(dune, viewers);
        actions = new Actions(dune, viewers);
    }

    @Deactivate
    void deactivate() {
        viewers.close();
    }

    private static String newToken() {
        byte[] bytes = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String name = name(request);
        if (name.isEmpty()) {
            page(request, response);
        } else if (RESOURCES.containsKey(name)) {
            send(response, HttpServletResponse.SC_OK, RESOURCES.get(name), resource(name));
        } else {
            answer(response, out -> answers.write(name, request::getParameter, out));
        }
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        answer(response, out -> {
            if (!isOurs(request.getHeader(TOKEN))) {
                throw new Refusal(HttpServletResponse.SC_FORBIDDEN, "this page is of an earlier start; load it again");
            }
            actions.perform(name(request), request::getParameter, request.getRemoteUser(), out);
        });
    }

    private boolean isOurs(String given) {
        return given != null
                && MessageDigest.isEqual(
                        token.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }

    /** What follows the plugin's own address, "" for that itself. */
    private static String name(HttpServletRequest request) {
        String path = request.getPathInfo() == null ? "" : request.getPathInfo();
        String own = "/" + LABEL;
        if (path.startsWith(own)) {
            path = path.substring(own.length());
        }
        return path.startsWith("/") ? path.substring(1) : path;
    }

    /** Writes JSON. */
    private interface Answer {
        void write(StringWriter out) throws IOException, Refusal;
    }

    private static void answer(HttpServletResponse response, Answer answer) throws IOException {
        StringWriter out = new StringWriter();
        int status = HttpServletResponse.SC_OK;
        try {
            answer.write(out);
        } catch (Refusal refusal) {
            out = new StringWriter();
            Json.error(out, refusal.getMessage());
            status = refusal.status();
        }
        send(response, status, JSON, out.toString());
    }

    private static void send(HttpServletResponse response, int status, String type, String text) throws IOException {
        response.setStatus(status);
        response.setContentType(type);
        response.setCharacterEncoding(StandardCharsets.UTF_8.name());
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.getWriter().write(text);
    }

    /** Between the console's head and foot. Nothing in it is a guest's: the scripts ask for that. */
    private void page(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Object root = request.getAttribute(ROOT);
        String address = root == null ? request.getContextPath() + request.getServletPath() + "/" + LABEL : root.toString();
        response.getWriter()
                .write(resource("page.html").replace("@root@", escaped(address)).replace("@token@", token));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;").replace("'", "&#39;").replace("$", "&#36;");
    }

    private static String resource(String name) {
        try (InputStream in = ConsoleServlet.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException damaged) {
            throw new UncheckedIOException(damaged);
        }
    }
}
