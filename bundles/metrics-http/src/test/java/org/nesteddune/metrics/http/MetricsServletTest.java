package org.nesteddune.metrics.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.annotation.Annotation;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.junit.jupiter.api.Test;

class MetricsServletTest {

    private static final class LocalOnly implements EndpointSettings {

        @Override
        public String osgi_http_whiteboard_servlet_pattern() {
            return "/metrics";
        }

        @Override
        public boolean remote() {
            return false;
        }

        @Override
        public Class<? extends Annotation> annotationType() {
            return EndpointSettings.class;
        }
    }

    /** An object that has only what the servlet asks of it before it refuses. */
    private static <T> T only(Class<T> type, String name, java.util.function.Function<Object[], Object> method) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, called, arguments) -> {
            if (!called.getName().equals(name)) {
                throw new UnsupportedOperationException(called.getName());
            }
            return method.apply(arguments);
        }));
    }

    private static int refusal(String localAddress) throws Exception {
        AtomicInteger status = new AtomicInteger();
        HttpServletRequest request = only(HttpServletRequest.class, "getLocalAddr", arguments -> localAddress);
        HttpServletResponse response = only(HttpServletResponse.class, "sendError", arguments -> {
            status.set((Integer) arguments[0]);
            return null;
        });
        new MetricsServlet(null, new LocalOnly()).doGet(request, response);
        return status.get();
    }

    @Test
    void whoComesFromElsewhereIsRefused() throws Exception {
        assertThat(refusal("192.0.2.1")).isEqualTo(HttpServletResponse.SC_FORBIDDEN);
        assertThat(refusal("2001:db8::1")).isEqualTo(HttpServletResponse.SC_FORBIDDEN);
    }
}
