package org.nesteddune.commands;

import org.nesteddune.Guest;
import org.nesteddune.escape.EscapeException;

/** {@code escape}: makes a guest go on as a native process. */
final class Escape implements Command {

    private static final Options OPTIONS = Options.of("escape", "PID",
            "Make a guest go on outside dune, as a process of this machine, from exactly where it is. Its id there is printed.");

    private final Installed installed;

    Escape(Installed installed) {
        this.installed = installed;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) throws UsageException, CommandException {
        Guest guest = Guests.find(installed, Guests.onlyPid(call.arguments().operands()));
        try {
            call.out().println(installed.dune().escape(guest));
            return DONE;
        } catch (EscapeException refused) {
            throw new CommandException(FAILED, refused.getMessage());
        }
    }
}
