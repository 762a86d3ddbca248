package org.nesteddune.webconsole;

import java.io.IOException;
import java.io.Writer;
import java.util.function.UnaryOperator;
import javax.servlet.http.HttpServletResponse;
import org.nesteddune.Dune;

/** What the page asks for, as JSON. Changes nothing. Thread-safe. */
final class Answers {

    private final Dune dune;
    private final Viewers viewers;

    Answers(Dune dune, Viewers viewers) {
        this.dune = dune;
        this.viewers = viewers;
    }

    /** @param name {@code guests.json}, {@code map.json} of a pid, or {@code trace.json} of a viewer: what it has not been given yet */
    void write(String name, UnaryOperator<String> parameters, Writer out) throws IOException, Refusal {
        switch (name) {
            case "guests.json" -> Json.guests(out, dune.guests(), System.nanoTime());
            case "map.json" -> Json.mappings(out, Requests.guest(dune, parameters).mappings());
            case "trace.json" -> Json.lines(out, viewers.get(parameters.apply(Requests.VIEWER)).take());
            default -> throw new Refusal(HttpServletResponse.SC_NOT_FOUND, "there is no " + name);
        }
    }
}
