package org.nesteddune.webconsole;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.junit.jupiter.api.Test;

class ConsoleServletTest {

    private static final Pattern TOKEN = Pattern.compile("data-token=\"([0-9a-f]{32})\"");

    private final FakeGuest guest = new FakeGuest();
    private final ConsoleServlet servlet = new ConsoleServlet(guest);

    /** What a servlet has answered. */
    private record Answer(int status, String text, Map<String, String> headers) {}

    private static <T> T object(Class<T> type, BiFunction<String, Object[], Object> methods) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> methods.apply(method.getName(), arguments)));
    }

    private Answer call(String method, String path, String token) throws Exception {
        StringWriter text = new StringWriter();
        Map<String, String> headers = new HashMap<>();
        int[] status = {HttpServletResponse.SC_OK};
        HttpServletRequest request = object(HttpServletRequest.class, (name, arguments) -> switch (name) {
            case "getPathInfo" -> path;
            case "getAttribute" -> "/console/d\"une";
            case "getHeader" -> arguments[0].equals(ConsoleServlet.TOKEN) ? token : null;
            case "getParameter" -> Map.of("pid", "7", "signal", "KILL").get(arguments[0]);
            case "getRemoteUser" -> null;
            default -> throw new UnsupportedOperationException(name);
        });
        HttpServletResponse response = object(HttpServletResponse.class, (name, arguments) -> {
            switch (name) {
                case "getWriter" -> {
                    return new PrintWriter(text);
                }
                case "setStatus" -> status[0] = (Integer) arguments[0];
                case "setHeader" -> headers.put((String) arguments[0], (String) arguments[1]);
                case "setContentType" -> headers.put("Content-Type", (String) arguments[0]);
                case "setCharacterEncoding" -> assertThat(arguments[0]).isEqualTo("UTF-8");
                default -> throw new UnsupportedOperationException(name);
            }
            return null;
        });
        if (method.equals("GET")) {
            servlet.doGet(request, response);
        } else {
            servlet.doPost(request, response);
        }
        return new Answer(status[0], text.toString(), headers);
    }

    @Test
    void thePageHasItsAddressAndAToken() throws Exception {
        Answer page = call("GET", "/dune", null);
        assertThat(page.text()).contains("data-root=\"/console/d&quot;une\"").containsPattern(TOKEN).doesNotContain("@root@");
        assertThat(call("GET", "/dune/guests.js", null).headers()).containsEntry("Content-Type", "text/javascript");
        assertThat(call("GET", "/dune/charts.js", null).text()).contains("svg");
        assertThat(call("GET", "/dune/guests.css", null).headers()).containsEntry("Content-Type", "text/css");
    }

    @Test
    void jsonIsNothingElse() throws Exception {
        Answer guests = call("GET", "/dune/guests.json", null);
        assertThat(guests.status()).isEqualTo(200);
        assertThat(guests.headers())
                .containsEntry("Content-Type", "application/json")
                .containsEntry("X-Content-Type-Options", "nosniff")
                .containsEntry("Cache-Control", "no-store");
        assertThat(call("GET", "/dune/../ConsoleServlet.class", null).status()).isEqualTo(404);
        assertThat(call("GET", "/dune/page.html", null).status()).isEqualTo(404);
    }

    @Test
    void onlyThePageChangesAnything() throws Exception {
        Matcher token = TOKEN.matcher(call("GET", "/dune", null).text());
        assertThat(token.find()).isTrue();
        assertThat(call("POST", "/dune/signal", null).status()).isEqualTo(403);
        assertThat(call("POST", "/dune/signal", "").status()).isEqualTo(403);
        assertThat(call("POST", "/dune/signal", "0".repeat(32)).status()).isEqualTo(403);
        assertThat(call("GET", "/dune/signal", token.group(1)).status()).isEqualTo(404);
        assertThat(guest.done).isEmpty();
        assertThat(call("POST", "/dune/signal", token.group(1)).text()).isEqualTo("{}");
        assertThat(guest.done).containsExactly("signal 9");
    }
}
