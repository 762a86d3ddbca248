package org.nesteddune.commands;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.Guest;

/** {@code hold}: keeps guests from running. */
final class Hold implements Command {

    private static final String REASON = "by an operator";

    private static final Options OPTIONS = Options.of("hold", "PID...",
                    "Keep guests from running until 'release' lets them go on. They stay in the system calls that they wait in; "
                            + "processes that they have made are not held with them.")
            .value("-r,--reason", "TEXT", "why, for those who look at 'ps'");

    private final Installed installed;

    Hold(Installed installed) {
        this.installed = installed;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) throws UsageException, CommandException {
        String reason = call.arguments().value("--reason");
        List<Integer> free = new ArrayList<>();
        for (Guest guest : Guests.all(installed, call.arguments().operands())) {
            if (!guest.hold(reason == null ? REASON : Bytes.display(reason))) {
                free.add(guest.pid());
            }
        }
        if (!free.isEmpty()) {
            throw new CommandException(FAILED, "not held, because they have ended or escaped, or are in a call that the host does not interrupt: "
                    + free.toString().replaceAll("[\\[\\]]", ""));
        }
        return DONE;
    }
}
