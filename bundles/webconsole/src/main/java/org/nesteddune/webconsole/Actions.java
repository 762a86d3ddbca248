package org.nesteddune.webconsole;

import java.io.IOException;
import java.io.Writer;
import java.util.function.UnaryOperator;
import javax.servlet.http.HttpServletResponse;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.linux.Signal;

/** What the page's buttons do. Thread-safe. */
final class Actions {

    private final Dune dune;
    private final Viewers viewers;

    Actions(Dune dune, Viewers viewers) {
        this.dune = dune;
        this.viewers = viewers;
    }

    /**
     * Does something to a guest; signal is a name or a number.
     *
     * @param name {@code signal}, {@code hold}, {@code release}, {@code watch} (which gives a viewer) or {@code unwatch} (of a viewer)
     * @param user who does it, or null if the console does not say
     */
    void perform(String name, UnaryOperator<String> parameters, String user, Writer out) throws IOException, Refusal {
        switch (name) {
            case "unwatch" -> viewers.close(parameters.apply(Requests.VIEWER));
            case "watch" -> {
                Json.viewer(out, viewers.open(Requests.guest(dune, parameters)));
                return;
            }
            case "signal" -> signal(Requests.guest(dune, parameters), parameters.apply("signal"));
            case "hold" -> hold(Requests.guest(dune, parameters), user);
            case "release" -> Requests.guest(dune, parameters).release();
            default -> throw new Refusal(HttpServletResponse.SC_NOT_FOUND, "there is no " + name);
        }
        Json.done(out);
    }

    private static void signal(Guest guest, String name) throws Refusal {
        int signal = name == null ? 0 : Signal.number(name);
        try {
            if (signal != 0) {
                guest.signal(signal);
                return;
            }
        } catch (IllegalArgumentException none) {
            // Not one of the guest's architecture.
        }
        throw new Refusal(HttpServletResponse.SC_BAD_REQUEST, "there is no signal '" + name + "'");
    }

    private static void hold(Guest guest, String user) throws Refusal {
        if (!guest.hold("in the web console" + (user == null ? "" : ", by " + user))) {
            throw new Refusal(
                    HttpServletResponse.SC_CONFLICT,
                    "guest " + guest.pid() + " is not held: it has ended or escaped, or is in a call that the host does not interrupt");
        }
    }
}
