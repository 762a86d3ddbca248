package org.nesteddune.metrics.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import javax.servlet.Servlet;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.nesteddune.metrics.Metrics;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;

/**
 * Gives the metrics to who asks by GET. Off unless configured, and even then only connections to a loopback address are served: an HTTP service
 * that others share may listen to all the world.
 */
@Component(
        service = Servlet.class,
        configurationPid = EndpointSettings.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = EndpointSettings.class)
public final class MetricsServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    /** The format's media type. */
    private static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final transient Metrics metrics;
    private final boolean remote;

    @Activate
    public MetricsServlet(@Reference Metrics metrics, EndpointSettings settings) {
        this.metrics = metrics;
        this.remote = settings.remote();
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!remote && !isLocal(request)) {
            response.sendError(HttpServletResponse.SC_FORBIDDEN);
            return;
        }
        byte[] text = Exposition.of(metrics).getBytes(StandardCharsets.UTF_8);
        response.setContentType(TYPE);
        response.setContentLength(text.length);
        response.getOutputStream().write(text);
    }

    /** By where the connection really ends, not by what a header says. */
    private static boolean isLocal(HttpServletRequest request) {
        try {
            // A literal address, for which nobody is asked.
            return InetAddress.getByName(request.getLocalAddr()).isLoopbackAddress();
        } catch (UnknownHostException strange) {
            return false;
        }
    }
}
