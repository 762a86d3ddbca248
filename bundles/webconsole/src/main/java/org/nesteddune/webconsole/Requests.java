package org.nesteddune.webconsole;

import java.util.function.UnaryOperator;
import javax.servlet.http.HttpServletResponse;
import org.nesteddune.Dune;
import org.nesteddune.Guest;

/** What the parameters of requests mean. */
final class Requests {

    static final String PID = "pid";
    static final String VIEWER = "viewer";

    private Requests() {}

    /** The guest that the request is about. */
    static Guest guest(Dune dune, UnaryOperator<String> parameters) throws Refusal {
        String pid = parameters.apply(PID);
        try {
            int number = Integer.parseInt(pid);
            return dune.guest(number)
                    .orElseThrow(() -> new Refusal(HttpServletResponse.SC_NOT_FOUND, "there is no guest " + number));
        } catch (NumberFormatException none) {
            throw new Refusal(HttpServletResponse.SC_BAD_REQUEST, "'" + pid + "' is not a pid");
        }
    }
}
